import MariaDBServer
import SIPAuth
import SIPCore
import SIPLocation
import SIPMariaDB
import Synchronization
import TestPrograms
import Testing

@Suite("The tables beside accounts and bindings", .onOwnDatabaseThread)
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

    @Test("database aliases become URIs, escaped; one may have several targets")
    func databaseAliases() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        _ = try await test.create()
        try test.query(
            """
            INSERT INTO dbaliases VALUES (1, 'sales', 'Voice.example', 'al ice@x', 'other.example'),
            (2, 'sales', 'voice.example', 'second', 'voice.example'), (3, 'Sales', 'voice.example', 'c', 'd.example')
            """)
        let database = test.open()
        let targets: [ByteSlice] = [
            "sip:al%20ice%40x@other.example", "sip:second@voice.example",
        ]
        let aliases = try await MariaDBAliases(database).entries()
        #expect(aliases.filter { $0.address == sales }.map(\.target) == targets)
        #expect(aliases.allSatisfy { $0.kind == .account })
        let location = MariaDBLocation(database)
        #expect(try await location.aliases(of: sales).map(\.text) == targets)
        #expect(try await location.alias(of: sales)?.text == targets[0])
        let other = AddressOfRecord(user: "Sales", host: "voice.example")
        #expect(try await location.aliases(of: other).map(\.text) == ["sip:c@d.example"])
        let none = AddressOfRecord(user: "nobody", host: "voice.example")
        #expect(try await location.alias(of: none) == nil)
    }

    @Test("an alias of accounts takes the place of one with a URI, and the other way round")
    func aliasKinds() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let aliases = MariaDBAliases(try await test.create())
        let users: [ByteSlice] = ["alice", "bob"]
        let accounts = users.map { AddressOfRecord(user: $0, host: "voice.example") }
        let uri = try URI("sip:carol@voice.example")
        try await aliases.set(sales, to: uri, at: Self.noon)
        try await aliases.set(sales, to: accounts)
        #expect(
            try await aliases.list().map(\.target)
                == ["sip:alice@voice.example", "sip:bob@voice.example"])
        #expect(try test.query("SELECT COUNT(*) FROM aliases") == "0\n")
        try await aliases.set(sales, to: uri, at: Self.noon)
        #expect(try await aliases.entries().map(\.kind) == [.uri])
        #expect(try test.query("SELECT COUNT(*) FROM dbaliases") == "0\n")
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

    @Test(
        "a word of an account is stored once, listed and removed",
        arguments: [MariaDBWords.Kind.groups, .names], ["", "ser-0.9"])
    func words(kind: MariaDBWords.Kind, fixture: String) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let database = test.open()
        if fixture.isEmpty {
            _ = try await database.createSchema()
        } else {
            try test.load(fixture)
        }
        let words = MariaDBWords(kind, database)
        func word(_ text: ByteSlice, of user: ByteSlice = "alice") -> AccountWord {
            AccountWord(username: user, domain: "voice.example", word: text)
        }
        var revisions: Set<Int64> = [try await words.revision()]
        #expect(try await words.add(word("pstn"), at: Self.noon))
        revisions.insert(try await words.revision())
        #expect(try await !words.add(word("pstn"), at: Self.noon))
        #expect(try await words.add(word("int"), at: Self.noon))
        #expect(try await words.add(word("int", of: "bob"), at: Self.noon))
        revisions.insert(try await words.revision())
        #expect(revisions.count == 3)
        #expect(
            try await words.list() == [word("int"), word("pstn"), word("int", of: "bob")])
        #expect(
            try await words.remove("' OR 1=1 --", of: "alice", domain: "voice.example") == 0)
        #expect(try await words.remove("PSTN", of: "alice", domain: "voice.example") == 0)
        #expect(try await words.remove("pstn", of: "%", domain: "voice.example") == 0)
        #expect(try await words.remove(nil, of: "alice", domain: "other.example") == 0)
        #expect(try await words.remove(nil, of: "alice", domain: "Voice.example") == 2)
        #expect(try await words.list() == [word("int", of: "bob")])
    }

    @Test("any bytes can be a word", arguments: hostileBytes)
    func hostileWord(bytes: [UInt8]) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let words = MariaDBWords(.groups, try await test.create())
        let word = AccountWord(
            username: ByteSlice(bytes), domain: "voice.example", word: ByteSlice(bytes))
        #expect(try await words.add(word, at: Self.noon))
        #expect(try await words.list() == [word])
        #expect(
            try await words.remove(word.word, of: word.username, domain: word.domain) == 1)
    }

    @Test("without use_domain a word is the account's in every domain")
    func wordsWithoutDomain() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        _ = try await test.create()
        try test.query(
            "INSERT INTO grp (username, domain, grp) VALUES ('alice', 'old.example', 'pstn')")
        var settings = MariaDBSettings()
        settings.usesDomain = false
        settings.domain = "voice.example"
        let words = MariaDBWords(.groups, test.open(settings))
        #expect(try await words.list().map(\.domain) == [""])
        let tables = SiteTables(groups: try await words.list())
        #expect(tables.contains("alice", domain: "voice.example", in: "pstn"))
        #expect(try await words.remove("pstn", of: "alice", domain: "voice.example") == 1)
    }

    @Test("tables that are not there hold nothing, and what is to be stored names the table")
    func absent() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let database = test.open()
        #expect(try await MariaDBDomains(database).list().isEmpty)
        #expect(try await MariaDBAddresses(database).list().isEmpty)
        let groups = MariaDBWords(.groups, database)
        #expect(try await groups.list().isEmpty)
        #expect(try await groups.revision() == 0)
        let word = AccountWord(username: "alice", domain: "voice.example", word: "pstn")
        let error = await #expect(throws: StoreError.self) {
            try await groups.add(word, at: Self.noon)
        }
        #expect(error?.message.contains("no table grp") == true, "\(String(describing: error))")
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
        let before = try await domains.revision()
        #expect(try await domains.add("Voice.example", at: Self.noon))
        #expect(try await !domains.add("voice.example", at: Self.noon))
        #expect(try await domains.add("a.example", at: Self.noon))
        #expect(try await domains.revision() != before)
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

    @Test("a trusted address is stored and removed, however it is spelt")
    func addressChanges() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let addresses = MariaDBAddresses(try await test.create())
        let before = try await addresses.revision()
        let gateway = TrustedAddress(
            group: 2, network: try #require(IPAddress("2001:db8::7")), port: 5060, tag: "gw")
        #expect(try await addresses.add(gateway))
        #expect(try await !addresses.add(gateway))
        #expect(try await addresses.list() == [gateway])
        #expect(try await addresses.revision() != before)
        try test.query("UPDATE address SET ip_addr = '2001:DB8:0::7'")
        var other = gateway
        other.port = nil
        #expect(try await !addresses.remove(other))
        #expect(try await addresses.remove(gateway))
        #expect(try await addresses.list().isEmpty)
    }
}
