import Foundation
import Glibc
import TestPrograms
import Testing

extension Loopback {
    @Suite("sipd run")
    struct RunTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        @Test(
            "it stops cleanly when asked, and takes its pid file along",
            arguments: [SIGTERM, SIGINT])
        func stop(signal: Int32) throws {
            let pidFile = folder.path("sipd.pid")
            let sipd = try Sipd(folder, ["--pid-file", pidFile])
            #expect(
                try String(contentsOfFile: pidFile, encoding: .utf8) == "\(sipd.process.pid)\n")
            sipd.process.signal(signal)
            #expect(try sipd.process.wait() == .exit(0))
            #expect(!FileManager.default.fileExists(atPath: pidFile))
        }

        @Test("a taken port is told in one line")
        func portTaken() throws {
            let other = try UDPClient(to: nil)
            let line = try refused(["--listen", "udp:127.0.0.1:\(other.port)"], code: 69)
            #expect(line.contains("udp:127.0.0.1:\(other.port)"))
            #expect(line.contains("is taken"))
        }

        @Test("a second sipd on the same port is refused, the first goes on")
        func secondOnPort() throws {
            let sipd = try Sipd(folder)
            let line = try refused(["--listen", "udp:127.0.0.1:\(sipd.port)"], code: 69)
            #expect(line.contains("is taken"))
            #expect(try sipd.stop() == .exit(0))
        }

        @Test("an address that is not this machine's is told in one line")
        func foreignAddress() throws {
            let line = try refused(["--listen", "udp:203.0.113.1:5060"], code: 69)
            #expect(line.contains("udp:203.0.113.1:5060"))
        }

        @Test("a second sipd on the same pid file is refused, the first goes on")
        func pidFileHeld() throws {
            let pidFile = folder.path("sipd.pid")
            let sipd = try Sipd(folder, ["--pid-file", pidFile])
            let line = try refused(
                ["--listen", "udp:127.0.0.1:0", "--pid-file", pidFile], code: 69)
            #expect(line.contains("another sipd holds the pid file"))
            #expect(FileManager.default.fileExists(atPath: pidFile))
            #expect(try sipd.stop() == .exit(0))
        }

        @Test("a database that can't be made is told in one line")
        func noFolder() throws {
            let line = try refused(
                ["--listen", "udp:127.0.0.1:0", "--database", "sqlite:\(folder.path("none/x"))"],
                code: 73)
            #expect(line.contains(folder.path("none/x")))
        }

        @Test("a damaged key is told in one line")
        func damagedKey() throws {
            let key = folder.path("sipd.sqlite.key")
            try "0123\n".write(toFile: key, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
            let line = try refused(["--listen", "udp:127.0.0.1:0"], code: 65)
            #expect(line.contains("the key file \(key) does not hold"))
        }

        @Test("a settings file is read, and a wrong one refused")
        func settingsFile() throws {
            let file = folder.path("sipd.yaml")
            try "log: {format: json}\n".write(toFile: file, atomically: false, encoding: .utf8)
            let sipd = try ChildProcess(
                Sipd.path,
                [
                    "run", "--config", file, "--listen", "udp:127.0.0.1:0", "--database",
                    folder.database,
                ])
            let line = try sipd.line(of: .error) { $0.contains("udp:127.0.0.1:") }
            let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
            #expect(object["address"]?.hasPrefix("udp:127.0.0.1:") == true)
            sipd.signal(SIGTERM)
            #expect(try sipd.wait() == .exit(0))

            try "max_forwards: many\n".write(toFile: file, atomically: false, encoding: .utf8)
            #expect(try refused(["--config", file], code: 78).contains("\(file):1:15: expected"))
        }

        /// Starts `sipd run`, which must end by itself with one line on standard error.
        private func refused(_ arguments: [String], code: Int32) throws -> String {
            let database = arguments.contains("--database") ? [] : ["--database", folder.database]
            let result = try Sipd.run(["run"] + arguments + database, in: folder)
            #expect(result.code == .exit(code))
            let lines = result.error.split(separator: "\n").filter { !$0.contains(" info ") }
            #expect(lines.count == 1, "\(result.error)")
            #expect(lines.first?.hasPrefix("sipd: ") == true)
            return result.error
        }
    }
}
