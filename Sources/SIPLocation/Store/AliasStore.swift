public import SIPCore

/// Where aliases are looked up: other names of an address, or where its calls go instead.
public protocol AliasStore: Sendable {
    /// The URI that stands for `address`, or nil when it is no alias.
    ///
    /// - Throws: ``StoreError``.
    func alias(of address: AddressOfRecord) async throws -> URI?
}
