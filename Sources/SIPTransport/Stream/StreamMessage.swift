package import SIPCore

/// Bytes on their way to a connection.
package struct StreamMessage: Sendable {
    package let bytes: [UInt8]
    /// Where they go; when ``flow`` is gone, or none is named, over a connection that leads there,
    /// or a new one.
    package let destination: Endpoint
    /// The connection that they go over, as long as it lives.
    package var flow: Flow?
    /// Whether a connection may be opened for it.
    let mayConnect: Bool
    /// The listener whose address the message gives as its sender's.
    package let listener: Int
    /// Which of the machine's addresses they leave from; nil leaves it to the system.
    package let local: IPAddress?
    /// The host that the message is for: over TLS the peer's certificate has to be for it
    /// (RFC 5922 7.3). Nil: for the address itself.
    package let name: ByteSlice?
    /// What a failure is reported with; nil when nobody wants to hear of one.
    package let ticket: Ticket?
    /// What is done when it did not leave; nil: nothing.
    package let otherwise: (@Sendable () -> Void)?

    /// Names a message to whoever sent it.
    package struct Ticket: Hashable, Sendable {
        package let high: UInt64
        package let low: UInt64

        package init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }
    }

    package init(
        _ bytes: [UInt8], to destination: Endpoint, over flow: Flow?, listener: Int,
        from local: IPAddress?, name: ByteSlice? = nil, ticket: Ticket?,
        otherwise: (@Sendable () -> Void)? = nil
    ) {
        self.bytes = bytes
        self.destination = destination
        mayConnect = flow != .existing && destination.transport.canConnect
        self.flow = flow == .existing ? nil : flow
        self.listener = listener
        self.local = local
        self.name = name
        self.ticket = ticket
        self.otherwise = otherwise
    }
}

extension StreamMessage {
    /// Whom a connection has to lead to for this message to go over it.
    var peer: StreamPeer {
        // Without certificates nobody proves a name.
        StreamPeer(endpoint: destination, name: destination.transport.isSecure ? name : nil)
    }
}

/// Whom a connection leads to: an address and, over TLS, the name that was proven there.
struct StreamPeer: Hashable {
    let endpoint: Endpoint
    let name: ByteSlice?
}
