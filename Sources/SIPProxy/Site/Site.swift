package import SIPAuth
package import SIPCore
package import SIPLocation

/// What a route may ask without waiting: what is ours, and the keys we sign with. Of all that only the operator's
/// tables change while the proxy runs.
package final class Site: Sendable {
    package let responsibility: Responsibility
    package let digest: DigestAuthenticator
    package let signature: DialogSignature
    package let trustedPeers: Set<IPAddress>
    /// In small letters.
    package let trustedNames: Set<ByteSlice>
    package let names: NameRule
    /// Whether phones that ask for GRUUs get them, and requests to them go to one phone (RFC 5627).
    package let issuesGRUUs: Bool
    /// Where calls leave the house; nil: nowhere.
    package let gateways: Gateways?
    /// What is borne from one source; nil: anything.
    package let flood: FloodProtection?
    /// Whether we listen for connections.
    let hasConnections: Bool
    /// Whether datagrams may leave from more addresses than one.
    let hasSeveralSockets: Bool

    package init(
        _ responsibility: Responsibility, digest: DigestAuthenticator, signature: DialogSignature,
        trustedPeers: Set<IPAddress> = [], trustedNames: Set<ByteSlice> = [],
        names: NameRule = .own, issuesGRUUs: Bool = false, gateways: Gateways? = nil,
        flood: FloodProtection? = nil
    ) {
        self.issuesGRUUs = issuesGRUUs
        self.responsibility = responsibility
        self.digest = digest
        self.signature = signature
        self.trustedPeers = trustedPeers
        self.trustedNames = trustedNames
        self.names = names
        let datagrams = responsibility.listeners.filter { !$0.bound.transport.isReliable }
        hasSeveralSockets =
            datagrams.count > 1
            || datagrams.contains(where: \.isOnAllAddresses) && responsibility.addresses.count > 1
        self.gateways = gateways
        self.flood = flood
        hasConnections = responsibility.listeners.contains { $0.bound.transport.isReliable }
    }

    package var listeners: [Listener] { responsibility.listeners }

    /// The operator's tables of the moment.
    package var tables: SiteTables { responsibility.tables.now }

    /// The address of record of a URI, one of our addresses standing for the default domain (RFC 3261 10.3 step 5).
    package func addressOfRecord(_ uri: URI) -> AddressOfRecord? {
        guard let address = AddressOfRecord(uri) else { return nil }
        guard let host = uri.sip?.host,
            responsibility.sharesUsers || responsibility.isAddress(host),
            let domain = responsibility.domain(of: host), domain != host
        else { return address }
        return AddressOfRecord(user: address.user, host: domain.text)
    }
}
