public import SIPCore

/// Whether a gateway takes calls.
public enum GatewayState: String, Hashable, Sendable, CaseIterable {
    case up
    /// Probes or calls say so.
    case down
    /// An operator says so.
    case disabled

    init(_ health: GatewayHealth) {
        self = !health.isEnabled ? .disabled : health.isUp ? .up : .down
    }
}

/// A gateway went up or down.
public struct GatewayChange: Hashable, Sendable {
    /// The name of its group.
    public let group: String
    public let uri: URI
    public let state: GatewayState
    /// Why, in a few words.
    public let reason: String
}

/// A gateway as it is now.
public struct GatewayStatus: Hashable, Sendable {
    /// How often something was tried, and how often in vain.
    public struct Count: Hashable, Sendable {
        public private(set) var all = 0
        public private(set) var failed = 0

        mutating func add(isFailure: Bool) {
            all &+= 1
            if isFailure { failed &+= 1 }
        }
    }

    /// The name of its group.
    public let group: String
    public let gateway: Gateway
    public let state: GatewayState
    /// Why it is in that state; empty when it always was.
    public let reason: String
    /// How long ago that changed; nil: never.
    public let changed: Duration?
    public let probes: Count
    /// Calls that have ended, or were answered, since the start.
    public let calls: Count
}

/// What came of a probe.
package enum ProbeAnswer: Sendable {
    case status(SIPStatus)
    case timedOut
    case unreachable

    func isAlive(_ probing: GatewayGroup.Probing) -> Bool {
        if case .status(let status) = self { probing.isAlive(status) } else { false }
    }

    var reason: String {
        switch self {
        case .status(let status): "probes are answered \(status.code)"
        case .timedOut: "probes are not answered"
        case .unreachable: "it can't be reached"
        }
    }
}
