import SIPCore
import Synchronization

// Behind a store that tells what has changed, accounts stay in memory without being asked for again.
extension CachedSubscribers where Base: ChangeReportingSubscribers {
    /// Forgets what has changed in the store, and confirms everything else: it counts as asked for just now. The first time,
    /// and whenever the store can't tell what has changed, all accounts are read, as many as are kept.
    ///
    /// To be called more often than ``Settings/lifetime``; a changed account is noticed when it is called.
    ///
    /// - Throws: what the store throws; then answers grow old as they do without this.
    public func refresh() async throws {
        guard settings.lifetime > .zero else { return }
        let now = clock()
        let changes = try await base.changes(since: revision.withLock { $0 })
        guard let changes else { return }
        // An account without a domain answers in every domain, under names that can't be listed.
        if let names = changes.names, !names.contains(where: { $0.domain.isEmpty }) {
            for name in names { invalidate(username: name.username, domain: name.domain) }
        } else {
            invalidateAll()
            try await base.load(limit: settings.capacity) { [self] page in
                for subscriber in page { keep(subscriber, at: now) }
            }
        }
        // What changed while this was read is among the next changes.
        for stripe in stripes { stripe.accounts.withLock { $0.confirm(at: now) } }
        revision.withLock { $0 = changes.revision }
    }

    private func keep(_ subscriber: Subscriber, at now: Instant) {
        let name = AccountName(ByteSlice(subscriber.username), ByteSlice(subscriber.domain))
        stripe(of: name).accounts.withLock { $0.keep(subscriber, as: name, at: now) }
    }
}
