package import SIPCore
package import SIPLocation

/// The registrations as an operator works on them: in a running daemon, or in the database while none runs.
package protocol OperatorRegistrations: Sendable {
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
package struct LiveRegistrations: OperatorRegistrations {
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

/// Those in the database: while no daemon runs, and in mode 3.
struct StoredRegistrations: OperatorRegistrations {
    private let store: any BindingDirectory

    init(_ store: any BindingDirectory) { self.store = store }

    func bindings(of address: AddressOfRecord?, at now: UnixTime) async throws -> [Binding] {
        try await store.list(address, at: now)
    }

    func put(_ binding: Binding) async throws { try await store.apply([.put(binding)]) }

    func remove(_ bindings: [Binding], of address: AddressOfRecord) async throws -> Int {
        try await store.apply(bindings.map { .remove(ruid: $0.ruid, of: address) })
        return bindings.count
    }
}

/// Those of the running daemon, whatever its mode.
struct DaemonRegistrations: OperatorRegistrations {
    let registrations: Registrations

    func bindings(of address: AddressOfRecord?, at now: UnixTime) async throws -> [Binding] {
        try await target.bindings(of: address, at: now)
    }

    func put(_ binding: Binding) async throws { try await target.put(binding) }

    func remove(_ bindings: [Binding], of address: AddressOfRecord) async throws -> Int {
        try await target.remove(bindings, of: address)
    }

    private var target: any OperatorRegistrations {
        get throws(StoreError) {
            switch registrations {
            case .memory(let location): LiveRegistrations(try location.service)
            case .database(_, let upkeep): StoredRegistrations(upkeep.store)
            }
        }
    }
}
