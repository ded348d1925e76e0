import SIPCore
import SIPLocation
import SIPSQLite
import Testing

@Suite("Aliases in a file")
struct AliasesTests {
    let folder: TemporaryFolder
    let database: SQLiteDatabase
    let aliases: SQLiteAliases
    let sales = AddressOfRecord(user: "sales", host: "voice.example")

    init() throws {
        folder = try TemporaryFolder()
        database = try folder.open()
        aliases = SQLiteAliases(database)
    }

    @Test("an alias stands for its target, and for the last one it was given")
    func set() async throws {
        #expect(try await aliases.alias(of: sales) == nil)
        for target in ["sip:alice@voice.example", "tel:+12125550100"] {
            try await aliases.set(sales, to: URI(target), at: BindingsTests.noon)
            #expect(try await aliases.alias(of: sales) == URI(target))
        }
        let listed = try await aliases.list()
        #expect(listed.map(\.address) == [sales])
        #expect(listed.map(\.target) == ["tel:+12125550100"])
    }

    @Test("a removed alias is none")
    func remove() async throws {
        try await aliases.set(sales, to: URI("sip:alice@voice.example"), at: BindingsTests.noon)
        #expect(try await aliases.remove(sales))
        #expect(try await !aliases.remove(sales))
        #expect(try await aliases.alias(of: sales) == nil)
    }

    @Test("any bytes can be an alias", arguments: hostileBytes)
    func hostile(bytes: [UInt8]) async throws {
        let address = AddressOfRecord(user: ByteSlice(bytes), host: "voice.example")
        let target = try URI("sip:alice@voice.example")
        try await aliases.set(sales, to: try URI("sip:bob@voice.example"), at: BindingsTests.noon)
        try await aliases.set(address, to: target, at: BindingsTests.noon)
        #expect(try await aliases.alias(of: address) == target)
        #expect(Set(try await aliases.list().map(\.address)) == [address, sales])
        #expect(try await aliases.remove(address))
        #expect(try await aliases.list().count == 1)
    }

    @Test("a target that is no URI is an error that names it")
    func damaged() async throws {
        try database.execute(
            """
            INSERT INTO aliases (username, domain, contact)
            VALUES ('sales', 'voice.example', 'nonsense')
            """)
        let error = await #expect(throws: StoreError.self) { try await aliases.alias(of: sales) }
        #expect(error?.message.contains("nonsense") == true)
    }

    @Test("the location service asks for aliases here")
    func service() async throws {
        try await aliases.set(sales, to: URI("sip:alice@voice.example"), at: BindingsTests.noon)
        let service = LocationService(aliases: aliases)
        #expect(try await service.alias(of: sales)?.description == "sip:alice@voice.example")
    }
}
