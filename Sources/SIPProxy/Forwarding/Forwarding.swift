package import SIPCore

/// A request on its way to one target: what arrived, what the route wants different, and the next hop.
///
/// A class, so that a branch which keeps it, and a look-up that it waits for, hold one reference and not twenty.
package final class Forwarding: Sendable {
    let arrival: Arrival
    let edits: RequestEdits
    let hop: NextHop
    /// When the route had the request: a Record-Route is signed with it.
    let time: UnixTime
    /// Max-Breadth of the copy, 1 and up (RFC 5393 5.3.3).
    let breadth: UInt8
    /// What tells a loop, when the request is forked.
    let mark: LoopMark?

    /// Where else the next hop may be when the dialog's connection is not there: where the Contact points.
    var fallback: NextHop.Destination? {
        guard hop.isConnected, !hop.isKnown else { return nil }
        let uri = edits.uri ?? arrival.essentials.uri
        guard let other = try? NextHop.destination(of: uri) else { return nil }
        // What was secure stays so.
        return NextHop(hop, at: other).transport.isSecure || !hop.transport.isSecure ? other : nil
    }

    /// The same, with its next hop at another place.
    func toward(_ destination: NextHop.Destination) -> Forwarding {
        Forwarding(
            arrival: arrival, edits: edits, hop: NextHop(hop, at: destination), at: time,
            breadth: breadth, mark: mark)
    }

    package init(
        arrival: Arrival, edits: RequestEdits, hop: NextHop, at time: UnixTime,
        breadth: UInt8 = 60, mark: LoopMark? = nil
    ) {
        self.arrival = arrival
        self.edits = edits
        self.hop = hop
        self.time = time
        self.breadth = breadth
        self.mark = mark
    }
}
