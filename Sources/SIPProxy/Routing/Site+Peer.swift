package import SIPCore

extension Site {
    /// Proof that an address is trusted by the settings or by the operator's tables, or a name by the settings; nil when none is.
    ///
    /// - Parameter names: whom a verified certificate says its other end to be.
    package func peer(at endpoint: Endpoint, provenNames names: [ByteSlice] = []) -> Peer? {
        if trustedPeers.contains(endpoint.address) { return Peer(endpoint: endpoint) }
        if let name = names.first(where: trustedNames.contains) {
            return Peer(endpoint: endpoint, name: name)
        }
        if let gateways, gateways.trusts(endpoint.address) { return Peer(endpoint: endpoint) }
        let network = responsibility.tables.ask {
            $0.network(of: endpoint.address, port: endpoint.port)
        }
        return network.map { Peer(endpoint: endpoint, network: $0) }
    }
}
