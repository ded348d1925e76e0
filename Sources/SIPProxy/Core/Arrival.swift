package import SIPCore

/// A request that arrived and passed the check: what the core and the route share of it.
///
/// A class, so that handing it from the core to the route and back moves one reference and not a message.
package final class Arrival: Sendable {
    package let request: SIPRequest
    package let essentials: RequestEssentials
    package let source: Endpoint
    /// The index of the listener that received it.
    package let listener: Int
    /// The session that waits for the route's answer; nil for ACK, which has none.
    package let session: SessionID?

    package init(
        _ request: SIPRequest, _ essentials: RequestEssentials, from source: Endpoint,
        on listener: Int, session: SessionID?
    ) {
        self.request = request
        self.essentials = essentials
        self.source = source
        self.listener = listener
        self.session = session
    }
}

/// Names a session of a stripe: its place, and the cookie that tells it from others that had the place before.
package struct SessionID: Hashable, Sendable {
    package let place: UInt32
    package let cookie: UInt64
}
