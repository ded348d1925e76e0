public import SIPCore

/// Where aliases are kept: other names of an address, or where its calls go instead.
///
/// They are few, they change seldom, and every call asks for one: ``LocationService`` holds them all in memory, and reads them
/// again when the store's revision is another.
public protocol AliasStore: Sendable {
    /// A number that is another one after every change, from whatever process it came.
    ///
    /// - Throws: ``StoreError``.
    func revision() async throws -> Int64

    /// All aliases, each with its target as it is stored.
    ///
    /// - Throws: ``StoreError``.
    func list() async throws -> [(address: AddressOfRecord, target: ByteSlice)]
}
