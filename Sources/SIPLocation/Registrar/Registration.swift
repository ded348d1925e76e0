public import SIPCore

/// What a REGISTER asks of the registrar.
public struct Registration: Sendable {
    /// What its Contact header fields say (RFC 3261 10.3 step 6).
    public enum Contacts: Sendable {
        /// None at all: which bindings are there?
        case query
        /// `Contact: *`: remove them all.
        case wildcard
        case list([RequestedContact])
    }

    /// One contact to add, refresh or remove.
    public struct RequestedContact: Sendable {
        /// The URI as it came, without angle brackets.
        public var uri: ByteSlice
        /// Its header parameters as they came, each with its semicolon, without `q` and `expires`.
        public var parameters: ByteSlice = ""
        /// In thousandths, 0 to 1000.
        public var q: UInt16?
        /// The `expires` parameter, in seconds.
        public var expires: UInt32?
        /// The value of `+sip.instance`, unquoted.
        public var instance: ByteSlice?
        /// The value of `reg-id`; without an instance it means nothing (RFC 5626 section 6).
        public var regID: UInt32?
        /// Where the REGISTER came from, when requests must go there and not where the contact points (NAT, connections).
        public var received: Endpoint?

        public init(uri: ByteSlice) { self.uri = uri }
    }

    public var contacts: Contacts
    /// The Expires header field, in seconds.
    public var expires: UInt32?
    public var callID: ByteSlice
    public var cseq: UInt32
    public var userAgent: ByteSlice = ""
    /// The Path, first hop first (RFC 3327).
    public var path: [ByteSlice] = []
    /// Whether the phone says that it supports a Path.
    public var supportsPath = false
    /// Whether it is of a phone that asks for RFC 5626, and gets it: the 200 says `Require: outbound`.
    public var usesOutbound = false
    /// Our own socket that it came in on.
    public var localSocket: Endpoint?
    /// The methods of its Allow header fields, one bit each.
    public var methods: UInt32?

    public init(_ contacts: Contacts, callID: ByteSlice, cseq: UInt32, expires: UInt32? = nil) {
        self.contacts = contacts
        self.callID = callID
        self.cseq = cseq
        self.expires = expires
    }
}
