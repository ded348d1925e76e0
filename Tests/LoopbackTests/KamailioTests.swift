import Foundation
import MariaDBServer
import TestPrograms
import Testing

extension Loopback {
    @Suite(
        "sipd and Kamailio on the same database",
        .enabled(
            if: Kamailio.isInstalled && SIPp.isInstalled,
            "missing: apt-get install kamailio kamailio-mysql-modules sip-tester"))
    struct KamailioTests {
        private let server = DatabaseServer.shared
        private let folder: TemporaryFolder
        private let test: TestDatabase

        init() throws {
            folder = try TemporaryFolder()
            test = try server.makeDatabase()
            try server.query(
                """
                CREATE USER IF NOT EXISTS app IDENTIFIED BY 'p'; GRANT ALL ON \(test.name).* TO app
                """)
        }

        private var url: String { "mysql://app:p@127.0.0.1:\(server.port)/\(test.name)" }

        private func makeSchema() throws {
            let schema = try Sipd.run(["schema", "create", "--database", url], in: folder)
            #expect(schema.code == .exit(0), "\(schema.error)")
        }

        /// How many rows there are, and of how many users.
        private func rows() throws -> String {
            try test.query("SELECT COUNT(*), COUNT(DISTINCT username) FROM location")
        }

        @Test(
            "either serves what the other has registered, and a phone that goes on with the other stays one row",
            arguments: [(mode: 1, usesDomain: false), (mode: 2, usesDomain: true)])
        func takeover(mode: Int, usesDomain: Bool) throws {
            // Its tables are made by sipd, and Kamailio checks their versions at its start.
            try makeSchema()
            try Sipd.makeAccounts(40, in: folder, database: url)
            let phones = try SIPp(folder)

            let first = try Kamailio(
                folder, database: url, mode: mode, usesDomain: usesDomain)
            #expect(try phones.register(20, at: first).ok == 20)
            #expect(try phones.call(20, at: first).failed == 0)
            #expect(try first.stop() == .exit(0))
            #expect(try rows() == "20\t20\n")

            let sipd = try Sipd(
                folder, ["--location-mode", "\(mode)"], database: url,
                environment: ["SIPD_MARIADB_USE_DOMAIN": "\(usesDomain)"])
            #expect(try phones.call(20, at: sipd) == Figures(ok: 20))
            #expect(try phones.register(10, at: sipd) == Figures(ok: 10))
            #expect(try phones.call(20, at: sipd) == Figures(ok: 20))
            #expect(try sipd.stop() == .exit(0))
            #expect(try rows() == "20\t20\n")
            // Both write the same clock, and the same words where a phone said nothing.
            let words = try test.query(
                """
                SELECT COUNT(*), q, flags, cflags, methods, user_agent, `partition`, \
                ABS(TIMESTAMPDIFF(SECOND, NOW(), expires) - 3600) < 120 FROM location \
                GROUP BY 2, 3, 4, 5, 6, 7, 8
                """)
            #expect(words == "20\t-1.00\t0\t0\tNULL\tlab\t0\t1\n")

            let second = try Kamailio(
                folder, database: url, mode: mode, usesDomain: usesDomain)
            #expect(try phones.call(20, at: second).failed == 0)
            #expect(try phones.register(20, at: second).ok == 20)
            #expect(try second.stop() == .exit(0))
            #expect(try rows() == "20\t20\n")
        }

        @Test("an account that either has added logs in at both")
        func accounts() throws {
            try makeSchema()
            try Kamailio.addAccount("user0", "pw0", to: test, in: folder)
            let add = try Sipd.run(
                ["user", "add", "user1@voice.test", "--database", url], input: "pw1\n", in: folder)
            #expect(add.code == .exit(0))
            let phones = try SIPp(folder)
            let kamailio = try Kamailio(folder, database: url, mode: 1)
            #expect(try phones.register(2, at: kamailio).ok == 2)
            #expect(try kamailio.stop() == .exit(0))
            let sipd = try Sipd(folder, database: url)
            #expect(try phones.register(2, at: sipd) == Figures(ok: 2))
            #expect(try sipd.stop() == .exit(0))
        }
    }
}
