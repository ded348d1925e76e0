public import SIPCore

/// What a binding holds, field by field: for those who make one (the registrar, a database, an operator).
///
/// The names are those of the columns that registrars in the field share. ``Binding`` packs it.
public struct BindingFields: Sendable {
    public var address: AddressOfRecord
    /// Names this binding among all others, for as long as it lives (column `ruid`).
    public var ruid: ByteSlice
    /// The contact's URI as it was registered, without angle brackets (column `contact`).
    public var uri: ByteSlice
    /// The contact's header parameters as registered, each with its semicolon, without `q` and `expires`.
    public var parameters: ByteSlice = ""
    /// In thousandths, 0 to 1000; nil when the phone gave none.
    public var q: UInt16?
    /// Nil for a permanent contact, which only an operator makes and removes.
    public var expiresAt: UnixTime?
    public var lastModified: UnixTime
    public var callID: ByteSlice = ""
    public var cseq: UInt32 = 0
    public var userAgent: ByteSlice = ""
    /// The value of `+sip.instance` with its angle brackets, without quotes (RFC 5626 4.1).
    public var instance: ByteSlice?
    /// 1 to 2^31 - 1 (RFC 5626 11.2).
    public var regID: UInt32?
    /// The Path as one text, its values joined by commas (column `path`).
    public var pathText: ByteSlice = ""
    /// Where the REGISTER came from, when requests must go there and not where the contact points (NAT, connections).
    public var received: Endpoint?
    /// Our own socket that the REGISTER came in on; requests to the phone leave from it.
    public var localSocket: Endpoint?
    /// Flags that a route or another registrar set; carried, not read.
    public var flags: UInt32 = 0
    /// The methods the phone allows, one bit each; nil when it did not say.
    public var methods: UInt32?
    public init(
        address: AddressOfRecord, ruid: ByteSlice, uri: ByteSlice, expiresAt: UnixTime?,
        lastModified: UnixTime
    ) {
        self.address = address
        self.ruid = ruid
        self.uri = uri
        self.expiresAt = expiresAt
        self.lastModified = lastModified
    }

    /// The Path to the phone, first hop first (RFC 3327), each value as it came.
    public var path: [ByteSlice] {
        get { PathText.split(pathText) }
        set { pathText = PathText.join(newValue) }
    }
}
