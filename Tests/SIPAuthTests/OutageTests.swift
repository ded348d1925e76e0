import SIPAuth
import SIPCore
import Testing

@Suite("cached subscribers while the store can't answer") struct OutageTests {
    private let store = CountingStore()
    private let clock = ManualClock()
    private let cache: CachedSubscribers<CountingStore>

    init() {
        let clock = clock
        cache = CachedSubscribers(store) { clock.now }
    }

    private func find(
        _ name: ByteSlice, _ freshness: Freshness = .cached
    ) async throws -> Subscriber? {
        try await cache.subscriber(name, domain: "voice.test", freshness: freshness)
    }

    @Test("what is kept goes on being the answer, for an hour at most") func kept() async throws {
        #expect(try await find("alice") != nil)
        #expect(try await find("nobody") == nil)
        store.fails = true
        clock.advance(.seconds(60))
        #expect(try await find("alice") != nil)
        #expect(try await find("nobody") == nil)
        clock.advance(.seconds(3539))
        #expect(try await find("alice") != nil)
        clock.advance(.seconds(1))
        await #expect(throws: StoreDown.self) { try await find("alice") }
    }

    @Test("a question that must be fresh, and one about what is not kept, fails")
    func fresh() async throws {
        #expect(try await find("alice") != nil)
        store.fails = true
        await #expect(throws: StoreDown.self) { try await find("alice", .fresh) }
        await #expect(throws: StoreDown.self) { try await find("bob") }
        #expect(try await find("alice") != nil)
    }

    @Test("the store is asked every two seconds, not by everybody") func attempts() async throws {
        #expect(try await find("alice") != nil)
        store.fails = true
        clock.advance(.seconds(60))
        for _ in 0..<10 { _ = try await find("alice") }
        #expect(store.questions == 2)
        clock.advance(.seconds(2))
        for _ in 0..<10 { _ = try await find("alice") }
        #expect(store.questions == 3)
    }

    @Test("when it answers again, its answer counts") func over() async throws {
        #expect(try await find("alice") != nil)
        store.fails = true
        clock.advance(.seconds(60))
        _ = try await find("alice")
        store.fails = false
        store.set("alice", "second")
        clock.advance(.seconds(2))
        guard case .password("second")? = try await find("alice")?.secret else {
            Issue.record("what was kept outlived the outage")
            return
        }
    }

    @Test("what was invalidated is not an answer") func invalidated() async throws {
        #expect(try await find("alice") != nil)
        store.fails = true
        cache.invalidate(username: "alice", domain: "voice.test")
        await #expect(throws: StoreDown.self) { try await find("alice") }
    }
}
