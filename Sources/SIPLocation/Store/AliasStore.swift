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

    /// All aliases, each with its target as it is stored; one that has several stands there several times.
    ///
    /// - Throws: ``StoreError``.
    func list() async throws -> [(address: AddressOfRecord, target: ByteSlice)]
}

/// The two tables that the field keeps aliases in.
public enum AliasKind: String, Hashable, Sendable, CaseIterable {
    /// Table `aliases`: the target is a URI.
    case uri
    /// Table `dbaliases`: the target is an account, or several are.
    case account
}

/// An alias with one of its targets.
public struct AliasEntry: Sendable {
    public var address: AddressOfRecord
    /// A URI, as it is stored or made of the account's name.
    public var target: ByteSlice
    public var kind: AliasKind

    public init(address: AddressOfRecord, target: ByteSlice, kind: AliasKind) {
        self.address = address
        self.target = target
        self.kind = kind
    }

    /// An alias whose target is an account: a name and a host as tables keep them become a SIP URI. What may not stand in a user part
    /// is escaped (RFC 3261 25.1).
    package init(address: AddressOfRecord, account: AddressOfRecord) {
        let digits = Array("0123456789ABCDEF".utf8)
        let marks = Array("-_.!~*'()&=+$,;?/".utf8)
        var text = Array("sip:".utf8)
        for byte in account.user {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: text.append(byte)
            case _ where marks.contains(byte): text.append(byte)
            default: text += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        self.init(address: address, target: ByteSlice(text + [0x40] + account.host), kind: .account)
    }
}
