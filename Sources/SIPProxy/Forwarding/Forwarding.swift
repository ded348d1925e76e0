/// A request on its way to one target: what arrived, what the route wants different, and the next hop.
package struct Forwarding: Sendable {
    let arrival: Arrival
    let edits: RequestEdits
    let hop: NextHop

    package init(arrival: Arrival, edits: RequestEdits, hop: NextHop) {
        self.arrival = arrival
        self.edits = edits
        self.hop = hop
    }
}
