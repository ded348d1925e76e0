import Foundation
import Testing
import sipd

@Suite("key file")
struct KeyFileTests {
    @Test("it is made once, for its owner alone, and read again")
    func made() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("sipd.sqlite.key")
        let key = try KeyFile.load(path: path)
        #expect(key.count == KeyFile.length)
        #expect(try KeyFile.load(path: path) == key)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")).count == 1)
    }

    @Test("a file that others can read is refused, with the command that mends it")
    func tooWide() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("key")
        _ = try KeyFile.load(path: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(
            throws: Failure(
                .noPermission, "others can read the key file \(path): run chmod 600 \(path)")
        ) { try KeyFile.load(path: path) }
    }

    @Test(
        "anything but 96 digits is refused",
        arguments: ["", "00", "\(String(repeating: "g", count: 96))\n"])
    func wrong(content: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("key")
        try content.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let failure = #expect(throws: Failure.self) { try KeyFile.load(path: path) }
        #expect(failure?.code == .data)
    }

    @Test("a folder that is not there is told")
    func noFolder() throws {
        let folder = try TemporaryFolder()
        let failure = #expect(throws: Failure.self) {
            try KeyFile.load(path: folder.path("none/key"))
        }
        #expect(failure?.code == .cantCreate)
    }
}

@Suite("pid file")
struct PidFileTests {
    @Test("it holds the process's number, refuses a second holder, and goes with its holder")
    func life() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("sipd.pid")
        do {
            let file = try PidFile(path: path)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "\(getpid())\n")
            let failure = #expect(throws: Failure.self) { _ = try PidFile(path: path) }
            #expect(failure?.code == .unavailable)
            file.remove()
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("a number left behind by a kill -9 is no obstacle")
    func stale() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("sipd.pid")
        try "4194304\nrest".write(toFile: path, atomically: false, encoding: .utf8)
        let file = try PidFile(path: path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "\(getpid())\n")
        file.remove()
    }
}
