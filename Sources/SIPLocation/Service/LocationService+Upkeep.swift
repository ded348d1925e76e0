public import SIPCore
import Synchronization

/// What the service remembers of its own upkeep.
struct Upkeep {
    enum Work { case flush }

    var lastFlush: UnixTime?
    var lastStoreExpiry: UnixTime?
}

// What is done at start, from time to time, and at the end.
extension LocationService {
    /// Figures of the moment.
    public struct Statistics: Hashable, Sendable {
        /// Bindings in memory, those that have expired since the last ``expire(at:)`` included.
        public var bindings = 0
        /// Addresses of record that have a binding.
        public var addresses = 0
        /// Mode 2: changes that the store does not have yet.
        public var unsaved = 0
        /// Mode 1: commits since the start, failed ones too.
        public var commits = 0
        /// Mode 1: registrations that wait for the next commit, or for one of the same address.
        public var waiting = 0
    }

    public var statistics: Statistics {
        var sum = Statistics()
        for stripe in stripes {
            sum.waiting += stripe.turns.waitingCount
            stripe.state.withLock { state in
                sum.bindings += state.table.count
                sum.addresses += state.table.addressCount
                sum.unsaved += state.unsaved.count
            }
        }
        sum.commits = group?.commits ?? 0
        sum.waiting += group?.waiting ?? 0
        return sum
    }

    /// Reads what the stores hold into memory, aliases too, once, before the first REGISTER. What has expired stays behind.
    ///
    /// - Returns: how many bindings are in memory afterwards.
    /// - Throws: ``StoreError``.
    public func load(at now: UnixTime) async throws -> Int {
        try await aliases?.refresh()
        guard let store else { return statistics.bindings }
        let superseded = Mutex<[BindingChange]>([])
        try await store.load { page in
            // No connection outlives the process that had it.
            for binding in page where binding.isLive(at: now) && !binding.isOverConnection {
                guard let loser = self.admit(binding) else { continue }
                let change = BindingChange.remove(ruid: loser.ruid, of: loser.address)
                superseded.withLock { $0.append(change) }
            }
        }
        let removals = superseded.withLock { $0 }
        if !removals.isEmpty { try await store.apply(removals) }
        return statistics.bindings
    }

    /// Takes a stored binding into memory.
    ///
    /// - Returns: of two that are one contact, the older, which is not in memory afterwards. They are there when a commit
    ///   was made whose success was never heard of.
    private func admit(_ binding: Binding) -> Binding? {
        let address = binding.address
        let (stripe, hash) = place(of: address)
        return stripe.state.withLock { state in
            let twin = state.table.bindings(of: address, hash: hash).first {
                $0.ruid != binding.ruid && $0.regID == binding.regID
                    && (binding.regID == nil || $0.instance == binding.instance)
                    && (binding.regID != nil || $0.contact.isEquivalent(to: binding.contact))
            }
            if let twin {
                guard twin.lastModified < binding.lastModified else { return binding }
                state.table.remove(twin.ruid, of: address, hash: hash)
            }
            state.table.put(binding, hash: hash)
            return twin
        }
    }

    /// All live bindings, stripe by stripe, in no order.
    public func forEach(at now: UnixTime, _ body: (Binding) throws -> Void) rethrows {
        for stripe in stripes {
            let bindings = stripe.state.withLock { $0.table.all() }
            for binding in bindings where binding.isLive(at: now) { try body(binding) }
        }
    }

    /// Removes from memory what has expired. Look-ups never saw it; this frees its place.
    ///
    /// - Returns: how many bindings were removed.
    @discardableResult
    public func expire(at now: UnixTime) -> Int {
        var count = 0
        for stripe in stripes {
            count += stripe.state.withLock { state in
                let expired = state.table.expire(at: now)
                // What the store never had need not be written any more; what it has expires there as well.
                for binding in expired where state.unsaved[binding.ruid] != nil {
                    state.unsaved[binding.ruid] = .remove(ruid: binding.ruid, of: binding.address)
                }
                return expired.count
            }
        }
        return count
    }

    /// Does what is due: expiry in memory and a look at the aliases each time, in the store once a minute, and in mode 2 the flush when its
    /// interval is over.
    ///
    /// - Returns: how many bindings expired in memory.
    /// - Throws: ``StoreError``, when all was tried; what could not be written is kept and tried again when it is due again.
    @discardableResult
    public func maintain(at now: UnixTime) async throws -> Int {
        let expired = expire(at: now)
        let (flushes, expires) = upkeep.withLock { upkeep in
            let flushes = Self.isDue(&upkeep.lastFlush, settings.flushInterval, now)
            return (flushes, Self.isDue(&upkeep.lastStoreExpiry, 60, now))
        }
        // Aliases and bindings may be in two databases: one that is away must not keep the other from its turn.
        var failure: (any Error)?
        do { try await aliases?.refresh() } catch { failure = error }
        if flushes { try await flush() }
        if expires { _ = try await store?.expire(at: now) }
        if let failure { throw failure }
        return expired
    }

    /// Mode 2: writes every change that the store does not have yet; in the other modes there is none. To be called at the
    /// end too.
    ///
    /// - Returns: how many changes were written.
    /// - Throws: ``StoreError``; the changes that were not written are kept.
    @discardableResult
    public func flush() async throws -> Int {
        guard mode == .writeBack, let store else { return 0 }
        // The flush at the end waits for one that is under way, and writes what came after it.
        try await flushing.take(.flush, limit: .max)
        defer { flushing.end(.flush) }
        var written = 0
        for group in pages() {
            let taken = group.map { stripe in
                (
                    stripe,
                    stripe.state.withLock { state in
                        defer { state.unsaved = [:] }
                        return state.unsaved
                    }
                )
            }
            let changes = taken.flatMap { $0.1.values }
            guard !changes.isEmpty else { continue }
            do {
                try await store.apply(changes)
                written += changes.count
            } catch {
                for (stripe, unsaved) in taken {
                    // What was changed meanwhile is newer.
                    stripe.state.withLock { $0.unsaved.merge(unsaved) { newer, _ in newer } }
                }
                throw error
            }
        }
        return written
    }

    /// The stripes in groups whose changes make about one commit.
    private func pages() -> [[Stripe]] {
        var pages: [[Stripe]] = []
        var page: [Stripe] = []
        var size = 0
        for stripe in stripes {
            page.append(stripe)
            size += stripe.state.withLock { $0.unsaved.count }
            if size >= settings.batchSize {
                pages.append(page)
                page = []
                size = 0
            }
        }
        return pages + [page]
    }

    private static func isDue(_ last: inout UnixTime?, _ interval: Int64, _ now: UnixTime) -> Bool {
        guard let before = last else {
            last = now
            return false
        }
        // A clock that was set back makes it due as well.
        guard now - before >= interval || now < before else { return false }
        last = now
        return true
    }
}
