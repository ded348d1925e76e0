import MariaDBServer
import SIPAuth
import SIPCore
import SIPLocation
import SIPMariaDB
import Synchronization
import TestPrograms
import Testing

@Suite("Schemas in the field", .onOwnDatabaseThread)
struct FieldSchemasTests {
    static let noon = BindingsTests.noon
    static let all = ["kamailio-4.4", "kamailio-5.6", "ser-0.9", "opensips-4.0"]

    /// A database with the tables of a fixture, and no bindings.
    private func load(_ fixture: String) throws -> TestDatabase {
        let test = try DatabaseServer.shared.makeDatabase()
        try test.load(fixture)
        try test.query("DELETE FROM location")
        return test
    }

    @Test("rows that Kamailio wrote are read field by field")
    func kamailio() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        try test.load("kamailio-5.6")
        var settings = MariaDBSettings()
        settings.clock = .utc
        let loaded = try await BindingsTests.load(MariaDBBindings(test.open(settings)))
        try #require(loaded.count == 2)
        let (alice, bob) = (loaded[0], loaded[1])
        #expect(alice.address == AddressOfRecord(user: "alice", host: "voice.example"))
        #expect(alice.uri == "sip:alice@192.0.2.1:5060;ob")
        #expect(alice.parameters == ";+sip.instance=\"<urn:uuid:1>\";reg-id=1")
        #expect(alice.expiresAt == alice.lastModified + 3600)
        #expect(alice.q == 330)
        #expect(alice.cseq == 7)
        #expect(alice.userAgent == "Phone/1.0")
        #expect(alice.path == ["<sip:edge.example;lr;ob>"])
        #expect(alice.received == Endpoint(.tcp, .v4(0xC633_6407), port: 40_000))
        #expect(alice.localSocket == Endpoint(.udp, .v4(0x7F00_0001), port: 25_161))
        #expect(alice.methods == 0b1101)
        #expect(alice.instance == "<urn:uuid:1>")
        #expect(alice.regID == 1)
        #expect(bob.expiresAt == bob.lastModified + 600)
        #expect(bob.q == nil)
        #expect(bob.methods == nil)
        #expect(bob.instance == nil)
        #expect(bob.regID == nil)
        #expect(bob.path.isEmpty)
    }

    @Test("the schemas that are in the field are found fit", arguments: all)
    func fit(fixture: String) async throws {
        let test = try load(fixture)
        let findings = try await test.open().checkSchema([.accounts, .bindings])
        #expect(findings.filter(\.isFatal).isEmpty)
        let isSER = fixture == "ser-0.9"
        #expect(findings.contains { $0.description.contains("well-known password") } == isSER)
    }

    @Test("accounts are added and found", arguments: all)
    func accounts(fixture: String) async throws {
        let test = try load(fixture)
        let accounts = MariaDBSubscribers(test.open())
        for name in ["alice", "bob"] {
            try await accounts.add(
                .init(
                    username: name, domain: "voice.example", password: "secret", mail: "a@b.example"
                ),
                as: .both(realm: "voice.example"))
        }
        let found = try await accounts.subscriber(
            "alice", domain: "voice.example", freshness: .fresh)
        #expect(SubscribersTests.password(found) == "secret")
        if fixture == "ser-0.9" {
            #expect(
                try test.query(
                    """
                    SELECT COUNT(DISTINCT phplib_id), MIN(datetime_created) > '2000-01-01',
                    MIN(LENGTH(ha1)) FROM subscriber WHERE username <> 'admin'
                    """) == "2\t1\t32\n")
        }
    }

    @Test("bindings come back with all that the table has a column for", arguments: all)
    func bindings(fixture: String) async throws {
        let test = try load(fixture)
        let store = MariaDBBindings(test.open())
        var fields = BindingsTests.full("1f-2a")
        fields.flags = 0
        fields.parameters = ";+sip.instance=\"<urn:uuid:1>\";reg-id=2147483647"
        let binding = try #require(Binding(fields))
        var fixed = BindingsTests.fields("1f-2b", expires: nil)
        fixed.uri = "sip:fixed@192.0.2.9"
        try await store.apply([.put(binding), .put(try #require(Binding(fixed)))])
        let loaded = try await BindingsTests.load(store).sorted { $0.uri.count < $1.uri.count }
        #expect(loaded.map(\.uri) == [binding.uri, "sip:fixed@192.0.2.9"])
        let first = try #require(loaded.first)
        #expect(first.address == binding.address)
        #expect(first.expiresAt == binding.expiresAt)
        #expect(first.lastModified == binding.lastModified)
        #expect(first.q == 330)
        #expect(first.callID == binding.callID)
        #expect(first.cseq == binding.cseq)
        #expect(first.userAgent == binding.userAgent)
        #expect(first.received == binding.received)
        #expect(first.flags == 0)
        #expect(loaded.last?.expiresAt == nil)
        #expect(loaded.last?.q == nil)
        if fixture != "ser-0.9" {
            #expect(first.instance == binding.instance)
            #expect(first.localSocket == binding.localSocket)
            #expect(first.pathText == binding.pathText)
            #expect(first.methods == binding.methods)
        }
    }

    @Test("a binding is refreshed, moved and removed, before and after a restart", arguments: all)
    func changes(fixture: String) async throws {
        let test = try load(fixture)
        func contacts() throws -> String {
            try test.query("SELECT contact, cseq FROM location ORDER BY contact")
        }
        var store = MariaDBBindings(test.open())
        var fields = BindingsTests.fields("r1")
        fields.cseq = 1
        try await store.apply([.put(try #require(Binding(fields)))])
        fields.cseq = 2
        try await store.apply([.put(try #require(Binding(fields)))])
        #expect(try contacts() == "sip:alice@192.0.2.1\t2\n")
        fields.uri = "sip:alice@192.0.2.2"
        try await store.apply([.put(try #require(Binding(fields)))])
        #expect(try contacts() == "sip:alice@192.0.2.2\t2\n")

        store = MariaDBBindings(test.open())
        var loaded = try #require(try await BindingsTests.load(store).first).fields
        loaded.uri = "sip:alice@192.0.2.3"
        loaded.cseq = 3
        let moved = try #require(Binding(loaded))
        try await store.apply([.put(moved)])
        #expect(try contacts() == "sip:alice@192.0.2.3\t3\n")
        try await store.apply([.remove(ruid: moved.ruid, of: moved.address)])
        #expect(try contacts() == "")
    }

    @Test("expiry leaves permanent contacts", arguments: all)
    func expiry(fixture: String) async throws {
        let test = try load(fixture)
        let store = MariaDBBindings(test.open())
        for (index, expires) in [60, 61, nil].enumerated() as EnumeratedSequence<[Int64?]> {
            var fields = BindingsTests.fields(ByteSlice("r\(index)"), expires: expires)
            fields.uri = ByteSlice("sip:alice@192.0.2.\(index)")
            try await store.apply([.put(try #require(Binding(fields)))])
        }
        #expect(try await store.expire(at: Self.noon + 60) == 1)
        #expect(try await BindingsTests.load(store).count == 2)
    }

    @Test("pages follow the key that the table has", arguments: all)
    func pages(fixture: String) async throws {
        let test = try load(fixture)
        var settings = MariaDBSettings()
        settings.pageSize = 7
        let store = MariaDBBindings(test.open(settings))
        var changes: [BindingChange] = []
        for index in 0..<50 {
            var fields = BindingsTests.fields(
                ByteSlice("r\(index)"), user: ByteSlice("u\(index % 5)"))
            fields.uri = ByteSlice("sip:a@192.0.2.\(index)")
            changes.append(.put(try #require(Binding(fields))))
        }
        try await store.apply(changes)
        let loaded = try await BindingsTests.load(store)
        #expect(loaded.count == 50)
        #expect(Set(loaded.map(\.uri)).count == 50)
    }

    @Test("rows that another program left odd are read, or passed over with a warning")
    func odd() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        _ = try await test.create()
        try test.query(
            """
            SET sql_mode = '';
            ALTER TABLE location MODIFY username VARCHAR(64) NULL, MODIFY contact VARCHAR(512) NULL,
            MODIFY callid VARCHAR(255) NULL;
            INSERT INTO location (ruid, username, domain, contact, expires, q, cseq, callid, methods, last_modified)
            VALUES ('k1', 'bob', 'voice.example', 'sip:bob@192.0.2.2', '1970-01-01 00:00:00', -1.0, -5, 'c', -1, '0000-00-00'),
            ('k2', NULL, 'voice.example', 'sip:bob@192.0.2.2', '2030-01-01', 1, 1, 'c', NULL, '2020-01-01'),
            ('k3', 'bob', 'voice.example', NULL, '2030-01-01', 1, 1, 'c', NULL, '2020-01-01'),
            ('k4', 'bob', 'voice.example', 'sip:bob@192.0.2.2', '2030-01-01', 1, 1, NULL, NULL, '2020-01-01'),
            ('k5', 'bob', 'voice.example', 'sip:bob@192.0.2.2', '0000-00-00 00:00:00', 1, 1, 'c', NULL, '2020-01-01'),
            ('k6', 'bob', NULL, 'sip:bob@192.0.2.2', '2030-01-01', 1, 1, 'c', NULL, '2020-01-01');
            """)
        let warnings = Mutex<[String]>([])
        let store = MariaDBBindings(
            test.open(warn: { line in warnings.withLock { $0.append(line) } }))
        let loaded = try await BindingsTests.load(store)
        #expect(loaded.map(\.ruid) == ["k1", "k6"])
        let bob = try #require(loaded.first)
        #expect(bob.q == nil)
        #expect(bob.expiresAt == nil)
        #expect(bob.methods == nil)
        #expect(bob.cseq == UInt32(bitPattern: -5))
        #expect(loaded.last?.address.host == "")
        #expect(
            warnings.withLock { $0 } == [
                """
                1 rows of table location name no domain, and nobody is found by them; a program with use_domain 0 \
                writes such rows: with mariadb.use_domain false they serve
                """, "4 rows of table location are no bindings and were passed over",
            ])
    }

    @Test("columns are in local time, or in UTC when they are said to be")
    func clocks() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        var settings = MariaDBSettings()
        settings.clock = .utc
        let store = MariaDBBindings(try await test.create(settings))
        try await store.apply([.put(try #require(Binding(BindingsTests.fields("1", expires: 1))))])
        #expect(try test.query("SELECT expires FROM location") == "2023-11-14 22:13:21\n")
        try test.query("UPDATE location SET expires = '2024-02-29 12:34:56'")
        #expect(
            try await BindingsTests.load(store).first?.expiresAt
                == UnixTime(seconds: 1_709_210_096))
    }

    @Test("without domains the bindings have the domain of the settings")
    func usesNoDomain() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        var settings = MariaDBSettings()
        settings.usesDomain = false
        settings.domain = "voice.example"
        let store = MariaDBBindings(try await test.create(settings))
        let binding = try #require(Binding(BindingsTests.fields("1")))
        try await store.apply([.put(binding)])
        #expect(try test.query("SELECT username, domain FROM location") == "alice\tNULL\n")
        #expect(try await BindingsTests.load(store).map(\.address) == [binding.address])
        #expect(try await store.bindings(of: binding.address).count == 1)
        #expect(try await store.remove(binding.address) == 1)
    }

    @Test("a version that is not known is said, and can be told to be no matter")
    func versions() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        _ = try await test.create()
        try test.query("UPDATE version SET table_version = 4711 WHERE table_name = 'location'")
        let error = await #expect(throws: StoreError.self) {
            try await test.open().prepare([.bindings])
        }
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains("table location has version 4711") == true)
        var settings = MariaDBSettings()
        settings.ignoresVersions = true
        try await test.open(settings).prepare([.bindings])
    }

    @Test("a missing column or table is named")
    func missing() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        _ = try await test.create()
        try test.query("ALTER TABLE location DROP COLUMN contact; DROP TABLE subscriber")
        let fatal = try await test.open().checkSchema().filter(\.isFatal).map(\.description)
        #expect(fatal == ["there is no table subscriber", "table location has no column contact"])
    }

    @Test("a missing column that can be done without is done without")
    func optional() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let database = try await test.create()
        try test.query(
            "ALTER TABLE location DROP COLUMN user_agent, DROP COLUMN instance, DROP COLUMN path")
        await database.close()
        let store = MariaDBBindings(test.open())
        try await store.apply([.put(try #require(Binding(BindingsTests.full("1"))))])
        #expect(try await BindingsTests.load(store).map(\.ruid) == ["1"])
    }

    @Test("the schema is made once, and is that of Kamailio")
    func created() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let database = test.open()
        #expect(try await database.createSchema().count == 10)
        #expect(try await database.createSchema().isEmpty)
        #expect(try await database.checkSchema().filter(\.isFatal).isEmpty)
        #expect(
            try test.query("SELECT table_version FROM version ORDER BY table_name")
                == "6\n8\n1\n2\n2\n9\n1\n7\n1\n1\n")
    }

    @Test(
        "in a table of UTF-8, what is no UTF-8 is refused by the column's name, and the rest is kept"
    )
    func unicode() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let store = MariaDBBindings(try await test.create())
        try test.query("ALTER TABLE location CONVERT TO CHARACTER SET utf8mb4")
        var fields = BindingsTests.fields("1")
        fields.userAgent = ByteSlice(String(repeating: "📞", count: 255))
        let other = MariaDBBindings(test.open())
        try await other.apply([.put(try #require(Binding(fields)))])
        #expect(try await BindingsTests.load(other).first?.userAgent == fields.userAgent)
        fields.callID = ByteSlice([0x61, 0xFF])
        let bad = try #require(Binding(fields))
        for store in [store, other] {
            let error = await #expect(throws: StoreError.self) {
                try await store.apply([.put(bad)])
            }
            #expect(error?.kind == .refused)
            #expect(error?.message.contains("callid") == true)
        }
    }

    @Test(
        "a User-Agent that does not fit its column is left out, and the registration is kept",
        arguments: [("ser-0.9", 50), ("opensips-4.0", 255), ("kamailio-4.4", 255)])
    func userAgentWidth(fixture: String, width: Int) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        try test.load(fixture)
        try test.query("DELETE FROM location")
        for length in [width, width + 1] {
            var fields = BindingsTests.fields(
                ByteSlice("\(length)"), user: ByteSlice("user\(length)"))
            fields.userAgent = ByteSlice(String(repeating: "x", count: length))
            try await MariaDBBindings(test.open()).apply([.put(try #require(Binding(fields)))])
        }
        let stored = try await BindingsTests.load(MariaDBBindings(test.open()))
        let lengths = Dictionary(
            stored.map { (String($0.address.user), $0.userAgent.count) }, uniquingKeysWith: +)
        #expect(lengths == ["user\(width)": width, "user\(width + 1)": 0])
        let notes = try await test.open().checkSchema([.bindings]).map(\.description)
        #expect(notes.contains { $0.contains("at most 50 characters") } == (width == 50))
    }
}
