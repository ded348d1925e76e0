/// Why a connection ended.
public enum StreamEnd: String, Hashable, Sendable, CaseIterable {
    /// The other side closed it, or the network did.
    case closedByPeer
    /// Nothing came for too long.
    case idle
    /// A message took too long from its first byte to its last, or the first never came.
    case slow
    /// What came can't be cut into messages.
    case unframeable
    /// More keep-alives than anybody needs.
    case pingFlood
    /// The other side does not read what is sent.
    case notReading
    /// The TLS or WebSocket handshake took too long.
    case handshakeTimedOut
    /// The TLS or WebSocket handshake failed: no common version, a certificate that is not
    /// trusted, plain HTTP.
    case handshakeFailed
    /// The certificate of a peer that was connected to is for somebody else (RFC 5922 7.2).
    case wrongCertificate
    /// More connections than the limit, in all or from this address.
    case tooMany
    /// The PROXY header is missing or malformed, or came from an address that is not trusted to send one.
    case badProxyHeader
    /// WebSocket frames that RFC 6455 forbids.
    case protocolError
    /// The proxy stops.
    case stopped
}
