public import SIPCore
public import SIPTransport

/// What happened in the proxy, for logs and counters; never with credentials.
public enum ProxyEvent: Sendable {
    /// A datagram that is no SIP message was dropped.
    case unframeable(ParseError, from: Endpoint)
    /// A request that is framed but wrong was answered (or, an ACK, dropped).
    case refused(SIPStatus, reason: String, from: Endpoint)
    /// A response that belongs to no transaction of ours was dropped (RFC 6026 section 7.3).
    case strayResponse(SIPStatus, from: Endpoint)
    /// The route answered a request itself.
    case answered(SIPMethod, SIPStatus, callID: ByteSlice, from: Endpoint)
    /// A request was passed on to a number of targets.
    case relayed(SIPMethod, callID: ByteSlice, branches: Int)
    /// A final response went back to the caller.
    case completed(SIPMethod, SIPStatus, callID: ByteSlice)
    /// A target could not be reached.
    case unreachable(Endpoint)
    /// A name led to no destination, and why.
    case unresolved(ByteSlice, reason: String)
    /// A connection ended, or never came about, and why.
    case connectionEnded(StreamEnd, with: Endpoint)
    /// The route threw an error that is no rejection.
    case routeFailed(SIPMethod, error: String, callID: ByteSlice)
    /// A digest was refused, and why.
    case authenticationRefused(reason: String, callID: ByteSlice, from: Endpoint)
    /// A message was dropped before anybody read it, or a scanner's request behind its headers.
    case dropped(DropCause, from: Endpoint)
    /// A source sends too many requests; told once a minute.
    case flooding(from: Endpoint)
    /// A source was banned: an IPv4 address, or `2001:db8::/64`.
    case banned(String, BanCause, for: Duration)
    /// A gateway went up or down.
    case gateway(GatewayChange)
    /// More transactions than the limit: refused with 503.
    case overloaded(from: Endpoint)
}
