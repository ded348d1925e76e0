import MariaDBServer
import SIPAuth
import SIPCore
import SIPLocation
import SIPMariaDB
import TestPrograms
import Testing

@Suite("Accounts in MariaDB", .onOwnDatabaseThread)
struct SubscribersTests {
    static let noon = BindingsTests.noon

    static func password(_ subscriber: Subscriber?) -> String? {
        if case .password(let password)? = subscriber?.secret { password } else { nil }
    }

    private func find(
        _ accounts: MariaDBSubscribers, _ user: String, _ domain: String = "voice.example"
    ) async throws -> Subscriber? {
        try await accounts.subscriber(
            ByteSlice(user), domain: ByteSlice(domain), freshness: .fresh)
    }

    @Test("an account is added, found, changed and removed")
    func life() async throws {
        let accounts = MariaDBSubscribers(try await DatabaseServer.shared.makeDatabase().create())
        let account = NewAccount(username: "alice", domain: "Voice.example", password: "secret")
        try await accounts.add(account)
        let found = try #require(try await find(accounts, "alice", "VOICE.example"))
        #expect(found.username == "alice")
        #expect(found.domain == "voice.example")
        #expect(Self.password(found) == "secret")
        let error = await #expect(throws: StoreError.self) {
            try await accounts.add(account)
        }
        #expect(error?.kind == .refused)
        var changed = account
        changed.password = "other"
        #expect(try await accounts.setPassword(changed))
        #expect(try await accounts.setPassword(changed))  // The same again is no failure.
        #expect(Self.password(try await find(accounts, "alice")) == "other")
        changed.username = "nobody"
        #expect(try await !accounts.setPassword(changed))
        #expect(try await accounts.count() == 1)
        #expect(
            try await accounts.list().map { "\($0.username)@\($0.domain)" } == [
                "alice@voice.example"
            ])
        #expect(try await accounts.remove(username: "alice", domain: "voice.example"))
        #expect(try await !accounts.remove(username: "alice", domain: "voice.example"))
        #expect(try await find(accounts, "alice") == nil)
    }

    @Test("removing an account removes its bindings and rows of uri and grp, and nobody else's")
    func removal() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let database = try await test.create()
        let accounts = MariaDBSubscribers(database)
        for name in ["alice", "Alice2"] {
            try await accounts.add(
                NewAccount(username: name, domain: "voice.example", password: "x"))
            var fields = BindingsTests.fields(ByteSlice(name), user: ByteSlice(name))
            fields.callID = ByteSlice(name)
            try await MariaDBBindings(database).apply([.put(try #require(Binding(fields)))])
            for kind in [MariaDBWords.Kind.names, .groups] {
                let word = AccountWord(
                    username: ByteSlice(name), domain: "voice.example", word: "sales")
                _ = try await MariaDBWords(kind, database).add(word, at: Self.noon)
            }
        }
        #expect(try await accounts.remove(username: "alice", domain: "voice.example"))
        #expect(try test.query("SELECT username FROM location") == "Alice2\n")
        #expect(try test.query("SELECT username FROM uri") == "Alice2\n")
        #expect(try test.query("SELECT username FROM grp") == "Alice2\n")
    }

    @Test(
        "a name is compared by its bytes, although the collation does not",
        arguments: ["alice", "ALICE", "alice "])
    func bytes(name: String) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let accounts = MariaDBSubscribers(try await test.create())
        try test.query(
            "INSERT INTO subscriber (username, domain, password) VALUES ('alice', 'VOICE.example', 'x')"
        )
        #expect((try await find(accounts, name) != nil) == (name == "alice"))
    }

    @Test("an account without a domain is found in any, after one of the domain itself")
    func withoutDomain() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let accounts = MariaDBSubscribers(try await test.create())
        try test.query(
            """
            INSERT INTO subscriber (username, domain, password) VALUES
            ('alice', 'voice.example', 'own'), ('alice', '', 'any'), ('alice', 'other.example', 'no')
            """)
        #expect(Self.password(try await find(accounts, "alice")) == "own")
        #expect(Self.password(try await find(accounts, "alice", "third.example")) == "any")
    }

    @Test("without domains the name alone decides")
    func usesNoDomain() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        var settings = MariaDBSettings()
        settings.usesDomain = false
        let accounts = MariaDBSubscribers(try await test.create(settings))
        try test.query(
            "INSERT INTO subscriber (username, domain, password) VALUES ('alice', 'old.example', 'x')"
        )
        let found = try await find(accounts, "alice", "new.example")
        #expect(Self.password(found) == "x")
        #expect(found?.domain == "")
    }

    @Test("hashes are read and written in the columns that are there")
    func hashes() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let accounts = MariaDBSubscribers(try await test.create(withExtensions: true))
        try await accounts.add(
            NewAccount(username: "bob", domain: "biloxi.com", password: "zanzibar"),
            as: .hashes(realm: "biloxi.com"))
        #expect(
            try test.query("SELECT password, ha1, LENGTH(ha1b), LENGTH(ha1_sha256) FROM subscriber")
                == "\t12af60467a33e8518da5c68bbff12b11\t32\t64\n")
        let found = try #require(try await find(accounts, "bob", "biloxi.com"))
        guard case .ha1 = found.secret else {
            Issue.record("a password where there is none")
            return
        }
    }

    @Test("the password's column and the table may have other names")
    func otherNames() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        try test.query(
            """
            CREATE TABLE `my``users` (username VARCHAR(64), domain VARCHAR(64), `pass word` VARCHAR(64));
            INSERT INTO `my``users` VALUES ('alice', 'voice.example', 'x');
            """)
        var settings = MariaDBSettings()
        settings.tables.subscriber = "my`users"
        settings.passwordColumn = "pass word"
        settings.secrets = .passwords
        let accounts = MariaDBSubscribers(test.open(settings))
        #expect(Self.password(try await find(accounts, "alice")) == "x")
    }

    @Test("a table that lacks what is needed is refused by its name and the column's")
    func lacks() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let accounts = MariaDBSubscribers(test.open())
        let none = await #expect(throws: StoreError.self) { try await find(accounts, "alice") }
        #expect(none?.kind == .unusable)
        #expect(none?.message.contains("no table subscriber") == true)
        try test.query("CREATE TABLE subscriber (username VARCHAR(64), domain VARCHAR(64))")
        let lacks = await #expect(throws: StoreError.self) { try await find(accounts, "alice") }
        #expect(lacks?.kind == .unusable)
        #expect(
            lacks?.message.contains("table subscriber has neither a column password nor ha1")
                == true)
    }

    @Test(
        "an import adds accounts and gives those that are there the new password, in the tables of the field",
        arguments: ["", "kamailio-5.6", "ser-0.9"])
    func importing(fixture: String) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        if fixture.isEmpty {
            _ = try await test.create()
        } else {
            try test.load(fixture)
            try test.query("DELETE FROM subscriber")
        }
        let accounts = MariaDBSubscribers(test.open())
        let some = (0..<2500).map {
            NewAccount(username: "u\($0)", domain: "Voice.example", password: "p\($0)")
        }
        try await accounts.add(some[7])
        var reported: [Int] = []
        try await accounts.importAll(some) { reported.append($0) }
        #expect(reported == [1000, 2000, 2500])
        #expect(try await accounts.count() == 2500)
        for index in [0, 7, 1000, 2499] {
            #expect(Self.password(try await find(accounts, "u\(index)")) == "p\(index)")
        }
        let others = some[100..<1300].map {
            NewAccount(username: $0.username, domain: $0.domain, password: "other")
        }
        try await accounts.importAll(others, as: .both(realm: "voice.example"))
        #expect(try await accounts.count() == 2500)
        #expect(Self.password(try await find(accounts, "u99")) == "p99")
        #expect(Self.password(try await find(accounts, "u100")) == "other")
        #expect(
            try test.query("SELECT COUNT(*) FROM subscriber WHERE LENGTH(ha1) = 32") == "1200\n")
    }

    @Test("an import with one account that can't be is none")
    func wrongImport() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let accounts = MariaDBSubscribers(try await test.create())
        let wide = String(repeating: "x", count: 65)
        for name in ["", wide] {
            let error = await #expect(throws: StoreError.self) {
                try await accounts.importAll([
                    NewAccount(username: "a", domain: "x", password: "p"),
                    NewAccount(username: name, domain: "x", password: "p"),
                ])
            }
            #expect(error?.kind == .refused)
        }
        #expect(try await accounts.count() == 0)
    }

    @Test("what attackers send for a name finds nobody, and can be a name", arguments: hostileBytes)
    func hostile(bytes: [UInt8]) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let accounts = MariaDBSubscribers(try await test.create())
        try test.query(
            "INSERT INTO subscriber (username, domain, password) VALUES ('alice', 'voice.example', 'x')"
        )
        let name = ByteSlice(bytes)
        for domain in [ByteSlice("voice.example"), name] {
            #expect(try await accounts.subscriber(name, domain: domain, freshness: .fresh) == nil)
        }
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        try test.query(
            "INSERT INTO subscriber (username, domain, password) VALUES (X'\(digits)', 'voice.example', 'y')"
        )
        let found = try await accounts.subscriber(name, domain: "voice.example", freshness: .fresh)
        #expect(Self.password(found) == "y")
        #expect(try await accounts.count() == 2)
    }

    @Test("look-ups that wait together are a few statements, and each gets its own answer")
    func gathered() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let accounts = MariaDBSubscribers(try await test.create())
        let rows = (0..<500).map { "('u\($0)', 'voice.example', 'p\($0)')" }.joined(separator: ",")
        try test.query("INSERT INTO subscriber (username, domain, password) VALUES \(rows)")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<1000 {
                group.addTask {
                    let found = try await find(accounts, "u\(index)")
                    #expect(Self.password(found) == (index < 500 ? "p\(index)" : nil))
                }
            }
            try await group.waitForAll()
        }
        #expect(accounts.statements < 500)
    }

    @Test("a digest of a phone is verified with the password in the table")
    func changedPassword() async throws {
        let accounts = MariaDBSubscribers(try await DatabaseServer.shared.makeDatabase().create())
        #expect(!accounts.mayBeStale)
        let cached = CachedSubscribers(accounts) { Instant.zero }
        let account = NewAccount(username: "alice", domain: "voice.example", password: "1")
        try await accounts.add(account)
        let first = try await cached.subscriber(
            "alice", domain: "voice.example", freshness: .cached)
        var changed = account
        changed.password = "2"
        #expect(try await accounts.setPassword(changed))
        let stale = try await cached.subscriber(
            "alice", domain: "voice.example", freshness: .cached)
        let fresh = try await cached.subscriber("alice", domain: "voice.example", freshness: .fresh)
        #expect([first, stale, fresh].map(Self.password) == ["1", "1", "2"])
    }
}
