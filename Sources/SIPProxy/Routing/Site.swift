package import SIPAuth
package import SIPCore
package import SIPLocation

/// What is ours: the addresses we listen on, the domains we serve, the keys we sign with.
///
/// It is what a route may ask without waiting; it does not change while the proxy runs.
package final class Site: Sendable {
    package let listeners: [Listener]
    /// All addresses at which we can be reached; for a wildcard listener those of the machine's interfaces.
    package let addresses: Set<IPAddress>
    package let domains: Set<Host>
    /// The domain that stands for our addresses, and the realm where a request names none of ours.
    package let defaultDomain: Host?
    package let digest: DigestAuthenticator
    package let signature: DialogSignature
    package let trustedPeers: Set<IPAddress>

    package init(
        listeners: [Listener], addresses: Set<IPAddress>, domains: [Host],
        digest: DigestAuthenticator, signature: DialogSignature, trustedPeers: Set<IPAddress> = []
    ) {
        self.listeners = listeners
        self.addresses = addresses
        self.domains = Set(domains)
        defaultDomain = domains.first
        self.digest = digest
        self.signature = signature
        self.trustedPeers = trustedPeers
    }

    /// `uri == myself` of ser.cfg: host and port against the served domains and the listen addresses.
    package func owns(_ uri: SIPURI) -> Bool {
        owns(host: uri.host, port: uri.port, isSecure: uri.isSecure)
    }

    package func owns(host: Host, port: UInt16?, isSecure: Bool) -> Bool {
        let isOurHost = isAddress(host) || domains.contains(host)
        guard isOurHost else { return false }
        guard let port else {
            // Without a port a domain is ours wherever we listen; an address means the default port.
            return domains.contains(host) || listens(on: isSecure ? 5061 : 5060)
        }
        return listens(on: port)
    }

    /// Whether the host is one of our addresses or the name we give ourselves in Via.
    package func isAddress(_ host: Host) -> Bool {
        if let address = host.address { return addresses.contains(address) }
        for listener in listeners where host.text.equalsIgnoringCase(listener.advertisedHost) {
            return true
        }
        return false
    }

    private func listens(on port: UInt16) -> Bool {
        for listener in listeners
        where listener.bound.port == port || listener.advertisedPort == port { return true }
        return false
    }

    /// The domain whose users a host means: itself, or the default domain where a phone names us by address.
    package func domain(of host: Host) -> Host {
        if domains.contains(host) { return host }
        if isAddress(host), let defaultDomain { return defaultDomain }
        return host
    }

    /// The address of record of a URI, one of our addresses standing for the default domain (RFC 3261 10.3 step 5).
    package func addressOfRecord(_ uri: URI) -> AddressOfRecord? {
        guard let address = AddressOfRecord(uri) else { return nil }
        guard let sip = uri.sip else { return address }
        let domain = domain(of: sip.host)
        return domain == sip.host ? address : AddressOfRecord(user: address.user, host: domain.text)
    }
}
