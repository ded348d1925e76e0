public import SIPCore

/// One of our own addresses: where messages arrive, and what others are told to send to.
public struct Listener: Hashable, Sendable {
    /// The address that the socket is bound to; 0.0.0.0 or :: stands for all addresses of the machine.
    public let bound: Endpoint
    /// The host for Via and Record-Route: an address or a name, IPv6 in brackets.
    public let advertisedHost: ByteSlice
    /// The port for Via and Record-Route.
    public let advertisedPort: UInt16
    /// How our Via begins, up to the token: `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK`.
    let viaStart: ByteSlice
    /// How our Record-Route begins: `Record-Route: <sip:192.0.2.1:5060;lr`.
    let recordRouteStart: ByteSlice
    /// How it begins in the dialog of a SIPS URI; of a listener that is not secure, as in any other.
    let secureRecordRouteStart: ByteSlice

    public init(bound: Endpoint, advertisedHost: ByteSlice, advertisedPort: UInt16) {
        self.bound = bound
        self.advertisedHost = advertisedHost
        self.advertisedPort = advertisedPort
        var via: [UInt8] = []
        via.append("Via: SIP/2.0/")
        via.append(bound.transport.token)
        via.append(0x20)
        via.append(advertisedHost, advertisedPort)
        // RFC 5923 5: requests for this address may come back over the connection.
        if bound.transport.canBeAlias { via.append(";alias") }
        via.append(";branch=z9hG4bK")
        viaStart = ByteSlice(via)
        var route: [UInt8] = []
        route.append("Record-Route: <sip:")
        route.append(advertisedHost, advertisedPort)
        bound.transport.appendURIParameter(to: &route)
        route.append(";lr")
        recordRouteStart = ByteSlice(route)
        guard bound.transport.isSecure else {
            secureRecordRouteStart = recordRouteStart
            return
        }
        var secure: [UInt8] = []
        secure.append("Record-Route: <sips:")
        secure.append(advertisedHost, advertisedPort)
        // RFC 5630 3.1.3: "transport=tls" says nothing that the scheme does not.
        if bound.transport == .wss { secure.append(";transport=ws") }
        secure.append(";lr")
        secureRecordRouteStart = ByteSlice(secure)
    }

    /// Appends a URI of this listener: `sip:USER@192.0.2.1:5060;transport=tcp`.
    ///
    /// - Parameters:
    ///   - isSecure: whether it is a SIPS URI, where the listener is secure.
    ///   - user: appends the user part.
    func appendURI(to text: inout [UInt8], isSecure: Bool, _ user: (inout [UInt8]) -> Void) {
        let isSIPS = isSecure && bound.transport.isSecure
        text.append(isSIPS ? "sips:" : "sip:")
        user(&text)
        text.append(0x40)
        text.append(advertisedHost, advertisedPort)
        if isSIPS {
            if bound.transport == .wss { text.append(";transport=ws") }
        } else {
            bound.transport.appendURIParameter(to: &text)
        }
    }

    /// Whether it is bound to a wildcard: 0.0.0.0 or ::.
    var isOnAllAddresses: Bool {
        switch bound.address {
        case .v4(let bits): bits == 0
        case .v6(let high, let low): high | low == 0
        }
    }

    /// Whether what is bound here can send to an address of that family.
    func reaches(_ destination: Endpoint) -> Bool {
        guard bound.transport == destination.transport else { return false }
        switch (bound.address, destination.address) {
        case (.v4, .v4), (.v6, .v6): return true
        default: return false
        }
    }
}

extension [UInt8] {
    /// Appends `host:port`, as Via and Record-Route spell it.
    fileprivate mutating func append(_ host: ByteSlice, _ port: UInt16) {
        append(slice: host)
        append(0x3A)
        append(decimal: UInt64(port))
    }
}

extension Transport {
    /// Whether somebody may listen at the other end of such a connection.
    var canBeAlias: Bool { self == .tcp || self == .tls }

    /// `;transport=…` for a URI; UDP is what stands when nothing is said.
    fileprivate func appendURIParameter(to bytes: inout [UInt8]) {
        switch self {
        case .udp: break
        case .tcp: bytes.append(";transport=tcp")
        case .tls: bytes.append(";transport=tls")
        case .ws: bytes.append(";transport=ws")
        case .wss: bytes.append(";transport=wss")
        }
    }
}
