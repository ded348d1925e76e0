package import SIPCore

/// What finds the servers that a URI leads to.
package protocol Resolver: Sendable {
    /// The destinations in the order in which they are tried; never none.
    ///
    /// - Parameter random: what the draw by weight follows from (RFC 2782).
    func destinations(of server: ServerQuery, random: UInt64) async throws(ResolutionError)
        -> [Endpoint]

    /// Has a destination tried last for a while: it failed.
    ///
    /// - Parameter time: how long; nil: as long as the resolver thinks right.
    func setAside(_ destination: Endpoint, for time: Duration?)
}
