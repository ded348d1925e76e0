extension Endpoint: CustomStringConvertible {
    /// The endpoint for logs and settings: `udp:192.0.2.1:5060`, `tls:[2001:db8::1]:5061`.
    public var description: String {
        var bytes = Array("\(transport):".utf8)
        address.writeHost(to: &bytes)
        bytes.append(0x3A)
        bytes.append(decimal: UInt64(port))
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Transport: CustomStringConvertible {
    /// The transport of a token in a Via or a `transport` parameter, compared without case; nil
    /// when it is none of ours, such as SCTP.
    public init?(_ token: ByteSlice) {
        let span = token.span
        func matches(_ text: StaticString) -> Bool { span.equalsIgnoringCase(at: 0, text) }
        switch span.count {
        case 2 where matches("ws"): self = .ws
        case 3 where matches("udp"): self = .udp
        case 3 where matches("tcp"): self = .tcp
        case 3 where matches("tls"): self = .tls
        case 3 where matches("wss"): self = .wss
        default: return nil
        }
    }

    /// The token as a Via spells it: `UDP`.
    package var token: StaticString {
        switch self {
        case .udp: "UDP"
        case .tcp: "TCP"
        case .tls: "TLS"
        case .ws: "WS"
        case .wss: "WSS"
        }
    }

    /// The token in small letters, as a `transport` parameter has it: `udp`.
    public var description: String {
        switch self {
        case .udp: "udp"
        case .tcp: "tcp"
        case .tls: "tls"
        case .ws: "ws"
        case .wss: "wss"
        }
    }
}
