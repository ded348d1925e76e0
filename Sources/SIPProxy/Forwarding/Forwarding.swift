package import SIPCore

/// A request on its way to one target: what arrived, what the route wants different, and the next hop.
package struct Forwarding: Sendable {
    let arrival: Arrival
    let edits: RequestEdits
    let hop: NextHop
    /// When the route had the request: a Record-Route is signed with it.
    let time: UnixTime
    /// Max-Breadth of the copy, 1 and up (RFC 5393 5.3.3).
    let breadth: UInt8
    /// What tells a loop, when the request is forked.
    let mark: LoopMark?

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
