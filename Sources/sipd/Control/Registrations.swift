package import SIPCore
package import SIPLocation

/// The registrations as an operator works on them: in a running daemon, or in the database while none runs.
package protocol Registrations: Sendable {
    /// Those of an address, or all, that have not expired.
    ///
    /// - Throws: `StoreError`.
    func bindings(of address: AddressOfRecord?, at now: UnixTime) async throws -> [Binding]

    /// Adds a binding, or takes it in place of the one with its ruid.
    ///
    /// - Throws: `StoreError`; then nothing was changed.
    func put(_ binding: Binding) async throws

    /// Removes these bindings of an address, permanent ones too.
    ///
    /// - Returns: how many were still there.
    /// - Throws: `StoreError`; then nothing was changed.
    func remove(_ bindings: [Binding], of address: AddressOfRecord) async throws -> Int
}

/// Those of a running daemon: what changes, changes in memory and in the store.
package struct LiveRegistrations: Registrations {
    private let location: LocationService

    package init(_ location: LocationService) { self.location = location }

    package func bindings(of address: AddressOfRecord?, at now: UnixTime) async throws -> [Binding]
    {
        if let address { return try await location.bindings(of: address, at: now) }
        // A binding is a reference: a million of them are eight megabytes, and the stripes' locks are free meanwhile.
        var bindings: [Binding] = []
        location.forEach(at: now) { bindings.append($0) }
        return bindings
    }

    package func put(_ binding: Binding) async throws {
        try await location.put(binding)
        await flush()
    }

    package func remove(_ bindings: [Binding], of address: AddressOfRecord) async throws -> Int {
        let ruids = Set(bindings.map(\.ruid))
        let count = try await location.remove(address) { ruids.contains($0.ruid) }
        await flush()
        return count
    }

    /// In mode 2 an operator's word does not wait for the interval. What can't be written now is tried again when that is over,
    /// and is true in memory.
    private func flush() async { _ = try? await location.flush() }
}

/// A store that can be searched without a daemon.
package protocol ListableBindings: BindingStore {
    /// The live bindings of an address, or all.
    ///
    /// - Throws: `StoreError`.
    func list(_ address: AddressOfRecord?, at now: UnixTime) async throws -> [Binding]
}

/// Those in the database, while no daemon runs.
package struct StoredRegistrations: Registrations {
    private let store: any ListableBindings

    package init(_ store: any ListableBindings) { self.store = store }

    package func bindings(of address: AddressOfRecord?, at now: UnixTime) async throws -> [Binding]
    {
        try await store.list(address, at: now)
    }

    package func put(_ binding: Binding) async throws { try await store.apply([.put(binding)]) }

    package func remove(_ bindings: [Binding], of address: AddressOfRecord) async throws -> Int {
        try await store.apply(bindings.map { .remove(ruid: $0.ruid, of: address) })
        return bindings.count
    }
}
