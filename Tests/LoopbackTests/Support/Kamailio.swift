import Foundation
import Glibc
import MariaDBServer
import TestPrograms

/// A Kamailio on a free port of 127.0.0.1, with the configuration that `make bench-lab` compares with.
struct Kamailio: TestedProxy {
    let process: ChildProcess
    let port: UInt16

    /// Debian's kamailio and kamailio-mysql-modules; `make test` installs them.
    static let isInstalled: Bool = {
        let modules = (try? FileManager.default.subpathsOfDirectory(atPath: "/usr/lib")) ?? []
        return modules.contains { $0.hasSuffix("kamailio/modules/db_mysql.so") }
    }()

    /// Starts it, and waits until it listens.
    ///
    /// - Parameters:
    ///   - database: `mysql://…` with user and password, over TCP.
    ///   - mode: its `db_mode`.
    ///   - usesDomain: its `use_domain`, which is off in Kamailio unless it is told otherwise.
    init(
        _ folder: TemporaryFolder, database: String, mode: Int, usesDomain: Bool = false
    ) throws {
        port = try UDPClient.freePort()
        let runs = folder.path("kamailio-\(port)")
        try FileManager.default.createDirectory(
            atPath: runs, withIntermediateDirectories: true)
        process = try ChildProcess(
            "kamailio",
            [
                "-DD", "-E", "-f", SIPp.lab.appending(path: "kamailio.cfg").path(), "-A",
                "PORT=\(port)", "-A", "WORKERS=2", "-A", "DBMODE=\(mode)", "-A",
                "DBURL=\"\(database)\"", "-P", runs + "/pid", "-w", runs, "-Y", runs, "-m", "64",
                "-M", "8",
            ] + (usesDomain ? ["-A", "USEDOMAIN"] : []),
            environment: Self.environment)
        try UDPClient.waitUntilTaken(port, within: 30)
    }

    /// Ends it as a service manager does: in mode 2 it writes what it holds.
    func stop() throws -> ChildProcess.End {
        process.signal(SIGTERM)
        return try process.wait()
    }

    /// Adds an account as Kamailio's operators do.
    static func addAccount(
        _ name: String, _ password: String, to test: TestDatabase, in folder: TemporaryFolder
    ) throws {
        let variables = [
            "SIP_DOMAIN": "voice.test", "DBENGINE": "MYSQL", "DBHOST": "127.0.0.1",
            "DBPORT": "\(test.server.port)", "DBNAME": test.name, "DBRWUSER": "app",
            "DBRWPW": "p", "DBROUSER": "app", "DBROPW": "p", "HOME": folder.path(""),
        ]
        let process = try ChildProcess(
            "kamctl", ["add", name, password],
            environment: environment.merging(variables) { _, own in own })
        let end = try process.wait()
        guard end == .exit(0) else {
            throw ChildProcess.Trouble(description: "kamctl: \(process.written(to: .error))")
        }
    }

    /// With the folders where Debian has servers.
    private static var environment: [String: String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return ["PATH": path + ":/usr/sbin:/sbin"]
    }
}
