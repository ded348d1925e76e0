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
        #expect(try await stored(sales) == nil)
        for target in ["sip:alice@voice.example", "tel:+12125550100"] {
            try await aliases.set(sales, to: URI(target), at: BindingsTests.noon)
            #expect(try await stored(sales) == URI(target))
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
        #expect(try await stored(sales) == nil)
    }

    @Test("any bytes can be an alias", arguments: hostileBytes)
    func hostile(bytes: [UInt8]) async throws {
        let address = AddressOfRecord(user: ByteSlice(bytes), host: "voice.example")
        let target = try URI("sip:alice@voice.example")
        try await aliases.set(sales, to: try URI("sip:bob@voice.example"), at: BindingsTests.noon)
        try await aliases.set(address, to: target, at: BindingsTests.noon)
        #expect(try await stored(address) == target)
        #expect(Set(try await aliases.list().map(\.address)) == [address, sales])
        #expect(try await aliases.remove(address))
        #expect(try await aliases.list().count == 1)
    }

    @Test("a target that is no URI stands for nothing, and hides no other alias")
    func damaged() async throws {
        try await aliases.set(sales, to: URI("sip:alice@voice.example"), at: BindingsTests.noon)
        try database.execute(
            """
            INSERT INTO aliases (username, domain, contact)
            VALUES ('broken', 'voice.example', 'nonsense')
            """)
        let service = LocationService(aliases: aliases)
        _ = try await service.load(at: BindingsTests.noon)
        let broken = AddressOfRecord(user: "broken", host: "voice.example")
        #expect(try await service.alias(of: broken) == nil)
        #expect(try await service.alias(of: sales)?.description == "sip:alice@voice.example")
    }

    @Test("the location service hears of aliases that another process sets, changes and removes")
    func service() async throws {
        let service = LocationService(aliases: aliases)
        _ = try await service.load(at: BindingsTests.noon)
        #expect(try await service.alias(of: sales) == nil)
        let elsewhere = SQLiteAliases(try folder.open())
        for target in ["sip:alice@voice.example", "sip:bob@voice.example"] {
            try await elsewhere.set(sales, to: URI(target), at: BindingsTests.noon)
            try await service.maintain(at: BindingsTests.noon)
            #expect(try await service.alias(of: sales)?.description == target)
        }
        _ = try await elsewhere.remove(sales)
        try await service.maintain(at: BindingsTests.noon)
        #expect(try await service.alias(of: sales) == nil)
    }

    private func stored(_ address: AddressOfRecord) async throws -> URI? {
        let listed = try await aliases.list().first { $0.address == address }
        return try listed.map { try URI($0.target) }
    }
}
