package import SIPCore
package import SIPLocation

/// A binding whose NAT's mapping is kept alive.
package final class KeptBinding: Sendable {
    package let address: AddressOfRecord
    /// The contact, for the Request-URI of OPTIONS.
    private let uri: ByteSlice
    /// Where the phone was seen.
    package let remote: Endpoint
    /// Our socket that it registered at.
    package let local: Endpoint
    /// What knows of it, and removes it.
    private let location: any Location

    /// Nil for one that needs nothing: the phone is where its contact points, or at the other end of a connection.
    init?(_ binding: Binding, in location: any Location) {
        guard let remote = binding.received, !remote.transport.isReliable,
            let local = binding.localSocket
        else { return nil }
        address = binding.address
        uri = binding.uri
        self.remote = remote
        self.local = local
        self.location = location
    }

    func isSame(as other: KeptBinding) -> Bool {
        remote == other.remote && local == other.local && uri == other.uri
    }

    /// Who is asked; nil for a contact that is no URI.
    package var target: Target? {
        guard let uri = try? URI(uri) else { return nil }
        var target = Target(uri: uri, destination: remote)
        target.local = local
        return target
    }

    /// Removes the binding: nobody is there.
    package func remove() async {
        // What the store can't do now, the binding's own end does later.
        try? await location.connectionEnded(from: remote, to: local, of: address)
    }
}
