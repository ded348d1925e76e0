import SIPCore
import SIPLocation
import Testing

@Suite("Start")
struct LoadTests {
    let store = FakeStore()

    @Test(
        "a restart finds what was there",
        arguments: [LocationService.Mode.writeThrough, .writeBack])
    func restart(mode: LocationService.Mode) async throws {
        let before = LocationService(mode: mode, store: store)
        for user in 0..<200 {
            _ = try await before.register(
                Phone.register(
                    Phone.contact("sip:a@192.0.2.1", q: 500), Phone.contact("sip:b@192.0.2.1"),
                    cseq: 7),
                for: AddressOfRecord(user: ByteSlice("u\(user)"), host: "voice.example"),
                at: Phone.noon)
        }
        try await before.flush()

        let after = LocationService(mode: mode, store: store)
        #expect(try await after.load(at: Phone.noon + 10) == 400)
        #expect(after.statistics.addresses == 200)
        let address = AddressOfRecord(user: "u7", host: "voice.example")
        let found = try await after.bindings(of: address, at: Phone.noon + 10)
        #expect(found.map(\.uri) == ["sip:b@192.0.2.1", "sip:a@192.0.2.1"])
        let late = try await after.register(
            Phone.register(Phone.contact("sip:a@192.0.2.1"), cseq: 7), for: address,
            at: Phone.noon + 10)
        #expect(late.refusal == .outOfOrder)
        var listed = 0
        after.forEach(at: Phone.noon + 10) { _ in listed += 1 }
        #expect(listed == 400)
    }

    @Test("what expired meanwhile stays behind, what is permanent does not")
    func expired() async throws {
        store.put(try #require(Binding(Phone.binding("sip:a@192.0.2.1", ruid: "1"))))
        store.put(
            try #require(Binding(Phone.binding("sip:b@192.0.2.1", ruid: "2", expiresAt: nil))))
        let service = LocationService(mode: .writeThrough, store: store)
        #expect(try await service.load(at: Phone.noon + 3600) == 1)
    }

    @Test("of one contact stored twice the newer is kept, in the store too")
    func twins() async throws {
        for (ruid, age) in [("1", 5), ("2", 9), ("3", 1)] as [(ByteSlice, Int64)] {
            var fields = Phone.binding("sip:a@192.0.2.1", ruid: ruid, modified: Phone.noon + age)
            fields.cseq = UInt32(age)
            store.put(try #require(Binding(fields)))
        }
        store.put(try #require(Binding(Phone.binding("sip:b@192.0.2.1", ruid: "4"))))
        let service = LocationService(mode: .writeThrough, store: store)
        #expect(try await service.load(at: Phone.noon) == 2)
        let kept = service.current(of: Phone.alice, at: Phone.noon)
        #expect(kept.map(\.cseq) == [9, 0])
        #expect(store.commits.flatMap { $0 }.count == 2)
        #expect(store.uris == ["sip:a@192.0.2.1", "sip:b@192.0.2.1"])
    }

    @Test("a store that can't be read is an error, not an empty location service")
    func failure() async throws {
        store.fail(with: StoreError(.unavailable, "gone"))
        let service = LocationService(mode: .writeBack, store: store)
        await #expect(throws: StoreError.self) { try await service.load(at: Phone.noon) }
    }

    @Test("every run of the program names its bindings anew")
    func epochs() async throws {
        var ruids: Set<ByteSlice> = []
        for epoch in [1, 2] as [UInt64] {
            let service = LocationService(epoch: epoch)
            for user in 0..<10 {
                let address = AddressOfRecord(user: ByteSlice("u\(user)"), host: "voice.example")
                _ = try await service.register(
                    Phone.register(Phone.contact("sip:a@192.0.2.1"), cseq: 1), for: address,
                    at: Phone.noon)
                ruids.formUnion(service.current(of: address, at: Phone.noon).map(\.ruid))
            }
        }
        #expect(ruids.count == 20)
    }

    @Test("aliases come from their store, and without one there are none")
    func aliases() async throws {
        struct Sales: AliasStore {
            func revision() async throws -> Int64 { 1 }
            func list() async throws -> [(address: AddressOfRecord, target: ByteSlice)] {
                [
                    (
                        AddressOfRecord(user: "sales", host: "voice.example"),
                        "sip:alice@voice.example"
                    )
                ]
            }
        }
        let sales = AddressOfRecord(user: "sales", host: "voice.example")
        let service = LocationService(aliases: Sales())
        #expect(try await service.alias(of: sales) == nil)
        _ = try await service.load(at: Phone.noon)
        #expect(try await service.alias(of: sales)?.description == "sip:alice@voice.example")
        #expect(try await service.alias(of: Phone.bob) == nil)
        #expect(try await LocationService().alias(of: sales) == nil)
    }
}
