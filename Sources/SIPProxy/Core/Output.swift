package import SIPCore

/// What the core wants done, in order.
package enum Output: Sendable {
    /// Send these bytes from an interface; `branch` names the client transaction that wants to hear of a failure.
    case send([UInt8], to: Endpoint, from: Interface, branch: BranchToken?)
    /// The same over TLS, to a peer whose certificate has to be for that name (RFC 5922 7.3).
    case sendNamed(
        [UInt8], to: Endpoint, name: ByteSlice, from: Interface, branch: BranchToken?)
    /// Ask the router; answer with ``Input/routed(_:_:)``.
    case route(Arrival)
    /// Ask the router what becomes of a request that nobody took; answer with ``Input/routed(_:_:)``.
    case failed(FailedSearch)
    /// Look up a host's addresses; answer with ``Input/resolved(_:_:)``.
    case resolve(Query)
    /// Something an operator wants to see or count.
    case event(ProxyEvent)
}

/// A look-up that a branch waits for.
package struct Query: Hashable, Sendable {
    /// The name, without port.
    package let host: ByteSlice
    package let branch: BranchToken
}
