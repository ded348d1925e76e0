package import SIPCore
package import SIPDNS

/// What the core wants done, in order.
package enum Output: Sendable {
    /// Send these bytes from an interface; `branch` names the client transaction that wants to hear of a failure.
    case send([UInt8], to: Endpoint, from: Interface, branch: BranchToken?)
    /// The same over TLS, to a peer whose certificate has to be for that name (RFC 5922 7.3).
    case sendNamed(
        [UInt8], to: Endpoint, name: ByteSlice, from: Interface, branch: BranchToken?)
    /// Send these bytes over TCP for their size alone, and the others as a datagram when nobody takes a connection there
    /// (RFC 3261 18.1.1). No transaction hears of it.
    case sendLarge([UInt8], to: Endpoint, from: Interface, orElse: DatagramCopy)
    /// Ask the router; answer with ``Input/routed(_:_:)``.
    case route(Arrival)
    /// Ask the router what becomes of a request that nobody took; answer with ``Input/routed(_:_:)``.
    case failed(FailedSearch)
    /// Find the way to a server; answer with ``Input/resolved(_:_:)``.
    case resolve(Query)
    /// A destination that was found by its name failed: try it last, for as long as it asked, or as seems right.
    case setAside(Endpoint, for: Duration?)
    /// What came of a request of our own.
    case answer(OwnOutcome)
    /// What a call showed of a gateway.
    case gateway(GatewayID, GatewayOutcome)
    /// Something an operator wants to see or count.
    case event(ProxyEvent)
}

/// A request as it goes out when it has to be a datagram.
package final class DatagramCopy: Sendable {
    package let bytes: [UInt8]
    package let destination: Endpoint
    package let interface: Interface

    init(_ bytes: [UInt8], to destination: Endpoint, from interface: Interface) {
        self.bytes = bytes
        self.destination = destination
        self.interface = interface
    }
}

/// A look-up that a branch waits for.
package struct Query: Hashable, Sendable {
    package let server: ServerQuery
    package let branch: BranchToken

    /// What the draw among equal servers follows from: nobody foresees it, and the copies of a request that goes on without a transaction
    /// have the same (RFC 3263 4.4: "MUST define a deterministic order").
    package var random: UInt64 { branch.cookie }
}
