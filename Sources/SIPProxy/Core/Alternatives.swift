import SIPCore

/// Where else a branch's request may go whose next hop was found by its name (RFC 3263 section 4.3), and what is needed to send it there.
final class Alternatives {
    let forwarding: Forwarding
    /// The destinations that were not tried yet, the next one first.
    private var rest: ArraySlice<Endpoint>
    /// Then no further one is tried: the caller has given up.
    let end: Instant

    /// So many destinations of one name get a request at most.
    private static let mostAttempts = 32

    init(_ forwarding: Forwarding, _ destinations: [Endpoint], until end: Instant) {
        self.forwarding = forwarding
        rest = destinations.prefix(Self.mostAttempts)
        self.end = end
    }

    var isEmpty: Bool { rest.isEmpty }

    func next() -> Endpoint? { rest.popFirst() }
}
