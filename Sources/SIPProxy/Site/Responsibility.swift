package import SIPCore

/// What this element is responsible for (RFC 3261 16.5): the addresses it listens on, and the domains it serves.
///
/// A class, because whoever asks it would copy its seven references.
package final class Responsibility: Sendable {
    package let listeners: [Listener]
    /// All addresses at which we can be reached; for a wildcard listener those of the machine's interfaces.
    package let addresses: Set<IPAddress>
    package let domains: Set<Host>
    /// The domains again where they are few: comparing a host with each is faster than hashing it.
    private let fewDomains: [Host]
    /// The domain that stands for our addresses, and the realm where a request names none of ours.
    package let defaultDomain: Host?
    /// The operator's tables, which may name more domains.
    package let tables: LiveTables
    /// Whether the same users are in all domains: then the default domain stands for each.
    package let sharesUsers: Bool

    package init(
        listeners: [Listener], addresses: Set<IPAddress>, domains: [Host],
        tables: LiveTables = LiveTables(), sharesUsers: Bool = false
    ) {
        self.listeners = listeners
        self.addresses = addresses
        self.domains = Set(domains)
        fewDomains = self.domains.count <= 4 ? Array(self.domains) : []
        defaultDomain = domains.first
        self.tables = tables
        self.sharesUsers = sharesUsers
    }

    /// Whether a host is one of the served domains.
    package func serves(_ host: Host) -> Bool {
        (fewDomains.isEmpty ? domains.contains(host) : fewDomains.contains(host))
            || tables.ask { $0.domains.contains(host) }
    }

    /// `uri == myself` of ser.cfg: host and port against the served domains and the listen addresses.
    package func includes(_ uri: SIPURI) -> Bool {
        let host = uri.host
        let isDomain = serves(host)
        guard isDomain || isAddress(host) else { return false }
        guard let port = uri.port else {
            // Without a port a domain is ours wherever we listen; an address means the default port.
            return isDomain || listens(on: uri.isSecure ? 5061 : 5060)
        }
        return listens(on: port)
    }

    /// Whether the host is one of our addresses, or the name we give ourselves in Via.
    package func isAddress(_ host: Host) -> Bool {
        if let address = host.address { return addresses.contains(address) }
        for listener in listeners where host.text.equalsIgnoringCase(listener.advertisedHost) {
            return true
        }
        return false
    }

    /// Whether a datagram to that endpoint would come back to us.
    package func includes(_ endpoint: Endpoint) -> Bool {
        guard addresses.contains(endpoint.address) else { return false }
        for listener in listeners
        where listener.bound.port == endpoint.port
            && listener.bound.transport == endpoint.transport
        { return true }
        return false
    }

    /// The domain whose users a host means, as the settings or tables spell it: itself, or the default domain where a phone names us
    /// by address or all domains have the same users; nil when it is none of ours.
    package func domain(of host: Host) -> Host? {
        let known = domains.named(host) ?? tables.ask { $0.domains.named(host) }
        guard known != nil || isAddress(host) else { return nil }
        return sharesUsers ? defaultDomain ?? known : known ?? defaultDomain
    }

    private func listens(on port: UInt16) -> Bool {
        for listener in listeners
        where listener.bound.port == port || listener.advertisedPort == port { return true }
        return false
    }
}

extension Set<Host> {
    /// A host as it is spelt here.
    fileprivate func named(_ host: Host) -> Host? { firstIndex(of: host).map { self[$0] } }
}
