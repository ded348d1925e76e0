import Foundation
import Testing
import sipd

@Suite("control socket")
struct ControlSocketTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("sipd.control")
    }

    @Test("it is for its owner alone, and goes when it is removed")
    func mode() throws {
        let socket = try ControlSocket(path: path)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(attributes[.type] as? FileAttributeType == .typeSocket)
        socket.remove()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("the socket of a living daemon is refused and stays")
    func living() throws {
        let socket = try ControlSocket(path: path)
        let failure = #expect(throws: Failure.self) { _ = try ControlSocket(path: path) }
        #expect(failure?.code == .unavailable)
        #expect(failure?.description.contains("another sipd runs") == true)
        #expect(try ControlClient.connect(to: path) != nil)
        socket.remove()
    }

    @Test("the socket of a dead daemon is replaced")
    func dead() throws {
        let dead = try ControlSocket(path: path)
        dead.close()
        #expect(try ControlClient.connect(to: path) == nil)
        let socket = try ControlSocket(path: path)
        #expect(try ControlClient.connect(to: path) != nil)
        socket.remove()
    }

    @Test("who has removed his socket does not remove that of his successor")
    func successor() throws {
        let first = try ControlSocket(path: path)
        first.remove()
        let second = try ControlSocket(path: path)
        first.remove()
        #expect(try ControlClient.connect(to: path) != nil)
        second.remove()
    }

    @Test("a file that is no socket is left alone")
    func file() throws {
        try "precious".write(toFile: path, atomically: false, encoding: .utf8)
        let failure = #expect(throws: Failure.self) { _ = try ControlSocket(path: path) }
        #expect(failure?.code == .cantCreate)
        #expect(failure?.description.contains("is no socket and was left alone") == true)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }

    @Test("a folder that is not there is told in one line")
    func noFolder() throws {
        let path = folder.path("none/sipd.control")
        let failure = #expect(throws: Failure.self) { _ = try ControlSocket(path: path) }
        #expect(failure?.code == .cantCreate)
        #expect(failure?.description.contains(path) == true)
        #expect(try ControlClient.connect(to: path) == nil)
    }

    @Test("a path that is longer than a socket's address works as well")
    func long() throws {
        let deep = folder.path(String(repeating: "x", count: 200))
        try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
        let socket = try ControlSocket(path: deep + "/sipd.control")
        #expect(try ControlClient.connect(to: deep + "/sipd.control") != nil)
        socket.remove()
        #expect(try FileManager.default.contentsOfDirectory(atPath: deep) == [])
    }

    @Test("it is beside the database unless the settings say where")
    func defaultPath() throws {
        var settings = Settings()
        settings.database = .sqlite(path: "/var/lib/sipd/sipd.sqlite")
        #expect(settings.controlPath == "/var/lib/sipd/sipd.sqlite.control")
        let environment = ["SIPD_CONTROL": "/run/x"]
        #expect(
            try Settings.load(file: nil, environment: environment).controlPath == "/run/x")
    }
}
