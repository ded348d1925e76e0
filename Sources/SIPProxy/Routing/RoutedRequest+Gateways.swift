import SIPCore

extension RoutedRequest {
    /// The gateways of a group that take calls, for an authenticated caller.
    ///
    /// One after the other is asked: the next one when the one before answers 5xx, can't be sent to, or says nothing for 4 s
    /// (``ProxySettings/dns``). Whatever else a gateway answers is the answer. Over telephone lines each call costs money: who takes this for every
    /// caller lets every account call at the operator's expense. Requests inside of a dialog do not come here: they go along their Route.
    ///
    /// - Parameters:
    ///   - group: its name in ``ProxySettings/gateways``.
    ///   - caller: the proof.
    /// - Throws: ``Rejection`` 503 when all of them are down; ``GatewayError`` when there is no such group.
    public func gateways(_ group: String, for caller: Caller) throws -> Contacts {
        try gateways(group)
    }

    /// The same for a caller of a group that may.
    ///
    /// ```swift
    /// let member = try caller.belongs(to: "pstn")  // or 403
    /// return .relay(to: try request.gateways("pstn", by: member))
    /// ```
    public func gateways(_ group: String, by member: Member) throws -> Contacts {
        try gateways(group)
    }

    /// The same for a trusted peer.
    public func gateways(_ group: String, via peer: Peer) throws -> Contacts {
        try gateways(group)
    }

    /// The same for anybody.
    ///
    /// - Parameter reason: why no proof is needed.
    public func gateways(_ group: String, unchecked reason: OpenRelay) throws -> Contacts {
        try gateways(group)
    }

    private func gateways(_ name: String) throws -> Contacts {
        let found = site.gateways?.order(name) { distribution in
            switch distribution {
            case .random: random
            case .callID: callNumber
            }
        }
        guard let (group, order) = found else { throw GatewayError.noSuchGroup(name) }
        guard !order.isEmpty else { throw Rejection(.serviceUnavailable, "All Gateways Are Down") }
        return Contacts(
            order.enumerated().map { place, gateway in
                var target = Target(
                    uri: group.keepsRequestURI ? uri : uri.called(at: gateway.gateway.uri))
                if group.keepsRequestURI { target.nextHop = gateway.gateway.uri }
                target.gateway = gateway.id
                target.group = place
                return target
            })
    }

    /// The same for all requests of a call; nobody gains by knowing it.
    private var callNumber: UInt64 {
        var hash = SipHash(key: HashKey(0, 0))
        hash.append(callID.span)
        return hash.finish().low
    }
}

/// What a route asked of gateways that there are not.
public enum GatewayError: Error, Hashable, Sendable, CustomStringConvertible {
    case noSuchGroup(String)

    public var description: String {
        switch self {
        case .noSuchGroup(let name): "there is no group of gateways '\(name)'"
        }
    }
}
