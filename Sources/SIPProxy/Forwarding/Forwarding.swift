import SIPCore

/// A request on its way to one target: what arrived, what the route wants different, and the next hop.
struct Forwarding {
    let arrival: Arrival
    let edits: RequestEdits
    let hop: NextHop
}
