import SIPAuth
import SIPCore
import Testing

@Suite("account cache") struct AccountCacheTests {
    let name = AccountName("alice", "voice.test")
    let alice = Subscriber(username: "alice", domain: "voice.test", secret: .password("secret"))

    func step(
        _ cache: inout AccountCache, _ freshness: Freshness = .cached, arrival: UInt64? = nil
    ) -> AccountCache.Step {
        cache.step(
            name, freshness, arrival: arrival ?? cache.arrive(), at: .zero, lifetime: .seconds(30),
            recheckInterval: .seconds(1))
    }

    func load(_ step: AccountCache.Step) throws -> AccountLoad {
        guard case .load(let load) = step else {
            Issue.record("not a load: \(step)")
            throw StoreDown()
        }
        return load
    }

    @Test("makes the second who asks wait for the first") func wait() throws {
        var cache = AccountCache(capacity: 8)
        let load = try load(step(&cache))
        guard case .wait(let awaited, true) = step(&cache) else {
            Issue.record("asks the store twice")
            return
        }
        #expect(awaited === load)
        cache.finish(name, load, .success(alice), at: .zero)
        guard case .known(let found) = step(&cache) else {
            Issue.record("not kept")
            return
        }
        #expect(found?.username == "alice")
    }

    @Test("does not answer what must be fresh from a load that began before") func freshWait()
        throws
    {
        var cache = AccountCache(capacity: 8)
        let first = try load(step(&cache))
        let arrival = cache.arrive()
        guard case .wait(_, serves: false) = step(&cache, .fresh, arrival: arrival) else {
            Issue.record("takes an older answer for a fresh one")
            return
        }
        cache.finish(name, first, .success(nil), at: .zero)
        let second = try load(step(&cache, .fresh, arrival: arrival))
        // Another one that came meanwhile may share it.
        guard case .wait(let awaited, serves: true) = step(&cache, .fresh, arrival: arrival) else {
            Issue.record("asks the store twice")
            return
        }
        #expect(awaited === second)
    }

    @Test("does not keep what was loaded before an invalidation") func invalidatedLoad() throws {
        var cache = AccountCache(capacity: 8)
        let first = try load(step(&cache))
        cache.remove(name)
        let second = try load(step(&cache))
        cache.finish(name, first, .success(alice), at: .zero)
        guard case .wait(let awaited, true) = step(&cache) else {
            Issue.record("the older answer was kept")
            return
        }
        #expect(awaited === second)
    }

    @Test("hands a finished load's outcome to whoever comes late") func lateWaiter() async throws {
        let load = AccountLoad(number: 1, isFresh: false)
        async let early = load.outcome
        load.finish(.success(alice))
        #expect(try await load.outcome.get()?.username == "alice")
        #expect(try await early.get()?.username == "alice")
    }

    @Test("finds what it keeps after others were removed") func removal() {
        var cache = AccountCache(capacity: 100)
        let names = (0..<100).map { AccountName(ByteSlice("user\($0)"), "voice.test") }
        func find(_ name: AccountName) -> AccountCache.Step {
            cache.step(
                name, .cached, arrival: 0, at: .zero, lifetime: .seconds(30),
                recheckInterval: .zero)
        }
        for name in names {
            guard case .load(let load) = find(name) else { continue }
            let user = String(name.username)
            let subscriber = Subscriber(username: user, domain: "", secret: .password(""))
            cache.finish(name, load, .success(subscriber), at: .zero)
        }
        for name in names.prefix(50) { cache.remove(name) }
        for name in names.dropFirst(50) {
            guard case .known(let found) = find(name) else {
                Issue.record("lost \(name)")
                continue
            }
            #expect(found?.username == String(name.username))
        }
        #expect(cache.count == 50)
    }
}
