package import SIPCore

extension Site {
    /// Proof that an address is trusted, by the settings or by the operator's tables; nil when it is not.
    package func peer(at endpoint: Endpoint) -> Peer? {
        if trustedPeers.contains(endpoint.address) { return Peer(endpoint: endpoint) }
        let network = tables.network(of: endpoint.address, port: endpoint.port)
        return network.map { Peer(endpoint: endpoint, network: $0) }
    }
}
