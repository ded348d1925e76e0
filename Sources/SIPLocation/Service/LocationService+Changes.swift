public import SIPCore
import Synchronization

// What changes bindings: REGISTERs and operators.
extension LocationService {
    public func register(
        _ registration: Registration, for address: AddressOfRecord, at now: UnixTime
    ) async throws -> RegistrationOutcome {
        do {
            let changes = try await change(address) { existing in
                try Registrar.decide(
                    registration, for: address, existing: existing, settings: settings.registrar,
                    now: now, newRUID: { _ in newRUID() })
            }
            return .accepted(
                Registrar.listing(changes.current, settings: settings.registrar, now: now))
        } catch let refusal as RegistrationRefusal {
            return .refused(refusal)
        }
    }

    /// Adds a binding as an operator does: it may be permanent, and no rule of 10.3 is asked.
    ///
    /// - Throws: ``StoreError``; then nothing was changed.
    public func put(_ binding: Binding) async throws {
        _ = try await change(binding.address) { _ in
            var changes = Registrar.Changes()
            changes.puts = [binding]
            return changes
        }
    }

    /// Removes bindings of an address, permanent ones too.
    ///
    /// - Parameter isChosen: which; all of them when it is left out.
    /// - Returns: how many there were.
    /// - Throws: ``StoreError``; then nothing was changed.
    public func remove(
        _ address: AddressOfRecord, where isChosen: (Binding) -> Bool = { _ in true }
    ) async throws -> Int {
        try await change(address) { existing in
            var changes = Registrar.Changes()
            changes.removals = existing.filter(isChosen)
            return changes
        }.removals.count
    }

    public func connectionEnded(
        from source: Endpoint, to local: Endpoint, of address: AddressOfRecord
    ) async throws {
        // One that the phone has made again over another connection names that one.
        _ = try await remove(address) { $0.received == source && $0.localSocket == local }
    }

    /// Decides on a change and makes it: in mode 1 after the store's commit, else at once.
    private func change(
        _ address: AddressOfRecord, _ decide: ([Binding]) throws -> Registrar.Changes
    ) async throws -> Registrar.Changes {
        let (stripe, hash) = place(of: address)
        guard let group else {
            return try stripe.state.withLock { state in
                let changes = try decide(state.table.bindings(of: address, hash: hash))
                state.table.make(changes, of: address, hash: hash)
                if mode == .writeBack {
                    for change in changes.list(for: address) {
                        state.unsaved[change.ruid] = change
                    }
                }
                return changes
            }
        }
        // Memory follows the store: what a look-up finds is committed. Until then the address is ours, so that the next
        // REGISTER for it finds what this one did.
        try await stripe.turns.take(address, limit: settings.maximumWaitingForAddress)
        defer { stripe.turns.end(address) }
        let existing = stripe.state.withLock { $0.table.bindings(of: address, hash: hash) }
        let changes = try decide(existing)
        guard !changes.isEmpty else { return changes }
        try await group.commit(changes.list(for: address))
        stripe.state.withLock { $0.table.make(changes, of: address, hash: hash) }
        return changes
    }
}

extension Registrar.Changes {
    /// The changes for a store, removals first, since what is put may be the same contact again.
    fileprivate func list(for address: AddressOfRecord) -> [BindingChange] {
        removals.map { .remove(ruid: $0.ruid, of: address) } + puts.map { .put($0) }
    }
}

extension BindingTable {
    fileprivate mutating func make(
        _ changes: Registrar.Changes, of address: AddressOfRecord, hash: UInt32
    ) {
        for binding in changes.removals { remove(binding.ruid, of: address, hash: hash) }
        for binding in changes.puts { put(binding, hash: hash) }
    }
}
