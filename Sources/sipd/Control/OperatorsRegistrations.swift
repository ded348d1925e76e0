package import SIPCore
package import SIPLocation

/// The registrations as an operator works on them: in a running daemon, or in the database while none runs.
package protocol OperatorsRegistrations: Sendable {
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
package struct LiveRegistrations: OperatorsRegistrations {
    private let service: @Sendable () throws(StoreError) -> LocationService

    /// - Parameter service: throws as long as the registrations are not read yet.
    package init(_ service: @escaping @Sendable () throws(StoreError) -> LocationService) {
        self.service = service
    }

    package func bindings(of address: AddressOfRecord?, at now: UnixTime) async throws -> [Binding]
    {
        let location = try service()
        if let address { return try await location.bindings(of: address, at: now) }
        // A binding is a reference: a million of them are eight megabytes, and the stripes' locks are free meanwhile.
        var bindings: [Binding] = []
        location.forEach(at: now) { bindings.append($0) }
        return bindings
    }

    package func put(_ binding: Binding) async throws {
        let location = try service()
        try await location.put(binding)
        await flush(location)
    }

    package func remove(_ bindings: [Binding], of address: AddressOfRecord) async throws -> Int {
        let location = try service()
        let ruids = Set(bindings.map(\.ruid))
        let count = try await location.remove(address) { ruids.contains($0.ruid) }
        await flush(location)
        return count
    }

    /// In mode 2 an operator's word does not wait for the interval. What can't be written now is tried again when that is over,
    /// and is true in memory.
    private func flush(_ location: LocationService) async { _ = try? await location.flush() }
}

/// Those in the database: while no daemon runs, and of one that keeps none in memory.
struct StoredRegistrations: OperatorsRegistrations {
    private let store: any BindingDirectory

    init(_ store: any BindingDirectory) { self.store = store }

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

extension Registrations {
    /// The registrations of a running daemon, for its operator.
    var operators: any OperatorsRegistrations {
        switch self {
        case .memory(let location):
            LiveRegistrations { () throws(StoreError) in try location.service }
        case .database(_, let upkeep): StoredRegistrations(upkeep.store)
        }
    }

    /// Figures of the moment; nil of what is in the database alone, or not read yet.
    var statistics: LocationService.Statistics? {
        guard case .memory(let location) = self else { return nil }
        return try? location.service.statistics
    }
}
