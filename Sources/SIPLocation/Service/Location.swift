public import SIPCore

/// What a route asks about where an address of record can be reached. ``LocationService`` is the one in this
/// library; a program may bring another.
public protocol Location: Sendable {
    /// The live bindings of an address, the highest q first, then the newest.
    ///
    /// - Throws: ``StoreError`` where a look-up needs a database.
    func bindings(of address: AddressOfRecord, at now: UnixTime) async throws -> [Binding]

    /// Carries out a REGISTER, all of it or nothing (RFC 3261 10.3).
    ///
    /// - Returns: when the change is as durable as the location service promises.
    /// - Throws: ``StoreError``; then nothing was changed.
    func register(
        _ registration: Registration, for address: AddressOfRecord, at now: UnixTime
    ) async throws -> RegistrationOutcome

    /// A connection has ended over which bindings of an address were made: they end with it.
    ///
    /// - Parameters:
    ///   - source: the phone's end of it.
    ///   - local: our end.
    /// - Throws: ``StoreError`` where that needs a database.
    func connectionEnded(
        from source: Endpoint, to local: Endpoint, of address: AddressOfRecord
    ) async throws

    /// The URI that stands for `address`, or nil when it is no alias.
    ///
    /// - Throws: ``StoreError`` where a look-up needs a database.
    func alias(of address: AddressOfRecord) async throws -> URI?

    /// All URIs that stand for `address`, ``alias(of:)`` the first of them; none when it is no alias.
    ///
    /// - Throws: ``StoreError`` where a look-up needs a database.
    func aliases(of address: AddressOfRecord) async throws -> [URI]
}

extension Location {
    /// The one of ``alias(of:)``.
    public func aliases(of address: AddressOfRecord) async throws -> [URI] {
        try await alias(of: address).map { [$0] } ?? []
    }
}

extension Location {
    /// Leaves them to their own time.
    public func connectionEnded(
        from source: Endpoint, to local: Endpoint, of address: AddressOfRecord
    ) async throws {}
}
