import Foundation
import Glibc
import MariaDBServer
import TestPrograms
import Testing

extension Loopback {
    /// On a server of their own, since it is ill-treated.
    @Suite("sipd on MariaDB")
    struct MariaDBTests {
        private static let server = DatabaseServer.start()
        private let server = MariaDBTests.server
        private let folder: TemporaryFolder
        private let test: TestDatabase

        init() throws {
            folder = try TemporaryFolder()
            try server.recover()
            test = try server.makeDatabase()
        }

        private func url(_ options: String = "") -> String {
            "mysql://root@localhost/\(test.name)?socket=\(server.socket)\(options)"
        }

        private func command(_ arguments: String..., input: String? = nil) throws -> (
            code: ChildProcess.End, output: String, error: String
        ) {
            try Sipd.run(arguments + ["--database", url()], input: input, in: folder)
        }

        private func makeSchema(accounts: Int) throws {
            #expect(try command("schema", "create").code == .exit(0))
            try Sipd.makeAccounts(accounts, in: folder, database: url())
        }

        private func sipd(_ arguments: String..., environment: [String: String] = [:]) throws
            -> Sipd
        {
            try Sipd(
                folder, arguments, database: url("&connect_timeout=1&timeout=1"),
                environment: environment)
        }

        @Test("registrations over a TCP connection end with it", arguments: [1, 3])
        func endsWithConnection(mode: Int) throws {
            try makeSchema(accounts: 5)
            let sipd = try sipd("--location-mode", "\(mode)", "--listen", "tcp:127.0.0.1:0")
            let phones = try SIPp(folder, over: .tcp)
            let port = try sipd.port(of: "tcp:127.0.0.1")
            #expect(
                try phones.register(5, at: sipd, over: .tcp, port: port) == Figures(ok: 5))
            // SIPp has ended, and closed what they came over.
            let deadline = Deadline(30)
            while try test.query("SELECT COUNT(*) FROM location") != "0\n" {
                guard !deadline.hasPassed else {
                    throw ChildProcess.Trouble(description: "they are still there")
                }
                poll(nil, 0, 20)
            }
            #expect(try sipd.stop() == .exit(0))
        }

        @Test(
            "a registration survives a restart in modes 1, 2 and 3, and no mode forgets it while it runs",
            arguments: [0, 1, 2, 3])
        func restart(mode: Int) throws {
            try makeSchema(accounts: 20)
            var sipd = try sipd("--location-mode", "\(mode)")
            var phones = Phones(try UDPClient(to: sipd.port), run: "a")
            try phones.register(0..<20)
            #expect(phones.answered.count == 20)
            #expect(phones.refused.isEmpty)
            #expect(try contacts(at: sipd, of: phones) == 20)
            #expect(try sipd.stop() == .exit(0))
            sipd = try self.sipd("--location-mode", "\(mode)")
            #expect(try contacts(at: sipd, of: phones) == (mode == 0 ? 0 : 20))
            #expect(try sipd.stop() == .exit(0))
        }

        @Test(
            "an operator's commands on the running daemon are true at once and in the database",
            arguments: [1, 2, 3])
        func control(mode: Int) throws {
            try makeSchema(accounts: 2)
            let socket = ["SIPD_CONTROL": folder.path("control")]
            let daemon = try Sipd(
                folder, ["--location-mode", "\(mode)"], database: url(), environment: socket)
            func operate(_ arguments: String...) throws -> String {
                let result = try Sipd.run(
                    arguments + ["--database", url()], in: folder, environment: socket)
                #expect(result.code == .exit(0), "\(arguments): \(result.error)")
                return result.output
            }
            for user in 0..<2 {
                #expect(
                    try Phones.register(user, at: daemon, run: "a\(user)").hasPrefix("SIP/2.0 200 ")
                )
            }
            #expect(try operate("online", "--count") == "2\n")
            _ = try operate("location", "add", "user0@voice.test", "sip:gate@192.0.2.9")
            #expect(
                try Phones.register(at: daemon, run: "b").contains("<sip:gate@192.0.2.9>"))
            #expect(try operate("showdb", "--json").contains("sip:gate@192.0.2.9"))
            _ = try operate("location", "rm", "user0@voice.test", "sip:gate@192.0.2.9")
            #expect(!(try Phones.register(at: daemon, run: "c").contains("sip:gate@")))
            #expect(!(try operate("showdb", "--json").contains("sip:gate@")))
            // The account is still in the cache: only the command's word takes it out.
            _ = try operate("user", "rm", "user1@voice.test")
            #expect(try Phones.register(1, at: daemon, run: "d").hasPrefix("SIP/2.0 401 "))
            #expect(try operate("online", "--count") == "1\n")
            _ = try operate("reload")
            // In mode 3 the database alone knows how many.
            let page = try operate("monitor", "--count", "1")
            #expect(page.contains("in the database\n") == (mode == 3), "\(page)")
            _ = try operate("stop")
            #expect(try daemon.process.wait() == .exit(0))
        }

        @Test("in mode 3 several find what one of them registered")
        func shared() throws {
            try makeSchema(accounts: 20)
            let (one, other) = (
                try sipd("--location-mode", "3"), try sipd("--location-mode", "3")
            )
            var phones = Phones(try UDPClient(to: one.port), run: "a")
            try phones.register(0..<20)
            #expect(phones.answered.count == 20)
            #expect(try contacts(at: other, of: phones) == 20)
            #expect(try one.stop() == .exit(0))
            #expect(try other.stop() == .exit(0))
        }

        @Test(
            "while the database is away a REGISTER gets 503 with Retry-After and calls go on; then all is well",
            .enabled(if: SIPp.isInstalled))
        func outage() throws {
            try makeSchema(accounts: 40)
            let sipd = try sipd(
                "--location-mode", "1", environment: ["SIPD_ACCOUNTS_CACHE_LIFETIME": "1"])
            let phones = try SIPp(folder)
            #expect(try phones.register(40, at: sipd).ok == 40)
            #expect(try phones.call(20, at: sipd) == Figures(ok: 20))
            server.kill()
            let refusal = try Phones.register(at: sipd, run: "away")
            #expect(refusal.hasPrefix("SIP/2.0 503 "))
            #expect(refusal.contains("\r\nRetry-After: "))
            #expect(try phones.call(20, at: sipd).failed == 0)
            try server.launch()
            try Phones.registerEventually(at: sipd)
            #expect(try phones.call(20, at: sipd).failed == 0)
            _ = try phones.end()
            #expect(try sipd.stop() == .exit(0))
            // The phones' own, and the one that came after the outage; nothing of what was refused.
            #expect(
                try test.query(
                    "SELECT COUNT(*), COUNT(DISTINCT username), SUM(callid LIKE '%away') FROM location"
                )
                    == "41\t40\t0\n")
        }

        @Test("a database that is down at the start: an error that names the setting")
        func downStop() throws {
            server.stop()
            let start = try Sipd.start(folder, database: url("&connect_timeout=1"))
            #expect(try start.wait() == .exit(69))
            let error = start.written(to: .error)
            #expect(error.contains("can't connect to"))
            let list = try command("user", "list")
            #expect(list.code == .exit(69))
            #expect(list.error.hasSuffix("; start the server, or name another with --database\n"))
            #expect(error.contains("mariadb.when_down_at_start: wait or serve"))
        }

        @Test("a database that is down at the start can be waited for")
        func downWait() throws {
            try makeSchema(accounts: 1)
            server.stop()
            let start = try Sipd.start(
                folder, database: url("&connect_timeout=1"),
                environment: ["SIPD_MARIADB_WHEN_DOWN_AT_START": "wait"])
            _ = try start.line(of: .error) { $0.contains("trying again") }
            try server.launch()
            let sipd = try Sipd(start)
            #expect(try Phones.register(at: sipd, run: "a").hasPrefix("SIP/2.0 200 "))
            #expect(try sipd.stop() == .exit(0))
        }

        @Test("a database that is down at the start: 503 until it is there", arguments: [1, 2, 3])
        func downServe(mode: Int) throws {
            try makeSchema(accounts: 1)
            var sipd = try sipd("--location-mode", "\(mode)")
            #expect(try Phones.register(at: sipd, run: "a").hasPrefix("SIP/2.0 200 "))
            #expect(try sipd.stop() == .exit(0))
            server.stop()
            sipd = try self.sipd(
                "--location-mode", "\(mode)",
                environment: ["SIPD_MARIADB_WHEN_DOWN_AT_START": "serve"])
            #expect(try Phones.register(at: sipd, run: "b").hasPrefix("SIP/2.0 503 "))
            try server.launch()
            try Phones.registerEventually(at: sipd)
            #expect(try sipd.stop() == .exit(0))
            // What was stored before was read, although the database came late.
            #expect(try test.query("SELECT COUNT(*) FROM location") != "1\n")
        }

        @Test("the verbs of accounts, aliases and registrations work on it")
        func verbs() throws {
            let missing = try command("user", "list")
            #expect(missing.code == .exit(65))
            #expect(missing.error.contains("sipd schema create"))
            #expect(try command("schema", "check").code == .exit(1))
            #expect(try command("schema", "create").error.contains("subscriber"))
            let check = try command("schema", "check")
            #expect(check.code == .exit(0))
            #expect(check.error.hasSuffix(": no problem found\n"))

            #expect(
                try command("user", "add", "alice@voice.test", input: "secret\n").code == .exit(0))
            let again = try command("user", "add", "alice@voice.test", input: "secret\n")
            #expect(again.code == .exit(65))
            #expect(again.error.contains("there is an account alice@voice.test already"))
            #expect(try test.query("SELECT password, LENGTH(ha1) FROM subscriber") == "\t32\n")
            #expect(try command("user", "list").output == "USER   DOMAIN\nalice  voice.test\n")
            #expect(
                try command("user", "passwd", "alice@voice.test", input: "x\n").code == .exit(0))
            #expect(
                try command("alias", "add", "sales@voice.test", "alice@voice.test").code == .exit(0)
            )
            #expect(
                try command("alias", "list").output
                    == "ALIAS             TARGET                KIND\n"
                    + "sales@voice.test  sip:alice@voice.test  uri\n")
            #expect(try command("alias", "rm", "sales@voice.test").code == .exit(0))
            #expect(try command("location", "list", "--json").output == "[]\n")
            #expect(try command("location", "rm", "alice@voice.test").code == .exit(1))
            #expect(try command("user", "rm", "alice@voice.test").code == .exit(0))
            #expect(try command("user", "rm", "alice@voice.test").code == .exit(1))
        }

        @Test("with calculate_ha1 1 the password is kept too, for who reads it")
        func passwords() throws {
            #expect(try command("schema", "create").code == .exit(0))
            let result = try Sipd.run(
                ["user", "add", "alice@voice.test", "--database", url()], input: "secret\n",
                in: folder, environment: ["SIPD_MARIADB_CALCULATE_HA1": "1"])
            #expect(result.code == .exit(0))
            #expect(
                try test.query("SELECT password, LENGTH(ha1) FROM subscriber") == "secret\t32\n")
        }

        @Test("20,000 accounts are imported in seconds")
        func importing() throws {
            let begin = ContinuousClock.now
            try makeSchema(accounts: 20_000)
            #expect(ContinuousClock.now - begin < .seconds(60))
            #expect(try test.query("SELECT COUNT(*) FROM subscriber") == "20000\n")
        }

        @Test("the password may be in a file or a variable")
        func password() throws {
            #expect(try command("schema", "create").code == .exit(0))
            try server.query(
                "CREATE USER app@localhost IDENTIFIED BY 'p@ss'; GRANT ALL ON \(test.name).* TO app@localhost"
            )
            let file = folder.path("password")
            try "p@ss\n".write(toFile: file, atomically: false, encoding: .utf8)
            let url = "mysql://app@localhost/\(test.name)?socket=\(server.socket)"
            for (option, code) in [
                ("&password_file=\(file)", 0), ("&password_env=PASS", 0), ("", 65),
            ] {
                let result = try Sipd.run(
                    ["user", "list", "--database", url + option], in: folder,
                    environment: ["PASS": "p@ss"])
                #expect(result.code == .exit(Int32(code)))
            }
        }

        /// How many of the phones are registered where they were.
        private func contacts(at sipd: Sipd, of phones: Phones) throws -> Int {
            var queries = Phones(try UDPClient(to: sipd.port), run: "q\(sipd.port)")
            try queries.register(0..<20, contact: false)
            return (0..<20).count { user in
                let contact = "<\(Phones.contact(of: user, port: phones.client.port))>"
                return queries.answered[user]?.contains(contact) == true
            }
        }
    }
}
