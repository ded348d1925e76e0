import Foundation
import MariaDBServer
import TestPrograms

extension Kamailio {
    /// Starts one with the configuration that `make bench-lab` compares with. When it ends in mode 2 it writes what it holds.
    ///
    /// - Parameters:
    ///   - database: `mysql://…` with user and password, over TCP.
    ///   - mode: its `db_mode`.
    ///   - usesDomain: its `use_domain`, which is off in Kamailio unless it is told otherwise.
    init(
        _ folder: TemporaryFolder, database: String, mode: Int, usesDomain: Bool = false
    ) throws {
        try self.init(
            folder, configuration: SIPp.lab.appending(path: "kamailio.cfg").path()
        ) { _ in
            ["WORKERS=2", "DBMODE=\(mode)", "DBURL=\"\(database)\""]
                + (usesDomain ? ["USEDOMAIN"] : [])
        }
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
}
