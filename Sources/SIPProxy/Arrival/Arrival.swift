package import SIPCore

/// A request that the route decides about: what the core and the route share of it.
package struct Arrival: Sendable {
    private let received: ReceivedRequest
    /// The session that waits for the route's answer; nil for ACK, which has none.
    package let session: SessionID?

    package init(_ received: ReceivedRequest, session: SessionID?) {
        self.received = received
        self.session = session
    }

    package var request: SIPRequest { received.request }
    package var essentials: RequestEssentials { received.essentials }
    package var source: Endpoint { received.source }
    /// The names that its sender's certificate proves, in small letters.
    var provenNames: [ByteSlice] { received.provenNames }
    /// The index of the listener that received it.
    package var listener: Int { received.interface.listener }
    /// Where it arrived: what answers it leaves from there.
    package var interface: Interface { received.interface }
}

extension Arrival {
    /// Our own socket that the request came in on: for a wildcard, with the machine's address that it was sent to.
    func localSocket(of site: Site) -> Endpoint {
        var socket = site.listeners[listener].bound
        if let address = interface.address { socket.address = address }
        return socket
    }
}

/// Names a session of a stripe: its place, and the cookie that tells it from others that had the place before.
package struct SessionID: Hashable, Sendable {
    package let place: UInt32
    package let cookie: UInt64
}
