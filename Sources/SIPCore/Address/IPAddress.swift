/// An IPv4 or IPv6 address, as its bytes.
public enum IPAddress: Hashable, Sendable {
    /// An IPv4 address in host byte order: 127.0.0.1 is `0x7F00_0001`.
    case v4(UInt32)
    /// The two halves of an IPv6 address in host byte order; link-local scopes are not kept.
    case v6(high: UInt64, low: UInt64)
}

/// What carries a message (RFC 3261 section 18); the raw value is the token in a Via.
public enum Transport: UInt8, Hashable, Sendable, CaseIterable {
    case udp, tcp, tls, ws, wss

    /// Whether the transport itself repeats what was lost, so that timers A, E and G stay unset (RFC 3261 17.1.1.2).
    public var isReliable: Bool { self != .udp }

    /// Whether the transport is encrypted: TLS and secure WebSocket.
    public var isSecure: Bool { self == .tls || self == .wss }

    /// The port that stands for "none given": 5060, and 5061 over TLS (RFC 3261 19.1.2); 80 and 443 for WebSocket.
    public var defaultPort: UInt16 {
        switch self {
        case .udp, .tcp: 5060
        case .tls: 5061
        case .ws: 80
        case .wss: 443
        }
    }
}

/// A transport address: where a message came from or goes to.
public struct Endpoint: Hashable, Sendable {
    public var transport: Transport
    public var address: IPAddress
    public var port: UInt16

    public init(_ transport: Transport, _ address: IPAddress, port: UInt16) {
        self.transport = transport
        self.address = address
        self.port = port
    }
}
