import SIPCore
import SIPLocation
import SIPSQLite
import Synchronization
import Testing

@Suite("Bindings in a file")
struct BindingsTests {
    static let noon = UnixTime(seconds: 1_700_000_000)
    let folder: TemporaryFolder
    let database: SQLiteDatabase
    let store: SQLiteBindings

    init() throws {
        folder = try TemporaryFolder()
        database = try folder.open()
        store = SQLiteBindings(database)
    }

    private func fields(
        _ ruid: ByteSlice, user: ByteSlice = "alice", expires: Int64? = 3600
    ) -> BindingFields {
        BindingFields(
            address: AddressOfRecord(user: user, host: "voice.example"), ruid: ruid,
            uri: "sip:alice@192.0.2.1", expiresAt: expires.map { Self.noon + $0 },
            lastModified: Self.noon)
    }

    private func load() async throws -> [Binding] {
        let pages = Pages()
        try await store.load { pages.append($0) }
        return pages.bindings
    }

    @Test("every field comes back as it was stored")
    func roundTrip() async throws {
        var fields = fields("1f-2a")
        fields.parameters = ";+sip.instance=\"<urn:uuid:1>\";reg-id=1"
        fields.q = 333
        fields.callID = "a84b4c76e66710@pc33"
        fields.cseq = .max
        fields.userAgent = "Phone 1.0"
        fields.instance = "<urn:uuid:1>"
        fields.regID = 0x7FFF_FFFF
        fields.pathText = "<sip:p1.example;lr>,<sip:p2.example;lr>"
        fields.received = Endpoint(.tcp, .v4(0xC000_0201), port: 40_000)
        fields.localSocket = Endpoint(.tls, .v6(high: 0x2001_0DB8 << 32, low: 1), port: 5061)
        fields.flags = 0x8000_0001
        fields.methods = 0x1FFF
        let binding = try #require(Binding(fields))
        let plain = try #require(Binding(self.fields("1f-2b", expires: nil)))
        try await store.apply([.put(binding), .put(plain)])
        let loaded = try await load()
        #expect(loaded.map(\.bytes) == [binding.bytes, plain.bytes])
    }

    @Test("any bytes in any text arrive as they were sent", arguments: hostileBytes)
    func hostile(bytes: [UInt8]) async throws {
        let text = ByteSlice(bytes)
        var fields = BindingFields(
            address: AddressOfRecord(user: text, host: text), ruid: text, uri: text,
            expiresAt: Self.noon + 60, lastModified: Self.noon)
        fields.parameters = text
        fields.callID = text
        fields.userAgent = text
        fields.pathText = text
        fields.instance = text
        let binding = try #require(Binding(fields))
        let other = try #require(Binding(self.fields("other")))
        try await store.apply([.put(binding), .put(other)])
        try await store.apply([.put(binding)])
        #expect(Set(try await load().map(\.bytes)) == [binding.bytes, other.bytes])
        #expect(
            try await store.list(binding.address, at: Self.noon).map(\.bytes) == [binding.bytes])
        try await store.apply([.remove(ruid: text, of: binding.address)])
        #expect(try await load().map(\.bytes) == [other.bytes])
    }

    @Test("a change to a binding changes its row, and a removal of none is no error")
    func changes() async throws {
        try await store.apply([.put(try #require(Binding(fields("1"))))])
        var changed = fields("1")
        changed.cseq = 8
        changed.q = 1000
        try await store.apply([
            .put(try #require(Binding(changed))),
            .remove(ruid: "none", of: changed.address),
        ])
        let loaded = try await load()
        #expect(loaded.map(\.cseq) == [8])
        #expect(loaded.map(\.q) == [1000])
    }

    @Test("expiry removes what is over, and leaves what is permanent")
    func expiry() async throws {
        var changes: [BindingChange] = []
        for index in 0..<2500 {
            let fields = fields(ByteSlice("r\(index)"), user: ByteSlice("u\(index)"), expires: 60)
            changes.append(.put(try #require(Binding(fields))))
        }
        changes.append(.put(try #require(Binding(fields("later")))))
        changes.append(.put(try #require(Binding(fields("fixed", expires: nil)))))
        try await store.apply(changes)
        #expect(try await store.expire(at: Self.noon + 59) == 0)
        #expect(try await store.expire(at: Self.noon + 60) == 2500)
        #expect(Set(try await load().map(\.ruid)) == ["later", "fixed"])
    }

    @Test(
        "the bindings of one address are listed and removed, and no others",
        arguments: ["%", "_", "*"])
    func ofOneAddress(wild: String) async throws {
        let names = ["alice", "Alice", "bob", wild]
        for (index, name) in names.enumerated() {
            let fields = fields(ByteSlice("r\(index)"), user: ByteSlice(name))
            try await store.apply([.put(try #require(Binding(fields)))])
        }
        let address = AddressOfRecord(user: ByteSlice(wild), host: "VOICE.example")
        #expect(try await store.list(address, at: Self.noon).count == 1)
        #expect(try await store.remove(address) == 1)
        #expect(try await store.list(at: Self.noon).count == 3)
        #expect(try await store.list(at: Self.noon + 3600).isEmpty)
    }

    @Test("rows that another program left without a name are passed over")
    func strangeRows() async throws {
        try await store.apply([.put(try #require(Binding(fields("1"))))])
        try database.execute(
            """
            INSERT INTO location (ruid, username, domain, contact, expires, q, cseq, reg_id)
            VALUES ('k1', 'bob', 'voice.example', 'sip:bob@192.0.2.2', 0, -1.0, -5, 99999999999)
            """)
        let bob = try #require(try await load().first { $0.ruid == "k1" })
        #expect(bob.q == nil)
        #expect(bob.cseq == 0)
        #expect(bob.expiresAt == nil)
    }

    @Test(
        "the location service finds after a restart what it answered before",
        arguments: [LocationService.Mode.writeThrough, .writeBack])
    func restart(mode: LocationService.Mode) async throws {
        let service = LocationService(mode: mode, store: store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for user in 0..<300 {
                group.addTask {
                    let address = AddressOfRecord(
                        user: ByteSlice("u\(user)"), host: "voice.example")
                    for cseq in 1...3 as ClosedRange<UInt32> {
                        let contacts = (0..<2).map { index in
                            Registration.RequestedContact(
                                uri: ByteSlice("sip:a\(index)@192.0.2.1"))
                        }
                        let outcome = try await service.register(
                            Registration(.list(contacts), callID: "c", cseq: cseq), for: address,
                            at: Self.noon)
                        guard case .accepted(let listed) = outcome else {
                            throw StoreError(.refused, "\(outcome)")
                        }
                        #expect(listed.count == 2)
                    }
                }
            }
            try await group.waitForAll()
        }
        try await service.flush()
        if mode == .writeThrough { #expect(service.statistics.commits < 900) }
        try database.close()

        let again = try folder.open()
        let after = LocationService(mode: mode, store: SQLiteBindings(again))
        #expect(try await after.load(at: Self.noon) == 600)
        after.forEach(at: Self.noon) { #expect($0.cseq == 3) }
    }
}

/// Collects what a store loads.
final class Pages: Sendable {
    private let collected = Mutex<[Binding]>([])
    var bindings: [Binding] { collected.withLock { $0 } }
    func append(_ page: [Binding]) { collected.withLock { $0 += page } }
}
