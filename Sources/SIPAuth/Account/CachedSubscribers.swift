public import SIPCore
import Synchronization

/// Accounts kept in memory for a while, in front of a store that takes longer.
///
/// Answers are kept for ``Settings/lifetime``, those that say "no such account" too. While one look-up of a name waits
/// for the store, others for the same name wait with it. Memory is bounded: beyond ``Settings/capacity`` the names that
/// were not asked for lately make room.
///
/// While the store can't answer, what is kept goes on being the answer to questions that need no fresh one, up to
/// ``Settings/outageLifetime``, and the store is asked again from time to time.
///
/// In front of a store that tells what has changed (``ChangeReportingSubscribers``), call ``refresh()`` at start and
/// from time to time: then no request waits for the store.
public final class CachedSubscribers<Base: Subscribers>: Subscribers {
    /// How much is kept, and for how long.
    public struct Settings: Sendable {
        /// How long an answer is good. Default 30 s; 0 keeps nothing.
        public var lifetime: Duration = .seconds(30)
        /// The number of names kept. Default 100,000.
        public var capacity = 100_000
        /// How long a `.fresh` answer does for the next `.fresh` question about the same name. Default 1 s.
        ///
        /// Without it, guessing passwords would cost the store a question a guess. A changed password still works at
        /// once, unless a wrong one was tried within this time before the change.
        public var recheckInterval: Duration = .seconds(1)
        /// How long an answer is good while the store can't give another. Default 1 h.
        public var outageLifetime: Duration = .seconds(3600)
        /// How often the store is asked while it can't answer, by one question at a time. Default 2 s.
        public var outageInterval: Duration = .seconds(2)

        public init() {}
    }

    let base: Base
    let settings: Settings
    let clock: @Sendable () -> Instant
    let stripes: [Stripe]
    /// Of the store, when it was last asked what has changed.
    let revision = Mutex<Int64?>(nil)
    /// When the store, which could not answer, is asked again; nil while it answers.
    private let nextAttempt = Mutex<Instant?>(nil)

    final class Stripe: Sendable {
        let accounts: Mutex<AccountCache>
        init(capacity: Int) { accounts = Mutex(AccountCache(capacity: capacity)) }
    }

    /// - Parameter clock: the time that lifetimes are counted on.
    public init(
        _ base: Base, settings: Settings = Settings(), clock: @escaping @Sendable () -> Instant
    ) {
        self.base = base
        self.settings = settings
        self.clock = clock
        let count = min(64, max(1, settings.capacity / 16))
        let each = (max(1, settings.capacity) + count - 1) / count
        stripes = (0..<count).map { _ in Stripe(capacity: each) }
    }

    public var mayBeStale: Bool { settings.lifetime > .zero || base.mayBeStale }

    public func subscriber(_ username: ByteSlice, domain: ByteSlice, freshness: Freshness)
        async throws -> Subscriber?
    {
        guard settings.lifetime > .zero else {
            return try await base.subscriber(username, domain: domain, freshness: freshness)
        }
        let name = AccountName(username, domain)
        let stripe = stripe(of: name)
        var arrival: UInt64?
        while true {
            let now = clock()
            let step = stripe.accounts.withLock { accounts in
                if arrival == nil { arrival = accounts.arrive() }
                return accounts.step(
                    name, freshness, arrival: arrival ?? 0, at: now,
                    lifetime: settings.lifetime, recheckInterval: settings.recheckInterval)
            }
            switch step {
            case .known(let subscriber):
                return subscriber
            case .load(let load):
                return try await answer(name, load, freshness, stripe)
            case .wait(let load, let serves):
                let outcome = await load.outcome
                guard serves else { continue }
                switch outcome {
                case .success(let subscriber): return subscriber
                case .failure(is CancellationError): continue  // Its task's end, not ours.
                case .failure(let error):
                    // It may be that of a question that had to be fresh.
                    guard freshness == .cached, let kept = kept(name, stripe) else { throw error }
                    return kept
                }
            }
        }
    }

    /// Forgets an account: the next question goes to the store.
    public func invalidate(username: ByteSlice, domain: ByteSlice) {
        let name = AccountName(username, domain)
        stripe(of: name).accounts.withLock { $0.remove(name) }
    }

    /// Forgets all accounts; the next ``refresh()`` reads them all.
    public func invalidateAll() {
        revision.withLock { $0 = nil }
        for stripe in stripes { stripe.accounts.withLock { $0.removeAll() } }
    }

    /// How many names are kept, those included that have no account.
    public var count: Int {
        stripes.reduce(0) { sum, stripe in sum + stripe.accounts.withLock { $0.count } }
    }

    private func answer(
        _ name: AccountName, _ load: AccountLoad, _ freshness: Freshness, _ stripe: Stripe
    ) async throws -> Subscriber? {
        // While the store can't answer, what is kept answers, and one question at a time finds out whether it can again.
        let canWait = freshness == .cached && isOut(at: clock())
        let known = canWait ? kept(name, stripe) : nil
        var outcome: AccountLoad.Outcome
        if let known { outcome = .success(known) } else { outcome = await ask(name, freshness) }
        let now = clock()
        stripe.accounts.withLock { accounts in
            accounts.finish(name, load, known == nil ? outcome : nil, at: now)
        }
        if case .failure(let error) = outcome, freshness == .cached, !(error is CancellationError),
            let kept = kept(name, stripe)
        {
            outcome = .success(kept)
        }
        load.finish(outcome)
        return try outcome.get()
    }

    private func ask(_ name: AccountName, _ freshness: Freshness) async -> AccountLoad.Outcome {
        do {
            let subscriber = try await base.subscriber(
                name.username, domain: name.domain, freshness: freshness)
            nextAttempt.withLock { $0 = nil }
            return .success(subscriber)
        } catch {
            if !(error is CancellationError) {
                let next = clock() + settings.outageInterval
                nextAttempt.withLock { $0 = next }
            }
            return .failure(error)
        }
    }

    /// Whether the store could not answer a moment ago; who is told that it may be asked again is the only one for a while.
    private func isOut(at now: Instant) -> Bool {
        nextAttempt.withLock { next in
            guard let moment = next else { return false }
            guard now >= moment else { return true }
            next = now + settings.outageInterval
            return false
        }
    }

    /// What is kept of an account, although it is old; nil when nothing is, or it is too old even for an outage.
    private func kept(_ name: AccountName, _ stripe: Stripe) -> Subscriber?? {
        let now = clock()
        return stripe.accounts.withLock {
            $0.kept(name, at: now, lifetime: settings.outageLifetime)
        }
    }

    func stripe(of name: AccountName) -> Stripe {
        stripes[Int(UInt(bitPattern: name.hash) >> 32 % UInt(stripes.count))]
    }
}
