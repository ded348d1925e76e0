import SIPAuth
import SIPCore
import Synchronization
import Testing

@Suite("cached subscribers before a store that reports changes") struct RefreshTests {
    let store = ReportingStore()
    let clock = ManualClock()
    let cache: CachedSubscribers<ReportingStore>

    init() {
        let clock = clock
        cache = CachedSubscribers(store, clock: { clock.now })
        for index in 0..<20 { store.set("user\(index)", "first") }
    }

    func password(_ name: String, domain: ByteSlice = "voice.test") async throws -> String? {
        let found = try await cache.subscriber(
            ByteSlice(name), domain: domain, freshness: .cached)
        guard case .password(let password)? = found?.secret else { return nil }
        return password
    }

    @Test("have all accounts from the start") func load() async throws {
        try await cache.refresh()
        #expect(cache.count == 20)
        for index in 0..<20 { #expect(try await password("user\(index)") == "first") }
        #expect(store.questions == 0)
    }

    @Test("never ask again for what is confirmed in time") func confirm() async throws {
        try await cache.refresh()
        #expect(try await password("nobody") == nil)
        for _ in 0..<100 {
            clock.advance(.seconds(29))
            try await cache.refresh()
        }
        #expect(try await password("user7") == "first")
        #expect(try await password("nobody") == nil)
        #expect(store.questions == 1)
        clock.advance(.seconds(30))
        #expect(try await password("user7") == "first")
        #expect(store.questions == 2)
    }

    @Test("forget what was changed, added or removed, and nothing else") func changes()
        async throws
    {
        try await cache.refresh()
        #expect(try await password("new") == nil)
        store.set("user1", "second")
        store.set("user2", nil)
        store.set("new", "first")
        #expect(try await password("user1") == "first")
        try await cache.refresh()
        let before = store.questions
        #expect(try await password("user1") == "second")
        #expect(try await password("user2") == nil)
        #expect(try await password("new") == "first")
        #expect(try await password("user3") == "first")
        #expect(store.questions == before + 3)
        #expect(store.loads == 1)
    }

    @Test("read all accounts again when the store does not know what has changed")
    func unknown() async throws {
        try await cache.refresh()
        store.set("user1", "second")
        store.forgetsChanges = true
        try await cache.refresh()
        #expect(store.loads == 2)
        #expect(try await password("user1") == "second")
        #expect(store.questions == 0)
    }

    @Test("read all accounts again when one without a domain has changed") func anyDomain()
        async throws
    {
        store.set("everywhere", "first", domain: "")
        try await cache.refresh()
        #expect(try await password("everywhere", domain: "other.test") == "first")
        store.set("everywhere", "second", domain: "")
        try await cache.refresh()
        #expect(try await password("everywhere", domain: "other.test") == "second")
    }

    @Test("do not keep what a look-up brings that began before the change was heard of")
    func race() async throws {
        try await cache.refresh()
        store.beforeAnswer = { [store, cache] in
            // The store has read "first" for the look-up by now.
            store.set("late", "second")
            try await cache.refresh()
        }
        store.set("late", "first")
        #expect(try await password("late") == "first")
        store.beforeAnswer = nil
        #expect(try await password("late") == "second")
    }

    @Test("grow old when the store can't say what has changed") func down() async throws {
        try await cache.refresh()
        store.set("user1", "second")
        store.isDown = true
        clock.advance(.seconds(20))
        await #expect(throws: StoreDown.self) { try await cache.refresh() }
        #expect(try await password("user1") == "first")
        clock.advance(.seconds(10))
        store.isDown = false
        #expect(try await password("user1") == "second")
    }
}

/// A store that notes its changes.
final class ReportingStore: ChangeReportingSubscribers {
    private struct State {
        var accounts: [String: Subscriber] = [:]
        var changes: [(username: ByteSlice, domain: ByteSlice)] = []
        var questions = 0
        var loads = 0
        var forgetsChanges = false
        var isDown = false
        var beforeAnswer: (@Sendable () async throws -> Void)?
    }

    private let state = Mutex(State())

    var questions: Int { state.withLock { $0.questions } }
    var loads: Int { state.withLock { $0.loads } }
    var forgetsChanges: Bool {
        get { state.withLock { $0.forgetsChanges } }
        set { state.withLock { $0.forgetsChanges = newValue } }
    }
    var isDown: Bool {
        get { state.withLock { $0.isDown } }
        set { state.withLock { $0.isDown = newValue } }
    }
    /// Runs when a look-up has read the account and not yet answered.
    var beforeAnswer: (@Sendable () async throws -> Void)? {
        get { state.withLock { $0.beforeAnswer } }
        set { state.withLock { $0.beforeAnswer = newValue } }
    }

    func set(_ name: String, _ password: String?, domain: String = "voice.test") {
        state.withLock { state in
            state.accounts[name] = password.map {
                Subscriber(username: name, domain: domain, secret: .password($0))
            }
            state.changes.append((ByteSlice(name), ByteSlice(domain)))
        }
    }

    func subscriber(_ username: ByteSlice, domain: ByteSlice, freshness: Freshness) async throws
        -> Subscriber?
    {
        let (found, beforeAnswer) = state.withLock { state in
            state.questions += 1
            return (state.accounts[String(username)], state.beforeAnswer)
        }
        try await beforeAnswer?()
        return found
    }

    func changes(since revision: Int64?) async throws -> AccountChanges? {
        try state.withLock { state in
            if state.isDown { throw StoreDown() }
            let current = Int64(state.changes.count)
            guard let revision, !state.forgetsChanges else {
                return AccountChanges(revision: current, names: nil)
            }
            return AccountChanges(
                revision: current, names: Array(state.changes[Int(revision)...]))
        }
    }

    func load(limit: Int, _ page: @escaping @Sendable ([Subscriber]) -> Void) async throws {
        let accounts = state.withLock { state in
            state.loads += 1
            return Array(state.accounts.values.prefix(limit))
        }
        page(accounts)
    }
}
