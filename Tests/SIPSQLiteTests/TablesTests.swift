import SIPAuth
import SIPCore
import SIPLocation
import SIPSQLite
import Synchronization
import Testing

@Suite("Domains, groups, names and peers in a file")
struct TablesTests {
    let folder: TemporaryFolder
    let database: SQLiteDatabase

    init() throws {
        folder = try TemporaryFolder()
        database = try folder.open()
    }

    @Test("domains are served and no longer served; each change is another revision")
    func domains() async throws {
        let domains = SQLiteDomains(database)
        var revisions: Set<Int64> = [try await domains.revision()]
        #expect(try await domains.add("Voice.example", at: BindingsTests.noon))
        revisions.insert(try await domains.revision())
        #expect(try await !domains.add("voice.example", at: BindingsTests.noon))
        #expect(try await domains.add("a.example", at: BindingsTests.noon))
        #expect(try await domains.list() == ["a.example", "voice.example"])
        revisions.insert(try await domains.revision())
        #expect(try await domains.remove("VOICE.example"))
        #expect(try await !domains.remove("voice.example"))
        #expect(try await domains.list() == ["a.example"])
        revisions.insert(try await domains.revision())
        #expect(revisions.count == 4)
    }

    @Test(
        "a word of an account is stored once, listed and removed",
        arguments: [SQLiteWords.Kind.groups, .names])
    func words(kind: SQLiteWords.Kind) async throws {
        let words = SQLiteWords(kind, database)
        func word(_ text: ByteSlice, of user: ByteSlice = "alice") -> AccountWord {
            AccountWord(username: user, domain: "voice.example", word: text)
        }
        let before = try await words.revision()
        for text in ["pstn", "int"] as [ByteSlice] {
            #expect(try await words.add(word(text), at: BindingsTests.noon))
            #expect(try await !words.add(word(text), at: BindingsTests.noon))
        }
        #expect(try await words.add(word("int", of: "bob"), at: BindingsTests.noon))
        #expect(try await words.revision() != before)
        #expect(
            try await words.list() == [word("int"), word("pstn"), word("int", of: "bob")])
        #expect(try await words.remove("PSTN", of: "alice", domain: "voice.example") == 0)
        #expect(try await words.remove(nil, of: "alice", domain: "other.example") == 0)
        #expect(try await words.remove("pstn", of: "alice", domain: "voice.example") == 1)
        #expect(try await words.remove(nil, of: "alice", domain: "Voice.example") == 1)
        #expect(try await words.list() == [word("int", of: "bob")])
    }

    @Test("any bytes can be a word", arguments: hostileBytes)
    func hostileWord(bytes: [UInt8]) async throws {
        let words = SQLiteWords(.groups, database)
        let word = AccountWord(
            username: ByteSlice(bytes), domain: "voice.example", word: ByteSlice(bytes))
        #expect(try await words.add(word, at: BindingsTests.noon))
        #expect(try await words.list() == [word])
    }

    @Test("a trusted address is stored and removed; a row that is none trusts nobody")
    func addresses() async throws {
        let warnings = Mutex<[String]>([])
        let addresses = SQLiteAddresses(database) { line in warnings.withLock { $0.append(line) } }
        let before = try await addresses.revision()
        let network = TrustedAddress(
            group: 2, network: try #require(IPAddress("192.0.2.0")), prefixLength: 24, port: 5060,
            tag: "gw")
        #expect(try await addresses.add(network))
        #expect(try await !addresses.add(network))
        #expect(try await addresses.revision() != before)
        try database.execute(
            "INSERT INTO address (ip_addr, mask) VALUES ('nonsense', 32), ('192.0.2.1', 'x')")
        #expect(try await addresses.list() == [network])
        #expect(warnings.withLock { $0.count } == 2)
        var other = network
        other.group = 1
        #expect(try await !addresses.remove(other))
        #expect(try await addresses.remove(network))
        #expect(try await addresses.list().isEmpty)
    }

    @Test("an alias may stand for several accounts, and changes the revision of the aliases")
    func aliases() async throws {
        let aliases = SQLiteAliases(database)
        let sales = AddressOfRecord(user: "sales", host: "voice.example")
        let users: [ByteSlice] = ["bob", "al ice"]
        let before = try await aliases.revision()
        try await aliases.set(sales, to: URI("sip:carol@voice.example"), at: BindingsTests.noon)
        try await aliases.set(
            sales, to: users.map { AddressOfRecord(user: $0, host: "voice.example") })
        #expect(try await aliases.revision() != before)
        let service = LocationService(aliases: aliases)
        _ = try await service.load(at: BindingsTests.noon)
        #expect(
            try await service.aliases(of: sales).map(\.text)
                == ["sip:bob@voice.example", "sip:al%20ice@voice.example"])
        #expect(try await service.alias(of: sales)?.text == "sip:bob@voice.example")
        #expect(try await aliases.entries().map(\.kind) == [.account, .account])
        #expect(try await aliases.remove(sales))
        #expect(try await !aliases.remove(sales))
    }

    @Test("a file of the version before gets the tables, and keeps its aliases and their revision")
    func older() async throws {
        let folder = try TemporaryFolder()
        try folder.makeOldFile(
            upTo: "5 changes of accounts",
            """
            INSERT INTO aliases (username, domain, contact)
            VALUES ('sales', 'voice.example', 'sip:alice@voice.example');
            UPDATE revision SET number = 41 WHERE of = 'aliases';
            """)
        let database = try folder.open()
        #expect(try await SQLiteAliases(database).revision() == 41)
        #expect(try await SQLiteAliases(database).list().count == 1)
        #expect(try await SQLiteDomains(database).add("voice.example", at: BindingsTests.noon))
        #expect(try await SQLiteDomains(database).list() == ["voice.example"])
    }
}
