import SIPCore

/// How names are looked up (RFC 3263).
public struct DNSSettings: Hashable, Sendable {
    /// The servers that are asked, as `192.0.2.53`, `192.0.2.53:5353` or `[2001:db8::53]:53`; empty: those of /etc/resolv.conf.
    public var servers: [String] = []
    /// How long a question waits for its answer, repetitions included. The first repetition comes after a third of it.
    public var timeout = Duration.seconds(2)
    /// How long all questions together may take that lead to one destination; what has come by then is used.
    public var deadline = Duration.seconds(5)
    /// How long an answer that is late is waited for when others have come that lead somewhere; and how long that of a NAPTR question is,
    /// which nobody has to have records for.
    public var patience = Duration.milliseconds(500)
    /// Where the system names its servers; read when ``servers`` names none, and again when it has changed.
    package var systemFile = "/etc/resolv.conf"
    /// So many look-ups may wait at once, and so many questions be under way; further ones fail.
    public var maximumWaiting = 4096
    /// How many answers and records are remembered.
    public var maximumCached = 100_000
    /// How long a destination may be silent before the next one of the same name is tried (RFC 3263 section 4.3).
    public var failover = Duration.seconds(4)
    /// How long a destination that failed is tried last, when it does not say for itself how long (`Retry-After`).
    public var quarantine = Duration.seconds(30)

    public init() {}

    /// Whether a text is an address as ``servers`` has it, its port above 0.
    public static func isServer(_ text: String) -> Bool {
        if IPAddress(ByteSlice(text)) != nil { return true }
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return false }
        let host = ByteSlice(String(text[..<colon]))
        // Behind an IPv6 address a port is told apart by the brackets.
        guard let address = IPAddress(host) else { return false }
        if case .v6 = address { return port > 0 && host.first == 0x5B }
        return port > 0
    }
}

/// A resolver that can't start.
public enum DNSSettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A server's address that is none.
    case badServer(String)
    /// The system or c-ares refused, and how.
    case failed(String)

    public var description: String {
        switch self {
        case .badServer(let text): "'\(text)' is not the address of a DNS server"
        case .failed(let reason): "the resolver can't start: \(reason)"
        }
    }
}
