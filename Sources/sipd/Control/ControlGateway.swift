package import SIPProxy

/// A gateway as commands show it.
package struct ControlGateway: Codable, Equatable, Sendable {
    package var group: String
    package var gateway: String
    package var weight: UInt16
    package var priority: UInt16
    /// up, down or disabled.
    package var state: String
    /// Why; empty when it always was so.
    package var reason: String
    /// Seconds since that changed; nil: never.
    package var since: Int64?
    package var probes: Int
    package var failedProbes: Int
    package var calls: Int
    package var failedCalls: Int

    package init(_ status: GatewayStatus) {
        group = status.group
        gateway = "\(status.gateway.uri)"
        weight = status.gateway.weight
        priority = status.gateway.priority
        state = status.state.rawValue
        reason = status.reason
        since = status.changed?.components.seconds
        probes = status.probes.all
        failedProbes = status.probes.failed
        calls = status.calls.all
        failedCalls = status.calls.failed
    }
}

extension ControlDesk {
    /// - Returns: how many gateways there are.
    /// - Throws: `Failure` when there is none of them.
    static func carryOut(
        _ verb: GatewayVerb, _ group: String, _ uri: String?, in gateways: Gateways
    ) throws(Failure) -> Int {
        let count =
            switch verb {
            case .enable: gateways.set(isEnabled: true, in: group, uri)
            case .disable: gateways.set(isEnabled: false, in: group, uri)
            case .probe: gateways.probe(in: group, uri)
            }
        guard count == 0 else { return count }
        let isThere = gateways.status.contains {
            $0.group == group && (uri == nil || "\($0.gateway.uri)" == uri)
        }
        throw Failure(
            .negative,
            isThere
                ? "group \(group) is not probed"
                : "there is no gateway \(uri.map { "\($0) " } ?? "")in group \(group)")
    }
}
