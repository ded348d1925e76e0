import SIPCore
import SIPLocation
import Testing

@Suite("Mode 2: write-back")
struct WriteBackTests {
    let store = FakeStore()
    let service: LocationService

    init() {
        service = LocationService(mode: .writeBack, store: store)
    }

    private func register(
        _ uri: ByteSlice, cseq: UInt32, expires: UInt32? = nil, at now: UnixTime = Phone.noon
    ) async throws {
        let outcome = try await service.register(
            Phone.register(Phone.contact(uri), cseq: cseq, expires: expires), for: Phone.alice,
            at: now)
        #expect(outcome.refusal == nil)
    }

    @Test("the answer does not wait for the store, and the flush writes what changed")
    func flush() async throws {
        store.hang()
        try await register("sip:a@192.0.2.1", cseq: 1)
        #expect(store.commits.isEmpty)
        store.letGo()
        #expect(try await service.flush() == 1)
        #expect(store.uris == ["sip:a@192.0.2.1"])
        #expect(try await service.flush() == 0)
        #expect(store.commits.count == 1)
    }

    @Test("many changes to a binding are one change in the store")
    func coalescing() async throws {
        for cseq in 1...20 { try await register("sip:a@192.0.2.1", cseq: UInt32(cseq)) }
        #expect(service.statistics.unsaved == 1)
        try await service.flush()
        #expect(store.commits.map(\.count) == [1])
        try await register("sip:a@192.0.2.1", cseq: 21)
        try await register("sip:a@192.0.2.1", cseq: 22, expires: 0)
        try await service.flush()
        #expect(store.uris.isEmpty)
    }

    @Test("aliases that can't be read, since they are elsewhere, do not keep a flush from its turn")
    func aliasesAway() async throws {
        struct NoAliases: AliasStore {
            func revision() async throws -> Int64 { throw StoreError(.unavailable, "gone") }
            func list() async throws -> [(address: AddressOfRecord, target: ByteSlice)] { [] }
        }
        let service = LocationService(mode: .writeBack, store: store, aliases: NoAliases())
        _ = try await service.register(
            Phone.register(Phone.contact("sip:a@192.0.2.1"), cseq: 1), for: Phone.alice,
            at: Phone.noon)
        for seconds in [0, 60] as [Int64] {
            await #expect(throws: StoreError(.unavailable, "gone")) {
                try await service.maintain(at: Phone.noon + seconds)
            }
        }
        #expect(store.uris == ["sip:a@192.0.2.1"])
    }

    @Test("a failed flush keeps its changes and says so")
    func failure() async throws {
        try await register("sip:a@192.0.2.1", cseq: 1)
        let gone = StoreError(.unavailable, "gone")
        store.fail(with: gone)
        await #expect(throws: gone) { try await service.flush() }
        #expect(service.statistics.unsaved == 1)
        store.fail(with: nil)
        #expect(try await service.flush() == 1)
        #expect(store.uris == ["sip:a@192.0.2.1"])
    }

    @Test("what changes during a flush that fails is newer than what comes back")
    func changeDuringFailure() async throws {
        try await register("sip:a@192.0.2.1", cseq: 1)
        store.hang()
        async let flushed = try? service.flush()
        await until { store.hangingCount == 1 }
        try await register("sip:a@192.0.2.1", cseq: 2, expires: 0)
        store.fail(with: StoreError(.unavailable, "gone"))
        store.letGo()
        #expect(await flushed == nil)
        store.fail(with: nil)
        try await service.flush()
        #expect(store.uris.isEmpty)
    }

    @Test("the flush at the end waits for the one under way and writes what came after it")
    func lastFlush() async throws {
        try await register("sip:a@192.0.2.1", cseq: 1)
        store.hang()
        async let first = service.flush()
        await until { store.hangingCount == 1 }
        try await register("sip:b@192.0.2.1", cseq: 2)
        async let last = service.flush()
        store.letGo()
        #expect(try await first + last == 2)
        #expect(store.uris == ["sip:a@192.0.2.1", "sip:b@192.0.2.1"])
    }

    @Test("maintenance flushes when the interval is over")
    func interval() async throws {
        try await service.maintain(at: Phone.noon)
        try await register("sip:a@192.0.2.1", cseq: 1)
        try await service.maintain(at: Phone.noon + 59)
        #expect(store.commits.isEmpty)
        try await service.maintain(at: Phone.noon + 60)
        #expect(store.commits.count == 1)
    }

    @Test("maintenance expires bindings in memory and in the store")
    func expiry() async throws {
        try await service.maintain(at: Phone.noon)
        try await register("sip:a@192.0.2.1", cseq: 1, expires: 100)
        try await register("sip:b@192.0.2.1", cseq: 2, expires: 1000)
        try await service.maintain(at: Phone.noon + 60)
        #expect(store.uris.count == 2)
        #expect(service.current(of: Phone.alice, at: Phone.noon + 100).count == 1)
        #expect(try await service.maintain(at: Phone.noon + 120) == 1)
        #expect(store.uris == ["sip:b@192.0.2.1"])
        #expect(service.statistics.bindings == 1)
    }

    @Test("a binding that expires before it is written is not written any more")
    func expiredUnsaved() async throws {
        try await register("sip:a@192.0.2.1", cseq: 1)
        try await service.flush()
        try await register("sip:a@192.0.2.1", cseq: 2, expires: 60)
        #expect(service.expire(at: Phone.noon + 60) == 1)
        try await service.flush()
        #expect(store.uris.isEmpty)
    }

    @Test("without a store, whatever the mode, it is all in memory")
    func memory() async throws {
        let service = LocationService(mode: .writeThrough)
        #expect(service.mode == .memory)
        _ = try await service.register(
            Phone.register(Phone.contact("sip:a@192.0.2.1"), cseq: 1), for: Phone.alice,
            at: Phone.noon)
        #expect(service.current(of: Phone.alice, at: Phone.noon).count == 1)
        #expect(try await service.flush() == 0)
        #expect(try await service.load(at: Phone.noon) == 1)
    }
}
