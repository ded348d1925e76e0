import SIPAuth
import SIPCore
import Synchronization
import Testing

@Suite("cached subscribers") struct CachedSubscribersTests {
    let store = CountingStore()
    let clock = ManualClock()

    func cache(_ change: (inout CachedSubscribers<CountingStore>.Settings) -> Void = { _ in })
        -> CachedSubscribers<CountingStore>
    {
        var settings = CachedSubscribers<CountingStore>.Settings()
        change(&settings)
        let clock = clock
        return CachedSubscribers(store, settings: settings, clock: { clock.now })
    }

    func password(
        _ cache: CachedSubscribers<CountingStore>, _ name: ByteSlice = "alice",
        _ freshness: Freshness = .cached
    ) async throws -> String? {
        let found = try await cache.subscriber(name, domain: "Voice.Test", freshness: freshness)
        guard case .password(let password)? = found?.secret else { return nil }
        return password
    }

    @Test("ask the store once a lifetime") func lifetime() async throws {
        let cache = cache()
        for _ in 0..<3 { #expect(try await password(cache) == "first") }
        #expect(store.questions == 1)
        store.set("alice", "second")
        clock.advance(.seconds(29))
        #expect(try await password(cache) == "first")
        clock.advance(.seconds(1))
        #expect(try await password(cache) == "second")
        #expect(store.questions == 2)
    }

    @Test("keep that there is no such account") func negative() async throws {
        let cache = cache()
        for _ in 0..<3 { #expect(try await password(cache, "nobody") == nil) }
        #expect(store.questions == 1)
    }

    @Test("ask the store for what must be fresh, and keep the answer") func fresh() async throws {
        let cache = cache()
        #expect(try await password(cache) == "first")
        store.set("alice", "second")
        #expect(try await password(cache, "alice", .fresh) == "second")
        #expect(try await password(cache) == "second")
        #expect(store.questions == 2)
    }

    @Test("let guessing cost the store a question a second at most") func guessing() async throws {
        let cache = cache()
        for name in ["alice", "nobody"] as [ByteSlice] {
            let before = store.questions
            for _ in 0..<50 { _ = try await password(cache, name, .fresh) }
            #expect(store.questions == before + 1)
        }
        clock.advance(.seconds(1))
        _ = try await password(cache, "alice", .fresh)
        #expect(store.questions == 3)
    }

    @Test("always ask when told so") func noInterval() async throws {
        let cache = cache { $0.recheckInterval = .zero }
        for _ in 0..<5 { _ = try await password(cache, "alice", .fresh) }
        #expect(store.questions == 5)
    }

    @Test("forget what is invalidated, without regard to the domain's case")
    func invalidate() async throws {
        let cache = cache()
        #expect(try await password(cache) == "first")
        store.set("alice", "second")
        cache.invalidate(username: "ALICE", domain: "voice.test")
        #expect(try await password(cache) == "first")
        cache.invalidate(username: "alice", domain: "VOICE.test")
        #expect(try await password(cache) == "second")
        store.set("alice", "third")
        cache.invalidateAll()
        #expect(try await password(cache) == "third")
        #expect(cache.count == 1)
    }

    @Test("keep nothing when their lifetime is zero") func off() async throws {
        let cache = cache { $0.lifetime = .zero }
        #expect(!cache.mayBeStale)
        for _ in 0..<3 { #expect(try await password(cache) == "first") }
        #expect(store.questions == 3)
        #expect(cache.count == 0)
    }

    @Test("do not keep errors") func errors() async throws {
        let cache = cache()
        store.fails = true
        await #expect(throws: StoreDown.self) { try await password(cache) }
        store.fails = false
        #expect(try await password(cache) == "first")
    }

    @Test("stay within their capacity, and keep what is asked for again") func bounded()
        async throws
    {
        let cache = cache { $0.capacity = 1600 }
        for index in 0..<20_000 {
            #expect(try await password(cache, "alice") == "first")
            _ = try await password(cache, ByteSlice("user\(index)"))
        }
        #expect(cache.count <= 1600 + 64)
        #expect(cache.count > 1000)
        #expect(store.questions == 20_001)
    }

    @Test("give one answer of the store to all who ask at the same time") func together()
        async throws
    {
        let cache = cache()
        store.isSlow = true
        let answers = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<100 { group.addTask { try await password(cache) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: "first", count: 100))
        #expect(store.questions == 1)
    }
}

struct StoreDown: Error {}

/// A clock that stands still until it is told.
final class ManualClock: Sendable {
    private let time = Mutex(Instant.zero)
    var now: Instant { time.withLock { $0 } }
    func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// A store that counts what it is asked.
final class CountingStore: Subscribers {
    private struct State {
        var passwords: [ByteSlice: String] = ["alice": "first"]
        var questions = 0
        var fails = false
        var isSlow = false
    }

    private let state = Mutex(State())

    var questions: Int { state.withLock { $0.questions } }
    var fails: Bool {
        get { state.withLock { $0.fails } }
        set { state.withLock { $0.fails = newValue } }
    }
    /// Whether others get a turn before the store answers.
    var isSlow: Bool {
        get { state.withLock { $0.isSlow } }
        set { state.withLock { $0.isSlow = newValue } }
    }

    func set(_ name: ByteSlice, _ password: String) {
        state.withLock { $0.passwords[name] = password }
    }

    func subscriber(_ username: ByteSlice, domain: ByteSlice, freshness: Freshness) async throws
        -> Subscriber?
    {
        state.withLock { $0.questions += 1 }
        if isSlow { for _ in 0..<20 { await Task.yield() } }
        return try state.withLock { state in
            if state.fails { throw StoreDown() }
            guard let password = state.passwords[username] else { return nil }
            return Subscriber(
                username: String(username), domain: "voice.test", secret: .password(password))
        }
    }
}
