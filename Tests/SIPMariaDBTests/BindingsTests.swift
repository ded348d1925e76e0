import MariaDBServer
import SIPCore
import SIPLocation
import SIPMariaDB
import Synchronization
import TestPrograms
import Testing

@Suite("Bindings in MariaDB", .onOwnDatabaseThread)
struct BindingsTests {
    static let noon = UnixTime(seconds: 1_700_000_000)

    static func fields(
        _ ruid: ByteSlice, user: ByteSlice = "alice", expires: Int64? = 3600
    ) -> BindingFields {
        BindingFields(
            address: AddressOfRecord(user: user, host: "voice.example"), ruid: ruid,
            uri: "sip:alice@192.0.2.1", expiresAt: expires.map { noon + $0 },
            lastModified: noon)
    }

    /// A binding with all that columns can hold.
    static func full(_ ruid: ByteSlice) -> BindingFields {
        var fields = fields(ruid)
        fields.parameters = ";+sip.instance=\"<urn:uuid:1>\";reg-id=1"
        fields.q = 330
        fields.callID = "a84b4c76e66710@pc33"
        fields.cseq = .max
        fields.userAgent = "Phone 1.0"
        fields.instance = "<urn:uuid:1>"
        fields.regID = 0x7FFF_FFFF
        fields.parameters = ";+sip.instance=\"<urn:uuid:1>\";reg-id=2147483647"
        fields.pathText = "<sip:p1.example;lr>,<sip:p2.example;lr>"
        fields.received = Endpoint(.tcp, .v4(0xC000_0201), port: 40_000)
        fields.localSocket = Endpoint(.tls, .v6(high: 0x2001_0DB8 << 32, low: 1), port: 5061)
        fields.flags = 0x8000_0001
        fields.methods = 0x1FFF
        return fields
    }

    static func load(_ store: MariaDBBindings) async throws -> [Binding] {
        let pages = Mutex<[Binding]>([])
        try await store.load { page in pages.withLock { $0 += page } }
        return pages.withLock { $0 }
    }

    @Test("every field comes back as it was stored", arguments: [false, true])
    func roundTrip(isUTC: Bool) async throws {
        var settings = MariaDBSettings()
        settings.clock = isUTC ? .utc : .local
        let store = MariaDBBindings(try await DatabaseServer.shared.makeDatabase().create(settings))
        let binding = try #require(Binding(Self.full("1f-2a")))
        let plain = try #require(Binding(Self.fields("1f-2b", expires: nil)))
        try await store.apply([.put(binding), .put(plain)])
        #expect(try await Self.load(store).map(\.bytes) == [binding.bytes, plain.bytes])
        #expect(
            Set(try await store.bindings(of: binding.address).map(\.bytes)) == [
                binding.bytes, plain.bytes,
            ])
    }

    @Test("any bytes in any text arrive in the table as they were sent", arguments: hostileBytes)
    func hostile(bytes: [UInt8]) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let store = MariaDBBindings(try await test.create(withExtensions: true))
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
        let other = try #require(Binding(Self.fields("other")))
        try await store.apply([.put(binding), .put(other)])
        try await store.apply([.put(binding)])
        #expect(Set(try await Self.load(store).map(\.bytes)) == [binding.bytes, other.bytes])
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
            .joined()
        for column in [
            "ruid", "username", "contact", "parameters", "callid", "user_agent", "path", "instance",
        ] {
            let stored = try test.query("SELECT HEX(\(column)) FROM location WHERE ruid <> 'other'")
            #expect(stored == "\(digits)\n", "\(column)")
        }
        #expect(
            try await store.list(binding.address, at: Self.noon).map(\.bytes) == [binding.bytes])
        try await store.apply([.remove(ruid: text, of: binding.address)])
        #expect(try await Self.load(store).map(\.bytes) == [other.bytes])
    }

    @Test("a change to a binding changes its row, and a removal of none is no error")
    func changes() async throws {
        let store = MariaDBBindings(try await DatabaseServer.shared.makeDatabase().create())
        try await store.apply([.put(try #require(Binding(Self.fields("1"))))])
        var changed = Self.fields("1")
        changed.cseq = 8
        changed.q = 1000
        try await store.apply([
            .put(try #require(Binding(changed))), .remove(ruid: "none", of: changed.address),
        ])
        let loaded = try await Self.load(store)
        #expect(loaded.map(\.cseq) == [8])
        #expect(loaded.map(\.q) == [1000])
    }

    @Test(
        "a thousand changes are one commit, and one that does not fit undoes them all",
        arguments: [true, false])
    func allOrNothing(usesArrays: Bool) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        _ = try await test.create()
        var url = test.url
        url.usesArrays = usesArrays
        let store = MariaDBBindings(MariaDBDatabase(url))
        var changes: [BindingChange] = []
        for index in 0..<1000 {
            changes.append(.put(try #require(Binding(Self.fields(ByteSlice("r\(index)"))))))
        }
        // The server refuses it, and not the check of widths.
        try await store.apply([.put(try #require(Binding(Self.fields("first"))))])
        try test.query("ALTER TABLE location ADD CHECK (callid <> 'bad')")
        var bad = Self.fields("r500")
        bad.callID = "bad"
        await #expect(throws: StoreError.self) {
            try await store.apply(changes + [.put(try #require(Binding(bad)))])
        }
        #expect(try test.query("SELECT COUNT(*) FROM location") == "1\n")
        try await store.apply(changes)
        #expect(try test.query("SELECT COUNT(*) FROM location") == "1001\n")
    }

    @Test("what is wider than its column is refused by the column's name, and never cut")
    func widths() async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let store = MariaDBBindings(try await test.create())
        for (count, fits) in [(512, true), (513, false)] {
            var fields = Self.fields("1")
            fields.uri = ByteSlice([UInt8](repeating: 0x61, count: count))
            let binding = try #require(Binding(fields))
            guard !fits else {
                try await store.apply([.put(binding)])
                continue
            }
            let error = await #expect(throws: StoreError.self) {
                try await store.apply([.put(binding)])
            }
            #expect(error?.kind == .refused)
            #expect(error?.message.contains("location.contact takes 512 characters") == true)
        }
    }

    @Test("expiry removes what is over, and leaves what is permanent")
    func expiry() async throws {
        let store = MariaDBBindings(try await DatabaseServer.shared.makeDatabase().create())
        var changes: [BindingChange] = []
        for index in 0..<2500 {
            let fields = Self.fields(
                ByteSlice("r\(index)"), user: ByteSlice("u\(index)"), expires: 60)
            changes.append(.put(try #require(Binding(fields))))
        }
        changes.append(.put(try #require(Binding(Self.fields("later")))))
        changes.append(.put(try #require(Binding(Self.fields("fixed", expires: nil)))))
        try await store.apply(changes)
        #expect(try await store.expire(at: Self.noon + 59) == 0)
        #expect(try await store.expire(at: Self.noon + 60) == 2500)
        #expect(Set(try await Self.load(store).map(\.ruid)) == ["later", "fixed"])
    }

    @Test("pages are loaded one after the other, each binding once", arguments: [1, 7, 100, 1000])
    func pages(size: Int) async throws {
        var settings = MariaDBSettings()
        settings.pageSize = size
        let store = MariaDBBindings(try await DatabaseServer.shared.makeDatabase().create(settings))
        var changes: [BindingChange] = []
        for index in 0..<100 {
            changes.append(.put(try #require(Binding(Self.fields(ByteSlice("r\(index)"))))))
        }
        try await store.apply(changes)
        let counts = Mutex<[Int]>([])
        try await store.load { page in counts.withLock { $0.append(page.count) } }
        #expect(counts.withLock { $0.reduce(0, +) } == 100)
        #expect(counts.withLock { $0.max() } == min(size, 100))
        #expect(Set(try await Self.load(store).map(\.ruid)).count == 100)
    }

    @Test("names are compared by their bytes, although the table's collation does not")
    func collation() async throws {
        let store = MariaDBBindings(try await DatabaseServer.shared.makeDatabase().create())
        for (index, name) in ["alice", "Alice", "alice ", "%", "_"].enumerated() {
            let fields = Self.fields(ByteSlice("r\(index)"), user: ByteSlice(name))
            try await store.apply([.put(try #require(Binding(fields)))])
        }
        for name in ["alice", "Alice", "%"] {
            let address = AddressOfRecord(user: ByteSlice(name), host: "VOICE.example")
            #expect(try await store.bindings(of: address).map(\.address) == [address])
            #expect(try await store.remove(address) == 1)
        }
        #expect(try await Self.load(store).count == 2)
    }

    @Test(
        "the location service finds after a restart what it answered before",
        arguments: [LocationService.Mode.writeThrough, .writeBack])
    func restart(mode: LocationService.Mode) async throws {
        let test = try DatabaseServer.shared.makeDatabase()
        let database = try await test.create()
        let service = LocationService(mode: mode, store: MariaDBBindings(database))
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
        await database.close()

        let after = LocationService(mode: mode, store: MariaDBBindings(test.open()))
        #expect(try await after.load(at: Self.noon) == 600)
        after.forEach(at: Self.noon) { #expect($0.cseq == 3) }
    }
}

/// What attackers send where a name is expected (and what they must not get): quotes, wildcards, escapes, bytes that are no text.
let hostileBytes: [[UInt8]] = [
    Array("' OR 1=1 --".utf8), Array("\"; DROP TABLE location; --".utf8), Array("%".utf8),
    Array("_".utf8), Array("\\".utf8), Array("\\' OR ''='".utf8), Array("?".utf8), [0xFF],
    [0x61, 0xFF, 0x27], [0xBF, 0x27], [0xF0, 0x9F, 0x93, 0x9E], [0x61, 0x00, 0x62],
    [0x80, 0x81, 0x9F], Array("alice\t\u{1A}\r\n".utf8),
]
