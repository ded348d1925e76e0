public import SIPCore

/// A gateway: a server that takes calls out of the house, to the telephone network, say.
public struct Gateway: Hashable, Sendable {
    /// Where it is: `sip:192.0.2.10`, `sip:gateway.example;transport=tcp`, `sips:…`. A user in it counts for nothing.
    public var uri: URI
    /// Its share of the calls among those of the same priority, 0 to 65535; one of 0 is asked when the others are down.
    public var weight: UInt16
    /// Those of a lower number are asked before all others.
    public var priority: UInt16

    /// - Parameters:
    ///   - weight: its share of the calls among those of the same priority.
    ///   - priority: those of a lower number are asked first.
    public init(_ uri: URI, weight: UInt16 = 1, priority: UInt16 = 0) {
        self.uri = uri
        self.weight = weight
        self.priority = priority
    }
}

/// Gateways that stand in for one another.
public struct GatewayGroup: Hashable, Sendable {
    /// What a route knows it by.
    public var name: String
    public var gateways: [Gateway]
    /// How it is found out whether they live; nil: only by the calls that they take.
    public var probing: Probing? = Probing()
    /// So many calls one after the other that a gateway does not take mark it as down: those that it leaves unanswered, that can't be sent
    /// to it, or that it answers 503 with Retry-After. 1 and up.
    public var callFailures = 3
    /// How long a gateway that calls marked as down is left alone when it did not say for itself, and nobody probes it.
    public var pause = Duration.seconds(60)
    public var distribution = Distribution.random
    /// Whether the Request-URI stays as it is. If not, it is the number that is called, at the gateway.
    public var keepsRequestURI = false
    /// Whether requests from the gateways' addresses prove themselves by that (``RoutedRequest/trustedPeer``). Only an address that
    /// stands in a ``Gateway/uri`` is trusted, a name never.
    public var isTrusted = false

    /// How the calls are spread over gateways of the same priority, each time by their weights.
    public enum Distribution: String, Hashable, Sendable, CaseIterable {
        /// Every call anew.
        case random
        /// By its Call-ID: what belongs to it goes the same way, and the loss of a gateway moves only the calls that it had.
        case callID = "call_id"
    }

    /// OPTIONS that a gateway has to answer (RFC 3261 11.1).
    public struct Probing: Hashable, Sendable {
        /// From one to the next; those of a group are spread over it.
        public var interval = Duration.seconds(30)
        /// How long an answer is waited for, 32 s at most.
        public var timeout = Duration.seconds(4)
        /// So many unanswered ones in a row mark a gateway as down. 1 and up.
        public var failures = 3
        /// So many answered ones in a row mark it as up again. 1 and up.
        public var successes = 2
        /// The codes of answers that show a gateway to be alive. One that does not know OPTIONS, or wants a password, lives too.
        public var alive: [ClosedRange<UInt16>] = [
            200...407, 409...499, 501...501, 505...505, 600...699,
        ]

        public init() {}

        func isAlive(_ status: SIPStatus) -> Bool { alive.contains { $0.contains(status.code) } }
    }

    /// - Parameters:
    ///   - name: what a route knows it by.
    ///   - gateways: in any order.
    public init(_ name: String, _ gateways: [Gateway]) {
        self.name = name
        self.gateways = gateways
    }
}
