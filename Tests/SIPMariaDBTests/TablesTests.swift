import MariaDBServer
import SIPCore
import SIPLocation
import SIPMariaDB
import Synchronization
import Testing

@Suite("The tables beside accounts and bindings")
struct TablesTests {
    static let noon = BindingsTests.noon
    private let sales = AddressOfRecord(user: "sales", host: "voice.example")

    private func lookup(_ aliases: MariaDBAliases, _ address: AddressOfRecord) async throws
        -> ByteSlice?
    {
        try await aliases.list().first { $0.address == address }?.target
    }

    @Test(
        "an alias is set, changed and removed; each changes the revision",
        arguments: ["", "ser-0.9"])
    func aliases(fixture: String) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let database = test.open()
        if fixture.isEmpty {
            _ = try await database.createSchema()
        } else {
            try test.load(fixture)
        }
        let aliases = MariaDBAliases(database)
        var revisions: Set<Int64> = [try await aliases.revision()]
        for target in ["sip:bob@voice.example", "sip:alice@voice.example"] {
            try await aliases.set(sales, to: try URI(target), at: Self.noon)
            #expect(try await lookup(aliases, sales) == ByteSlice(target))
            #expect(try await aliases.list().count == 1)
            revisions.insert(try await aliases.revision())
        }
        #expect(revisions.count == 3)
        #expect(try await aliases.remove(sales))
        #expect(try await !aliases.remove(sales))
        #expect(try await aliases.list().isEmpty)
        #expect(revisions.contains(try await aliases.revision()))
    }

    @Test("what another process changes is another revision, at most the interval later")
    func elsewhere() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let database = try await test.create()
        let slow = MariaDBAliases(database, interval: .seconds(3600))
        let fast = MariaDBAliases(database, interval: .zero)
        let before = try await (slow.revision(), fast.revision())
        try test.query(
            "INSERT INTO dbaliases VALUES (1, 'sales', 'voice.example', 'alice', 'voice.example')")
        #expect(try await slow.revision() == before.0)
        #expect(try await fast.revision() != before.1)
        slow.invalidate()
        #expect(try await slow.revision() != before.0)
    }

    @Test("database aliases become URIs, escaped; of several targets the first counts")
    func databaseAliases() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        _ = try await test.create()
        try test.query(
            """
            INSERT INTO dbaliases VALUES (1, 'sales', 'Voice.example', 'al ice@x', 'other.example'),
            (2, 'sales', 'voice.example', 'second', 'voice.example'), (3, 'Sales', 'voice.example', 'c', 'd.example')
            """)
        let warnings = Mutex<[String]>([])
        let database = test.open(warn: { line in warnings.withLock { $0.append(line) } })
        #expect(
            try await lookup(MariaDBAliases(database), sales) == "sip:al%20ice%40x@other.example")
        #expect(
            warnings.withLock { $0 } == ["1 aliases have more than one target: the first counts"])
        let location = MariaDBLocation(database)
        #expect(try await location.alias(of: sales)?.text == "sip:al%20ice%40x@other.example")
        let other = AddressOfRecord(user: "Sales", host: "voice.example")
        #expect(try await location.alias(of: other)?.text == "sip:c@d.example")
        let none = AddressOfRecord(user: "nobody", host: "voice.example")
        #expect(try await location.alias(of: none) == nil)
    }

    @Test("any bytes can be an alias", arguments: hostileBytes)
    func hostileAlias(bytes: [UInt8]) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let aliases = MariaDBAliases(try await test.create())
        let address = AddressOfRecord(user: ByteSlice(bytes), host: "voice.example")
        try await aliases.set(sales, to: try URI("sip:bob@voice.example"), at: Self.noon)
        try await aliases.set(address, to: try URI("sip:alice@voice.example"), at: Self.noon)
        #expect(try await lookup(aliases, address) == "sip:alice@voice.example")
        #expect(try await aliases.list().count == 2)
        #expect(try await aliases.remove(address))
        #expect(try await aliases.list().map(\.address) == [sales])
    }

    @Test("a group is granted, asked for and revoked")
    func groups() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let groups = MariaDBGroups(try await test.create())
        try await groups.grant("pstn", to: "alice", domain: "voice.example", at: Self.noon)
        try await groups.grant("pstn", to: "alice", domain: "voice.example", at: Self.noon)
        try await groups.grant("int", to: "alice", domain: "voice.example", at: Self.noon)
        #expect(try test.query("SELECT COUNT(*) FROM grp") == "2\n")
        #expect(try await groups.contains("alice", domain: "VOICE.example", in: "pstn"))
        for (user, domain, group) in [
            ("Alice", "voice.example", "pstn"), ("alice", "other.example", "pstn"),
            ("alice", "voice.example", "PSTN"), ("alice", "voice.example", "' OR 1=1 --"),
            ("%", "voice.example", "pstn"),
        ] {
            let isMember = try await groups.contains(
                ByteSlice(user), domain: ByteSlice(domain), in: ByteSlice(group))
            #expect(!isMember)
        }
        #expect(try await groups.groups(of: "alice", domain: "voice.example") == ["int", "pstn"])
        #expect(try await groups.revoke("pstn", from: "alice", domain: "voice.example"))
        #expect(try await !groups.revoke("pstn", from: "alice", domain: "voice.example"))
        #expect(try await !groups.contains("alice", domain: "voice.example", in: "pstn"))
    }

    @Test("many questions about groups are each answered")
    func manyGroups() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let groups = MariaDBGroups(try await test.create())
        let rows = (0..<100).map { "('u\($0)', 'voice.example', 'g\($0)')" }.joined(separator: ",")
        try test.query("INSERT INTO grp (username, domain, grp) VALUES \(rows)")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<300 {
                group.addTask {
                    let isMember = try await groups.contains(
                        ByteSlice("u\(index / 2)"), domain: "voice.example",
                        in: ByteSlice("g\(index - index / 2)"))
                    #expect(isMember == (index.isMultiple(of: 2) && index < 200))
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("a row of uri lets an account use another user part")
    func uris() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let uris = MariaDBURIs(try await test.create())
        #expect(try await !uris.allows("sales", to: "alice", domain: "voice.example"))
        try await uris.allow("sales", to: "alice", domain: "voice.example", at: Self.noon)
        #expect(try await uris.allows("sales", to: "alice", domain: "voice.example"))
        #expect(try await !uris.allows("sales", to: "bob", domain: "voice.example"))
        #expect(try await uris.forbid("sales", to: "alice", domain: "voice.example"))
        #expect(try await !uris.allows("sales", to: "alice", domain: "voice.example"))
    }

    @Test("domains are served and no longer served", arguments: ["", "ser-0.9", "opensips-4.0"])
    func domains(fixture: String) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let database = test.open()
        if fixture.isEmpty {
            _ = try await database.createSchema()
        } else {
            try test.load(fixture)
        }
        let domains = MariaDBDomains(database)
        try await domains.add("Voice.example", at: Self.noon)
        try await domains.add("voice.example", at: Self.noon)
        try await domains.add("a.example", at: Self.noon)
        #expect(try await domains.list() == ["a.example", "voice.example"])
        #expect(try await domains.remove("VOICE.example"))
        #expect(try await domains.list() == ["a.example"])
    }

    @Test("trusted addresses are networks, and what is none trusts nobody")
    func addresses() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        _ = try await test.create()
        try test.query(
            """
            INSERT INTO address (grp, ip_addr, mask, port, tag) VALUES
            (1, '192.0.2.0', 24, 0, 'gw'), (2, '198.51.100.7', 32, 5060, NULL), (3, '2001:db8::', 65, 0, NULL),
            (4, '0.0.0.0', 0, 0, NULL), (5, 'nonsense', 32, 0, NULL), (6, '192.0.2.1', 33, 0, NULL),
            (7, '192.0.2.1', -1, 0, NULL)
            """)
        let warnings = Mutex<[String]>([])
        let database = test.open(warn: { line in warnings.withLock { $0.append(line) } })
        let addresses = try await MariaDBAddresses(database).list()
        #expect(addresses.map(\.group) == [1, 2, 3, 4])
        #expect(addresses.first?.tag == "gw")
        #expect(warnings.withLock { $0.count } == 3)
        func groups(_ text: String, port: UInt16 = 5060) throws -> [Int] {
            let address = try #require(IPAddress(text))
            return addresses.filter { $0.contains(address, port: port) }.map(\.group)
        }
        #expect(try groups("192.0.2.255") == [1, 4])
        #expect(try groups("192.0.3.0") == [4])
        #expect(try groups("198.51.100.7") == [2, 4])
        #expect(try groups("198.51.100.7", port: 5061) == [4])
        #expect(try groups("2001:db8::7fff:ffff:ffff:ffff") == [3])
        #expect(try groups("2001:db8::8000:0:0:0") == [])
    }
}
