public import SIPCore

/// What an operator keeps in tables beside the accounts: the domains that are served, the names that accounts may use, the groups that
/// they are in, and who is trusted by address.
///
/// It never changes; who has newer tables makes another. So a look-up waits for nothing.
public final class SiteTables: Sendable {
    /// Domains that are served, beside those of the settings.
    public let domains: Set<Host>
    private let names: [AccountName: Set<ByteSlice>]
    private let groups: [AccountName: [ByteSlice]]
    /// Single addresses, and all other networks, the longest prefix first.
    private let peers: [IPAddress: [TrustedAddress]]
    private let networks: [TrustedAddress]

    /// - Parameters:
    ///   - domains: domains that are served.
    ///   - names: user parts that accounts may use in To and From.
    ///   - groups: groups that accounts are in.
    ///   - addresses: who is trusted by address.
    public init(
        domains: some Sequence<Host> = [], names: some Sequence<AccountWord> = [],
        groups: some Sequence<AccountWord> = [], addresses: some Sequence<TrustedAddress> = []
    ) {
        self.domains = Set(domains)
        self.names = Dictionary(
            names.map { (AccountName($0.username, $0.domain), [$0.word]) },
            uniquingKeysWith: { $0.union($1) })
        self.groups = Dictionary(
            groups.map { (AccountName($0.username, $0.domain), [$0.word]) },
            uniquingKeysWith: { $0 + $1 })
        var peers: [IPAddress: [TrustedAddress]] = [:]
        var networks: [TrustedAddress] = []
        for address in addresses {
            if address.prefixLength == address.network.bitCount {
                peers[address.network, default: []].append(address)
            } else {
                networks.append(address)
            }
        }
        self.peers = peers
        self.networks = networks.enumerated().sorted { left, right in
            (right.element.prefixLength, left.offset) < (left.element.prefixLength, right.offset)
        }.map(\.element)
    }

    /// Whether an account may use a user part in To and From.
    public func allows(_ part: ByteSlice, to username: ByteSlice, domain: ByteSlice) -> Bool {
        guard !names.isEmpty else { return false }
        return names[AccountName(username, domain)]?.contains(part) == true
            || names[AccountName(username, "")]?.contains(part) == true
    }

    /// Whether an account is in a group; names are compared by their bytes, domains without case.
    public func contains(_ username: ByteSlice, domain: ByteSlice, in group: String) -> Bool {
        guard !groups.isEmpty else { return false }
        func isThere(_ domain: ByteSlice) -> Bool {
            groups[AccountName(username, domain)]?
                .contains { $0.elementsEqual(group.utf8) } == true
        }
        return isThere(domain) || isThere("")
    }

    /// The network that a peer is in, the narrowest if there are several; nil when it is in none.
    ///
    /// - Parameter group: only networks of this group; nil for all.
    public func network(
        of address: IPAddress, port: UInt16, in group: Int? = nil
    ) -> TrustedAddress? {
        func isMeant(_ trusted: TrustedAddress) -> Bool {
            (group == nil || trusted.group == group) && trusted.contains(address, port: port)
        }
        return peers[address]?.first(where: isMeant) ?? networks.first(where: isMeant)
    }
}
