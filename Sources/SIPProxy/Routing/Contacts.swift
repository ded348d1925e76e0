package import SIPCore

/// What our own location service answered for an address: where its phones are now.
///
/// Only a location service makes them, so a relay to contacts needs no other proof.
public struct Contacts: Sendable {
    package let targets: [Target]

    package init(_ targets: [Target]) { self.targets = targets }

    /// Whether nobody is registered.
    public var isEmpty: Bool { targets.isEmpty }
    /// How many phones the request will be forked to.
    public var count: Int { targets.count }
}

/// One member of a target set (RFC 3261 16.5).
package struct Target: Sendable {
    /// The new Request-URI.
    package var uri: URI
    /// Route values that lead to it, first hop first (RFC 3327 Path).
    package var path: [ByteSlice]
    /// The address to send to when it is known better than the URI says: a phone behind a NAT.
    package var destination: Endpoint?

    package init(uri: URI, path: [ByteSlice] = [], destination: Endpoint? = nil) {
        self.uri = uri
        self.path = path
        self.destination = destination
    }
}
