package import SIPCore

/// Whom a request or a response is to reach, before anything is looked up (RFC 3263 sections 4 and 5): what of a URI or a Via
/// decides it.
///
/// `maddr` is not among it: it would let anybody aim requests at whomever.
package struct ServerQuery: Hashable, Sendable {
    /// TARGET, without brackets.
    package let host: ByteSlice
    /// When one is written.
    package let port: UInt16?
    /// When one is written, or follows from the scheme.
    package let transport: Transport?
    /// Nothing but an encrypted transport will do.
    package let isSecure: Bool

    package init(
        host: ByteSlice, port: UInt16? = nil, transport: Transport? = nil, isSecure: Bool = false
    ) {
        self.host = host
        self.port = port
        self.isSecure = isSecure
        self.transport = isSecure ? transport.map(\.secured) : transport
    }

    /// The server that a URI leads to (section 4).
    package init(_ uri: SIPURI) {
        self.init(
            host: uri.host.text, port: uri.port, transport: uri.transport, isSecure: uri.isSecure)
    }

    /// Where the response to a request goes when the way that it came by is closed (section 5); nil when its transport is none of
    /// ours.
    package init?(_ via: Via) {
        guard let transport = via.transport else { return nil }
        self.init(
            host: via.host.text, port: via.port, transport: transport,
            isSecure: transport.isSecure)
    }

    /// The address, when the host is one.
    var address: IPAddress? { IPAddress(host) ?? (try? Host(host))?.address }

    /// Section 4.1 for what has no transport and asks no records for one: "the client SHOULD use UDP for a SIP URI, and TCP for a
    /// SIPS URI", which is TLS then.
    package var defaultTransport: Transport { transport ?? (isSecure ? .tls : .udp) }
}

extension Transport {
    /// The transport as a `sips` URI means it (RFC 3261 26.2.2): TCP stands for TLS over TCP.
    fileprivate var secured: Transport { self == .ws || self == .wss ? .wss : .tls }
}
