import SIPAuth
package import SIPCore
package import SIPTransport

// What TCP, TLS and WebSocket need to be told.
extension Settings {
    /// Certificates, and whose are believed; without certificates there is no TLS.
    package struct TLS: Equatable, Sendable {
        package var certificates: [TLSSettings.Identity] = []
        /// Whether those who connect are asked for a certificate.
        package var clientVerification = TLSSettings.ClientVerification.none
        /// The authorities of those who connect.
        package var clientAuthorities: String?
        /// The authorities of those that are connected to; nil: the system's.
        package var authorities: String?
        /// Names whose certificates need no credentials: gateways.
        package var trustedNames: [String] = []
    }

    /// Load balancers in front, which say whose connections they pass on.
    package struct ProxyProtocol: Equatable, Sendable {
        /// Those of the addresses of `listen` that they connect to.
        package var listen: [Endpoint] = []
        /// The balancers' networks.
        package var from: [Network] = []
    }

    /// The networks of balancers, by the index of the listener.
    var balancers: [Int: [TrustedAddress]] {
        let networks = proxyProtocol.from.map {
            TrustedAddress(network: $0.address, prefixLength: $0.prefixLength)
        }
        var balancers: [Int: [TrustedAddress]] = [:]
        for (index, endpoint) in listen.enumerated()
        where proxyProtocol.listen.contains(endpoint) {
            balancers[index] = networks
        }
        return balancers
    }

    /// What is borne from connections.
    package struct Connections: Equatable, Sendable {
        package var maximum = 65_536
        package var maximumPerSource = 1_024
        package var connectTime = Duration.seconds(5)
        package var handshakeTime = Duration.seconds(5)
        package var messageTime = Duration.seconds(15)
        /// Seconds.
        package var idleTime = 7_800
    }

    /// What the proxy's TLS is made with; nil: there is none.
    var tlsSettings: TLSSettings? {
        guard !tls.certificates.isEmpty else { return nil }
        var own = TLSSettings()
        own.identities = tls.certificates
        own.clientVerification = tls.clientVerification
        own.clientAuthorities = tls.clientAuthorities
        own.authorities = tls.authorities
        return own
    }

    var streamSettings: StreamSettings {
        var own = StreamSettings()
        own.maximumConnections = connections.maximum
        own.maximumConnectionsPerSource = connections.maximumPerSource
        own.connectTime = connections.connectTime
        own.handshakeTime = connections.handshakeTime
        own.messageTime = connections.messageTime
        own.idleTime = .seconds(connections.idleTime)
        own.maximumMessage = maxMessageSize
        return own
    }

    /// What of connections and TLS no single value shows: doors that would stand half open.
    func streamComplaints() -> [(paths: [String], text: String)] {
        var complaints: [(paths: [String], text: String)] = []
        if tls.certificates.isEmpty, listen.contains(where: \.transport.isSecure) {
            complaints.append((["listen"], "tls and wss need tls.certificates"))
        }
        for endpoint in proxyProtocol.listen
        where !listen.contains(endpoint) || !endpoint.transport.isReliable {
            complaints.append(
                (
                    ["proxy_protocol.listen"],
                    "\(endpoint) is no address of listen for tcp, tls, ws or wss"
                ))
        }
        if proxyProtocol.listen.isEmpty != proxyProtocol.from.isEmpty {
            complaints.append(
                (
                    ["proxy_protocol.listen", "proxy_protocol.from"],
                    "listen and from go together: who connects, and to what"
                ))
        }
        if tls.clientVerification != .none, tls.clientAuthorities == nil {
            complaints.append(
                (["tls.client_verification"], "name tls.client_authorities as well"))
        }
        if tls.clientVerification == .none, tls.clientAuthorities != nil {
            complaints.append(
                (["tls.client_authorities"], "set tls.client_verification as well"))
        }
        if tls.clientVerification == .none, !tls.trustedNames.isEmpty {
            complaints.append(
                (["tls.trusted_names"], "set tls.client_verification as well"))
        }
        return complaints
    }
}
