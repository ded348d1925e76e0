import Foundation
import Glibc
import MariaDBServer
import TestPrograms
import Testing

extension Loopback {
    /// Accounts of a MariaDB database that another program changes while `sipd` holds them in memory.
    @Suite("accounts in memory")
    struct AccountCacheTests {
        private let folder: TemporaryFolder
        private let test: TestDatabase
        private let url: String

        init() throws {
            folder = try TemporaryFolder()
            let server = DatabaseServer.shared
            test = try server.makeDatabase()
            url = "mysql://root@localhost/\(test.name)?socket=\(server.socket)"
            try run("schema", "create")
            try Sipd.makeAccounts(2, in: folder, database: url)
        }

        private var control: [String: String] { ["SIPD_CONTROL": folder.path("control")] }

        private func run(_ arguments: String..., input: String? = nil) throws {
            let result = try Sipd.run(
                arguments + ["--database", url], input: input, in: folder, environment: control)
            #expect(result.code == .exit(0), "\(arguments): \(result.error)")
        }

        /// - Parameter lifetime: seconds; nil: the default.
        private func daemon(lifetime: Int?) throws -> Sipd {
            var environment = control
            environment["SIPD_ACCOUNTS_CACHE_LIFETIME"] = lifetime.map { "\($0)" }
            return try Sipd(folder, database: url, environment: environment)
        }

        private func login(
            _ user: String, _ password: String, at daemon: Sipd
        ) throws -> Int {
            let address = "sip:\(user)@voice.test"
            return try Caller(to: daemon).status(
                "REGISTER", "sip:voice.test", from: address, to: address, as: user,
                password: password)
        }

        /// As another program does it.
        private func setPassword(_ user: String, _ password: String) throws {
            try test.query(
                """
                UPDATE subscriber SET ha1 = MD5('\(user):voice.test:\(password)') WHERE username = '\(user)'
                """)
        }

        @Test(
            "a password that another program has changed works at once, and the old one no longer",
            arguments: [nil, 0, 3600])
        func changed(lifetime: Int?) throws {
            let daemon = try daemon(lifetime: lifetime)
            #expect(try login("user0", "pw0", at: daemon) == 200)
            try setPassword("user0", "new")
            #expect(try login("user0", "new", at: daemon) == 200)
            #expect(try login("user0", "pw0", at: daemon) == 401)
            #expect(try daemon.stop() == .exit(0))
        }

        @Test(
            "an account that another program removes is good for the lifetime, with 0 not a moment")
        func removed() throws {
            var daemon = try daemon(lifetime: 0)
            #expect(try login("user0", "pw0", at: daemon) == 200)
            try test.query("DELETE FROM subscriber WHERE username = 'user0'")
            #expect(try login("user0", "pw0", at: daemon) == 401)
            #expect(try daemon.stop() == .exit(0))

            daemon = try self.daemon(lifetime: 3600)
            #expect(try login("user1", "pw1", at: daemon) == 200)
            try test.query("DELETE FROM subscriber WHERE username = 'user1'")
            #expect(try login("user1", "pw1", at: daemon) == 200)
            try run("reload")
            #expect(try login("user1", "pw1", at: daemon) == 401)
            #expect(try daemon.stop() == .exit(0))
        }

        @Test("that there is no account is kept too, and ends at the command's word")
        func absent() throws {
            let daemon = try daemon(lifetime: 3600)
            for _ in 0..<2 { #expect(try login("carol", "pw", at: daemon) == 401) }
            try run("user", "add", "carol@voice.test", input: "pw\n")
            #expect(try login("carol", "pw", at: daemon) == 200)
            try run("passwd", "carol@voice.test", input: "other\n")
            #expect(try login("carol", "pw", at: daemon) == 401)
            #expect(try login("carol", "other", at: daemon) == 200)
            try run("user", "rm", "carol@voice.test")
            #expect(try login("carol", "other", at: daemon) == 401)
            #expect(try daemon.stop() == .exit(0))
        }

        @Test("memory is bounded, and who has no room is looked up again")
        func bounded() throws {
            var environment = control
            environment["SIPD_ACCOUNTS_CACHE_CAPACITY"] = "1"
            let daemon = try Sipd(folder, database: url, environment: environment)
            for user in [0, 1, 0] {
                #expect(try login("user\(user)", "pw\(user)", at: daemon) == 200)
            }
            let figures = try Sipd.run(
                ["monitor", "--count", "1", "--database", url], in: folder, environment: control)
            #expect(figures.output.contains("accounts       1 in memory\n"), "\(figures.output)")
            #expect(try daemon.stop() == .exit(0))
        }

        @Test("a reload while the server is away fails, and keeps the accounts in memory")
        func awayDuringReload() throws {
            let server = DatabaseServer.start()
            let test = try server.makeDatabase()
            let url =
                "mysql://root@localhost/\(test.name)?socket=\(server.socket)&connect_timeout=1&timeout=1"
            _ = try Sipd.run(["schema", "create", "--database", url], in: folder)
            try Sipd.makeAccounts(1, in: folder, database: url)
            let daemon = try Sipd(
                folder, ["--location-mode", "2"], database: url, environment: control)
            #expect(try login("user0", "pw0", at: daemon) == 200)
            server.kill()
            let result = try Sipd.run(
                ["reload", "--database", url], in: folder, environment: control)
            #expect(result.code == .exit(69))
            #expect(
                result.error.contains("aliases, accounts, tables stay as they were: "),
                "\(result.error)")
            #expect(try login("user0", "pw0", at: daemon) == 200)
            daemon.process.signal(SIGKILL)
            try daemon.process.wait()
        }
    }
}
