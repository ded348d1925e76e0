package import SIPCore

/// One member of a target set (RFC 3261 16.5).
package struct Target: Sendable {
    /// The new Request-URI.
    package var uri: URI
    /// Route values that lead to it, first hop first (RFC 3327 Path).
    package var path: [ByteSlice]
    /// The address to send to when it is known better than the URI says: a phone behind a NAT.
    package var destination: Endpoint?
    /// Who gets the request, when that is not whom the URI names: it stands in no header, and the Request-URI stays as it is.
    package var nextHop: URI?
    /// Our own socket that it is known to be reached from: where it registered (RFC 5626 5.3, and NATs before it).
    package var local: Endpoint?
    /// The place of its group: those of one group are asked at once, the groups one after the other.
    package var group = 0
    /// Whether a 3xx named it, which is not passed on then.
    package var isRedirected = false
    /// Other flows to the same phone, the next one first (RFC 5626 7): asked when this one has failed. Nil for a phone that
    /// did not register over a flow.
    package var otherFlows: [Target]?
    /// The gateway that it is, when it is one.
    package var gateway: GatewayID?
    /// What its copy has more than the others.
    package var headers: [HeaderText] = []

    /// Whether both would get the same request: one URI may be for several next hops.
    func isSame(_ other: Target) -> Bool { uri == other.uri && nextHop == other.nextHop }

    package init(uri: URI, path: [ByteSlice] = [], destination: Endpoint? = nil) {
        self.uri = uri
        self.path = path
        self.destination = destination
    }
}
