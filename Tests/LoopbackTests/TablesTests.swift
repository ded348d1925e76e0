import Foundation
import Glibc
import MariaDBServer
import TestPrograms
import Testing

extension Loopback {
    /// The operator's tables, on either database, through commands and a running daemon.
    @Suite("operator's tables")
    struct TablesTests {
        typealias Kind = OperatedSite.Kind

        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        private func site(
            _ kind: Kind, _ settings: [String: String] = [:]
        ) throws -> OperatedSite {
            try OperatedSite(kind, in: folder, settings)
        }

        /// What a REGISTER for an address is answered that user0 sends with the right password.
        private func register(_ to: String, at daemon: Sipd) throws -> Int {
            try Caller(to: daemon).status(
                "REGISTER", "sip:voice.test", from: to, to: to, as: "user0", password: "pw0")
        }

        /// What an INVITE of user0 with the right password is answered.
        private func call(_ uri: String, at daemon: Sipd) throws -> Int {
            try Caller(to: daemon).status(
                "INVITE", uri, from: "sip:user0@voice.test", as: "user0", password: "pw0")
        }

        @Test(
            "a domain is served and no longer served at the command's word",
            arguments: Kind.allCases)
        func domains(kind: Kind) throws {
            let site = try site(kind)
            #expect(try site.command("domain", "add", "Early.test").code == .exit(0))
            let daemon = try site.daemon()
            func status(_ domain: String) throws -> Int {
                try Caller(to: daemon).status(
                    "REGISTER", "sip:\(domain)", from: "sip:x@\(domain)")
            }
            // Who is served is challenged by the registrar (401), who is not by the proxy (407).
            #expect(try status("early.test") == 401)
            #expect(try status("branch.test") == 407)
            #expect(try site.command("domain", "add", "branch.test").code == .exit(0))
            #expect(try status("branch.test") == 401)
            #expect(
                try site.command("domain", "show", "--json").output == """
                    [
                      {"domain": "branch.test", "from": "table"},
                      {"domain": "early.test", "from": "table"}
                    ]

                    """)
            #expect(try site.command("domain", "rm", "branch.test").code == .exit(0))
            #expect(try status("branch.test") == 407)
            #expect(try status("early.test") == 401)
            let again = try site.command("domain", "rm", "branch.test")
            #expect(again.code == .exit(1))
            #expect(again.error == "sipd: table domain has no branch.test\n")
            #expect(try daemon.stop() == .exit(0))
        }

        @Test(
            "a name of table uri may be registered at the command's word", arguments: Kind.allCases)
        func names(kind: Kind) throws {
            let site = try site(kind, ["SIPD_PERMISSIONS_NAMES": "own_and_table"])
            let daemon = try site.daemon()
            #expect(try register("sip:user0@voice.test", at: daemon) == 200)
            #expect(try register("sip:sales@voice.test", at: daemon) == 403)
            #expect(try site.command("uri", "add", "user0@voice.test", "sales").code == .exit(0))
            #expect(try register("sip:sales@voice.test", at: daemon) == 200)
            #expect(
                try site.command("uri", "show", "user0@voice.test").output
                    == "USER   DOMAIN      URI_USER\nuser0  voice.test  sales\n")
            #expect(try site.command("uri", "show", "user1@voice.test", "--json").output == "[]\n")
            #expect(try site.command("uri", "rm", "user0@voice.test", "sales").code == .exit(0))
            #expect(try site.command("uri", "rm", "user0@voice.test").code == .exit(1))
            #expect(try register("sip:sales@voice.test", at: daemon) == 403)
            #expect(try site.command("uri", "add", "user9@voice.test", "x").code == .exit(1))
            #expect(try daemon.stop() == .exit(0))
        }

        @Test(
            "with names: table new and imported accounts may use their own name, and a removed one leaves nothing",
            arguments: Kind.allCases)
        func tableOnly(kind: Kind) throws {
            var site = try site(kind)
            site.environment["SIPD_PERMISSIONS_NAMES"] = "table"
            let daemon = try site.daemon()
            // These accounts were made when no table was asked for.
            #expect(try register("sip:user0@voice.test", at: daemon) == 403)
            let file = "user0@voice.test,pw0\n"
            #expect(try site.command("user", "import", "-", input: file).code == .exit(0))
            #expect(try site.command("user", "import", "-", input: file).code == .exit(0))
            #expect(try register("sip:user0@voice.test", at: daemon) == 200)
            #expect(
                try site.command("user", "add", "carol@voice.test", input: "pw\n").code == .exit(0))
            func carol() throws -> Int {
                try Caller(to: daemon).status(
                    "REGISTER", "sip:voice.test", from: "sip:carol@voice.test",
                    to: "sip:carol@voice.test", as: "carol", password: "pw")
            }
            #expect(try carol() == 200)
            #expect(try site.command("acl", "grant", "carol@voice.test", "pstn").code == .exit(0))
            #expect(try site.command("user", "rm", "carol@voice.test").code == .exit(0))
            #expect(try site.command("uri", "show", "carol@voice.test", "--json").output == "[]\n")
            #expect(try site.command("acl", "show", "--json").output == "[]\n")
            #expect(try carol() == 401)
            #expect(try daemon.stop() == .exit(0))
        }

        @Test("a group opens the way out at the command's word", arguments: Kind.allCases)
        func groups(kind: Kind) throws {
            let site = try site(kind, ["SIPD_PERMISSIONS_RELAY_GROUP": "pstn"])
            let daemon = try site.daemon()
            let gateway = try UDPClient(to: nil)
            let uri = "sip:+19005550100@127.0.0.1:\(gateway.port)"
            #expect(try call(uri, at: daemon) == 403)
            #expect(try site.command("acl", "grant", "user0@voice.test", "pstn").code == .exit(0))
            #expect(try site.command("acl", "grant", "user1@voice.test", "int").code == .exit(0))
            #expect(try call(uri, at: daemon) == 100)
            #expect(gateway.receive()?.hasPrefix("INVITE \(uri) SIP/2.0\r\n") == true)
            #expect(
                try site.command("acl", "show", "--json").output == """
                    [
                      {"user": "user0", "domain": "voice.test", "group": "pstn"},
                      {"user": "user1", "domain": "voice.test", "group": "int"}
                    ]

                    """)
            #expect(try site.command("acl", "revoke", "user0@voice.test").code == .exit(0))
            #expect(try call(uri, at: daemon) == 403)
            #expect(
                try site.command("acl", "revoke", "user0@voice.test", "pstn").error
                    == "sipd: user0@voice.test is in no group pstn\n")
            #expect(try site.command("acl", "grant", "user9@voice.test", "x").code == .exit(1))
            #expect(try daemon.stop() == .exit(0))
        }

        @Test(
            "a trusted address calls without an account at the command's word",
            arguments: Kind.allCases)
        func addresses(kind: Kind) throws {
            let site = try site(kind, ["SIPD_PERMISSIONS_TRUSTED_GROUPS": "1,7"])
            let daemon = try site.daemon()
            func status() throws -> Int {
                try Caller(to: daemon).status(
                    "INVITE", "sip:nobody@voice.test", from: "sip:gate@gate.test")
            }
            #expect(try status() == 407)
            let untrusted = try site.command("address", "add", "127.0.0.1", "--group", "2")
            #expect(untrusted.code == .exit(0))
            #expect(untrusted.error.contains("nobody trusts group 2"))
            #expect(try status() == 407)
            #expect(
                try site.command(
                    "address", "add", "127.0.0.0/8", "--group", "7", "--tag", "gate"
                ).error == "")
            #expect(try status() == 404)
            #expect(
                try site.command("address", "show").output == """
                    NETWORK       GROUP  PORT  TAG   TRUSTED
                    127.0.0.1/32  2                  no
                    127.0.0.0/8   7            gate  yes

                    """)
            #expect(try site.command("address", "rm", "127.0.0.0/8").code == .exit(1))
            #expect(
                try site.command("address", "rm", "127.0.0.0/8", "--group", "7").code == .exit(0))
            #expect(try status() == 407)
            #expect(try daemon.stop() == .exit(0))
        }

        @Test("a network that the settings trust is trusted whatever the table says")
        func fixedNetwork() throws {
            let site = try site(
                .sqlite,
                [
                    "SIPD_TRUSTED_PEERS": "127.0.0.0/30", "SIPD_PERMISSIONS_TRUSTED_GROUPS": "1",
                ])
            let daemon = try site.daemon()
            func status() throws -> Int {
                try Caller(to: daemon).status(
                    "INVITE", "sip:nobody@voice.test", from: "sip:gate@gate.test")
            }
            #expect(try status() == 404)
            #expect(try site.command("address", "add", "192.0.2.1").code == .exit(0))
            #expect(try status() == 404)
            #expect(try daemon.stop() == .exit(0))
        }

        @Test(
            "an alias of several accounts is true at the command's word", arguments: Kind.allCases)
        func aliases(kind: Kind) throws {
            let site = try site(kind)
            let daemon = try site.daemon()
            let phones = [try UDPClient(to: nil), try UDPClient(to: nil)]
            for (user, phone) in phones.enumerated() {
                #expect(
                    try site.command(
                        "location", "add", "user\(user)@voice.test",
                        "sip:user\(user)@127.0.0.1:\(phone.port)"
                    ).code == .exit(0))
            }
            #expect(
                try site.command(
                    "alias", "add", "team@voice.test", "user0@voice.test", "user1@voice.test"
                ).code == .exit(0))
            #expect(try call("sip:team@voice.test", at: daemon) == 100)
            for phone in phones { #expect(phone.receive()?.hasPrefix("INVITE ") == true) }
            #expect(
                try site.command("alias", "show").output == """
                    ALIAS            TARGET                KIND
                    team@voice.test  sip:user0@voice.test  account
                    team@voice.test  sip:user1@voice.test  account

                    """)
            let taken = try site.command("user", "add", "team@voice.test", input: "x\n")
            #expect(taken.code == .exit(65))
            #expect(taken.error.contains("there is an alias team@voice.test"))
            #expect(
                try site.command(
                    "alias", "add", "one@voice.test", "user0@voice.test", "--kind", "account"
                )
                .code == .exit(0))
            if let test = site.test {
                #expect(try test.query("SELECT COUNT(*) FROM dbaliases") == "3\n")
            }
            #expect(try site.command("alias", "rm", "team@voice.test").code == .exit(0))
            #expect(try call("sip:team@voice.test", at: daemon) == 404)
            #expect(try daemon.stop() == .exit(0))
        }

        @Test("an e-mail address is noted with an account", arguments: Kind.allCases)
        func mail(kind: Kind) throws {
            let site = try site(kind)
            #expect(try site.command("mail", "user0@voice.test").output == "\n")
            let odd = "o'hara@example.org"
            #expect(try site.command("mail", "user0@voice.test", odd).code == .exit(0))
            #expect(try site.command("mail", "user0@voice.test").output == "\(odd)\n")
            #expect(
                try site.command("mail", "user0@voice.test", "--json").output
                    == "{\"mail\":\"\(odd)\"}\n")
            #expect(try site.command("mail", "user9@voice.test").code == .exit(1))
            #expect(
                try site.command(
                    "user", "add", "carol@voice.test", "--mail", "c@example.org", input: "x\n"
                ).code == .exit(0))
            #expect(try site.command("mail", "carol@voice.test").output == "c@example.org\n")
        }

        @Test("where the table has no column for it, mail says so")
        func noMailColumn() throws {
            let site = try site(.mariadb)
            _ = try site.test?.query("ALTER TABLE subscriber DROP COLUMN email_address")
            let result = try site.command("mail", "user0@voice.test")
            #expect(result.code == .exit(65))
            #expect(result.error.contains("table subscriber has no column email_address"))
        }

        @Test(
            "what another program writes is true after the interval, and at once with reload or SIGHUP",
            arguments: Kind.allCases)
        func reload(kind: Kind) throws {
            var site = try site(kind)
            let slow = try site.daemon()
            func add(_ domain: String) throws {
                if let test = site.test {
                    try test.query("INSERT INTO domain (domain) VALUES ('\(domain)')")
                } else {
                    // Without the daemon's knowledge: it listens elsewhere.
                    var other = site
                    other.environment["SIPD_CONTROL"] = folder.path("nobody")
                    #expect(try other.command("domain", "add", domain).code == .exit(0))
                }
            }
            func status(_ domain: String, at daemon: Sipd) throws -> Int {
                try Caller(to: daemon).status(
                    "REGISTER", "sip:\(domain)", from: "sip:x@\(domain)")
            }
            try add("one.test")
            let report = try site.command("reload", "--json")
            #expect(report.code == .exit(0))
            #expect(report.output.contains("\"domain\":1"))
            #expect(try status("one.test", at: slow) == 401)
            try add("two.test")
            slow.process.signal(SIGHUP)
            _ = try slow.process.line(of: .error) { $0.contains("rows=domain:2") }
            #expect(try status("two.test", at: slow) == 401)
            #expect(try slow.stop() == .exit(0))

            site.environment["SIPD_PERMISSIONS_INTERVAL"] = "1"
            let quick = try site.daemon()
            try add("three.test")
            _ = try quick.process.line(of: .error) { $0.contains("rows=domain:3") }
            #expect(try status("three.test", at: quick) == 401)
            #expect(try quick.stop() == .exit(0))
        }

        @Test("a reload that fails keeps what was there, and says what it could not read")
        func failedReload() throws {
            let site = try site(
                .mariadb,
                [
                    "SIPD_PERMISSIONS_RELAY_GROUP": "pstn", "SIPD_PERMISSIONS_INTERVAL": "3600",
                    "SIPD_ACCOUNTS_CACHE_LIFETIME": "3600",
                ])
            let test = try #require(site.test)
            #expect(try site.command("acl", "grant", "user0@voice.test", "pstn").code == .exit(0))
            #expect(try site.command("domain", "add", "branch.test").code == .exit(0))
            let daemon = try site.daemon()
            let gateway = try UDPClient(to: nil)
            let uri = "sip:1@127.0.0.1:\(gateway.port)"
            #expect(try call(uri, at: daemon) == 100)
            try test.query("ALTER TABLE grp CHANGE grp renamed VARCHAR(64)")
            try test.query("INSERT INTO domain (domain) VALUES ('new.test')")
            try test.query("DELETE FROM grp")
            let result = try site.command("reload")
            #expect(result.code != .exit(0))
            #expect(result.error.contains("tables stay as they were: "), "\(result.error)")
            #expect(result.error.contains("grp"), "\(result.error)")
            _ = try daemon.process.line(of: .error) { $0.contains("reload failed") }
            #expect(try call(uri, at: daemon) == 100)
            // The table that could be read is read.
            #expect(
                try Caller(to: daemon).status("REGISTER", "sip:new.test", from: "sip:x@new.test")
                    == 401)
            #expect(try daemon.stop() == .exit(0))
        }

        @Test("a table that the settings ask for and that is not there is an error of the start")
        func missing() throws {
            let site = try site(.mariadb, ["SIPD_PERMISSIONS_RELAY_GROUP": "pstn"])
            try #require(site.test).query("DROP TABLE grp")
            let start = try Sipd.start(
                folder, database: site.url, environment: site.environment)
            #expect(try start.wait() == .exit(65))
            #expect(start.written(to: .error).contains("there is no table grp"))
        }

        @Test("accounts without domains are the same in all that are served")
        func sharedUsers() throws {
            let site = try site(
                .mariadb,
                [
                    "SIPD_MARIADB_USE_DOMAIN": "false", "SIPD_DOMAINS": "voice.test,branch.test",
                ])
            #expect(
                try site.command("user", "add", "carol@branch.test", input: "pw\n").code == .exit(0)
            )
            var daemon = try site.daemon("--domain", "branch.test")
            func carol(_ method: String, _ domain: String, to: String? = nil) throws -> Int {
                try Caller(to: daemon).status(
                    method, "sip:\(to ?? domain)", from: "sip:carol@\(domain)",
                    to: method == "REGISTER" ? "sip:carol@\(domain)" : nil, as: "carol",
                    password: "pw")
            }
            #expect(try carol("REGISTER", "branch.test") == 200)
            #expect(try carol("REGISTER", "voice.test") == 200)
            for domain in ["branch.test", "voice.test"] {
                #expect(try carol("INVITE", domain, to: "carol@\(domain)") == 100)
            }
            #expect(try daemon.stop() == .exit(0))
            daemon = try site.daemon("--domain", "branch.test")
            // From the table, which knows no domain.
            #expect(try carol("INVITE", "branch.test", to: "carol@branch.test") == 100)
            // Commands find her by any domain.
            #expect(try site.command("location", "rm", "carol@branch.test").code == .exit(0))
            #expect(try carol("INVITE", "branch.test", to: "carol@voice.test") == 404)
            #expect(
                try site.command("passwd", "carol@branch.test", input: "other\n").code == .exit(0))
            #expect(try carol("REGISTER", "voice.test") == 401)
            #expect(try daemon.stop() == .exit(0))
        }
    }
}
