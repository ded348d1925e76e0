/// A request on its way to one target: what arrived, what the route wants different, and the next hop.
package struct Forwarding: Sendable {
    let arrival: Arrival
    let edits: RequestEdits
    let hop: NextHop
    /// Max-Breadth of the copy, 1 and up (RFC 5393 5.3.3).
    let breadth: UInt8
    /// What tells a loop, when the request is forked.
    let mark: LoopMark?

    package init(
        arrival: Arrival, edits: RequestEdits, hop: NextHop, breadth: UInt8 = 60,
        mark: LoopMark? = nil
    ) {
        self.arrival = arrival
        self.edits = edits
        self.hop = hop
        self.breadth = breadth
        self.mark = mark
    }
}
