import Foundation
import Glibc
import MariaDBServer
import TestPrograms
import Testing

extension Loopback {
    /// On a server of their own, since it is ill-treated; as a user without privileges, since `read_only` binds no other.
    @Suite("sipd on MariaDB on bad days")
    struct MariaDBBadDaysTests {
        private static let server = DatabaseServer.start()
        private let server = MariaDBBadDaysTests.server
        private let folder: TemporaryFolder
        private let test: TestDatabase

        init() throws {
            folder = try TemporaryFolder()
            try server.recover()
            test = try server.makeDatabase()
            try server.query(
                """
                CREATE USER app@localhost IDENTIFIED BY 'p'; GRANT ALL ON \(test.name).* TO app@localhost
                """)
        }

        private var url: String {
            "mysql://app:p@localhost/\(test.name)?socket=\(server.socket)&connect_timeout=1&timeout=1"
        }

        private func makeAccounts(_ count: Int) throws {
            let schema = try Sipd.run(["schema", "create", "--database", url], in: folder)
            #expect(schema.code == .exit(0), "\(schema.error)")
            try Sipd.makeAccounts(count, in: folder, database: url)
        }

        private func sipd(mode: Int, environment: [String: String] = [:]) throws -> Sipd {
            try Sipd(
                folder, ["--location-mode", "\(mode)"], database: url, environment: environment)
        }

        private func rows() throws -> Int {
            try Int(test.query("SELECT COUNT(*) FROM location").dropLast()).orThrow("no count")
        }

        /// Which of the users a `sipd` says nothing of that they registered.
        private func lost(_ users: some Collection<Int>, of phones: Phones, at sipd: Sipd) throws
            -> [Int]
        {
            var queries = Phones(try UDPClient(to: sipd.port), run: "after")
            try queries.register(users, contact: false)
            return users.filter { user in
                let contact = "<\(Phones.contact(of: user, port: phones.client.port))>"
                return queries.answered[user]?.contains(contact) != true
            }
        }

        @Test(
            "after kill -9 in a storm in modes 1 and 3, every registration that was answered 200 is there",
            arguments: [1, 3])
        func killed(mode: Int) throws {
            try makeAccounts(3_000)
            var sipd = try sipd(mode: mode)
            var phones = Phones(try UDPClient(to: sipd.port), run: "storm")
            try phones.register(0..<3_000, until: { $0 == 1_500 })
            sipd.process.signal(SIGKILL)
            #expect(try sipd.process.wait() == .signal(SIGKILL))
            phones.drain()
            let answered = phones.answered.keys.sorted()
            #expect(1_500..<3_000 ~= answered.count)
            sipd = try self.sipd(mode: mode)
            #expect(try lost(answered, of: phones, at: sipd) == [])
            #expect(try sipd.stop() == .exit(0))
        }

        @Test("after kill -9 in a storm in mode 2, at most the interval's registrations are lost")
        func killedWriteBack() throws {
            try makeAccounts(2_000)
            let environment = ["SIPD_LOCATION_FLUSH_INTERVAL": "1"]
            var sipd = try sipd(mode: 2, environment: environment)
            var phones = Phones(try UDPClient(to: sipd.port), run: "storm")
            try phones.register(0..<1_000)
            let end = ContinuousClock.now
            let deadline = Deadline(30)
            while try rows() < 1_000, !deadline.hasPassed { poll(nil, 0, 20) }
            // The interval, the second in which the upkeep looks for what is due, and time for a slow machine.
            #expect(ContinuousClock.now - end < .seconds(6))
            try phones.register(1_000..<2_000, until: { $0 == 1_500 })
            sipd.process.signal(SIGKILL)
            #expect(try sipd.process.wait() == .signal(SIGKILL))
            sipd = try self.sipd(mode: 2, environment: environment)
            #expect(try lost(0..<1_000, of: phones, at: sipd) == [])
            #expect(try sipd.stop() == .exit(0))
        }

        @Test(
            "while the database hangs a REGISTER gets 503 with Retry-After and calls go on; then all is well",
            .enabled(if: SIPp.isInstalled), arguments: [1, 2])
        func hangs(mode: Int) throws {
            try makeAccounts(20)
            let sipd = try sipd(mode: mode, environment: ["SIPD_ACCOUNTS_CACHE_LIFETIME": "1"])
            let phones = try SIPp(folder)
            #expect(try phones.register(20, at: sipd).ok == 20)
            #expect(try phones.call(10, at: sipd) == Figures(ok: 10))
            server.freeze()
            let answer = try Phones.register(at: sipd, run: "away")
            if mode == 1 {
                #expect(answer.hasPrefix("SIP/2.0 503 "))
                #expect(answer.contains("\r\nRetry-After: "))
            } else {
                #expect(answer.hasPrefix("SIP/2.0 200 "))
            }
            #expect(try phones.call(10, at: sipd).failed == 0)
            server.thaw()
            try Phones.registerEventually(at: sipd)
            _ = try phones.end()
            #expect(try sipd.stop() == .exit(0))
            // What mode 2 took meanwhile is written. (In mode 1 the server may have made of it what it liked.)
            let away = "SELECT COUNT(*) FROM location WHERE callid LIKE '%away'"
            if mode == 2 { #expect(try test.query(away) == "1\n") }
        }

        @Test(
            "while the database takes no writes a REGISTER gets 503, and look-ups go on; then all is well",
            arguments: [1, 3])
        func readOnly(mode: Int) throws {
            try makeAccounts(2)
            let sipd = try sipd(mode: mode)
            #expect(try Phones.register(at: sipd, run: "a").hasPrefix("SIP/2.0 200 "))
            try server.query("SET GLOBAL read_only = 1")
            let refusal = try Phones.register(1, at: sipd, run: "b")
            #expect(refusal.hasPrefix("SIP/2.0 503 "))
            #expect(refusal.contains("\r\nRetry-After: "))
            var query = Phones(try UDPClient(to: sipd.port), run: "q")
            try query.register(0..<1, contact: false)
            #expect(query.answered[0]?.contains("\r\nContact: ") == true)
            try server.query("SET GLOBAL read_only = 0")
            try Phones.registerEventually(1, at: sipd)
            #expect(try sipd.stop() == .exit(0))
        }

        @Test(
            "connections that the server closed for being idle are nobody's loss",
            arguments: [1, 3])
        func idle(mode: Int) throws {
            try makeAccounts(1)
            try server.query("SET GLOBAL wait_timeout = 1")
            let sipd = try sipd(mode: mode, environment: ["SIPD_ACCOUNTS_CACHE_LIFETIME": "0"])
            #expect(try Phones.register(at: sipd, run: "a").hasPrefix("SIP/2.0 200 "))
            let count = """
                SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '\(test.name)'
                """
            let deadline = Deadline(20)
            while try server.query(count) != "0\n", !deadline.hasPassed { poll(nil, 0, 50) }
            #expect(try Phones.register(at: sipd, run: "b").hasPrefix("SIP/2.0 200 "))
            #expect(try sipd.stop() == .exit(0))
        }

        @Test("a column that is missing is told by table and column, before anything is served")
        func missingColumn() throws {
            try makeAccounts(1)
            try test.query("ALTER TABLE location DROP COLUMN contact")
            let start = try Sipd.start(folder, database: url)
            #expect(try start.wait() == .exit(65))
            #expect(start.written(to: .error).contains("table location has no column contact"))
        }

        @Test(
            "quotes, wildcards and escapes from the network arrive in the table as they were sent")
        func injection() throws {
            try makeAccounts(1)
            for (mode, text) in [
                (1, "' OR 1=1 --"), (1, "\"; DROP TABLE location; --"), (1, "%_\\' OR ''='"),
                (3, "'); DELETE FROM subscriber; --"), (3, "\\ ? %s 📞"),
            ] {
                try test.query("DELETE FROM location")
                let sipd = try sipd(mode: mode)
                // A Call-ID holds no blanks, and only ASCII (RFC 3261 25.1).
                let word = text.filter { $0.isASCII && !" ;=".contains($0) } + "--"
                var phones = Phones(try UDPClient(to: sipd.port), run: word, userAgent: text)
                try phones.register(0..<1)
                #expect(phones.answered.count == 1, "\(phones.refused)")
                #expect(try sipd.stop() == .exit(0))
                #expect(
                    try test.query("SELECT HEX(user_agent), HEX(callid) FROM location")
                        == "\(hexadecimal(text))\t\(hexadecimal("0." + word))\n")
                #expect(try test.query("SELECT COUNT(*) FROM subscriber") == "1\n")
            }
        }

        private func hexadecimal(_ text: String) -> String {
            text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
                .joined()
        }
    }
}
