package import SIPCore

/// What is known of one gateway: whether it takes calls, and what that follows from.
///
/// ```
///               n probes in a row fail, or k calls
///        +----+ ---------------------------------> +------+
///        | up |                                    | down |
///        +----+ <--------------------------------- +------+
///               m probes in a row succeed, once its Retry-After is over;
///               where nobody probes: the pause is over
/// ```
package struct GatewayHealth: Hashable, Sendable {
    package private(set) var isUp = true
    /// False as long as an operator wants it left alone.
    package private(set) var isEnabled = true
    /// Why it is as it is.
    package private(set) var reason = ""
    /// Probes, and calls, that failed in a row while it was up.
    private var failures = 0
    private var callFailures = 0
    /// Probes that succeeded in a row while it was down.
    private var successes = 0
    /// Until then it counts as down, whatever probes say.
    private(set) var restsUntil: Instant?

    package init() {}

    /// Nobody is left alone for longer, whatever his Retry-After says.
    private static let longestRest = Duration.seconds(3600)

    package var takesCalls: Bool { isUp && isEnabled }

    /// What a probe showed.
    package mutating func probed(
        _ isAlive: Bool, _ probing: GatewayGroup.Probing, reason: String, at now: Instant
    ) {
        if isAlive {
            failures = 0
            guard !isUp, now >= restsUntil ?? now else { return }
            successes += 1
            if successes >= probing.successes { rise("probes are answered") }
        } else {
            successes = 0
            guard isUp else { return }
            failures += 1
            if failures >= probing.failures { fall(reason) }
        }
    }

    /// What a call showed.
    package mutating func called(
        _ outcome: GatewayOutcome, _ group: GatewayGroup, at now: Instant
    ) {
        switch outcome {
        case .reached: callFailures = 0
        case .failed(let retryAfter):
            if isUp {
                callFailures += 1
                guard callFailures >= group.callFailures else { return }
                fall("calls fail")
                if group.probing == nil { restsUntil = now + group.pause }
            }
            if let retryAfter {
                let end = now + min(retryAfter, Self.longestRest)
                restsUntil = max(end, restsUntil ?? end)
            }
        }
    }

    /// The end of a pause, where nobody probes.
    package mutating func tick(isProbed: Bool, at now: Instant) {
        guard !isUp, !isProbed, let end = restsUntil, end <= now else { return }
        rise("its pause is over")
    }

    /// An operator's word: one that is enabled counts as up until something shows otherwise.
    package mutating func set(isEnabled: Bool) {
        self = GatewayHealth()
        self.isEnabled = isEnabled
        reason = "by the operator"
    }

    private mutating func rise(_ reason: String) {
        let wasEnabled = isEnabled
        self = GatewayHealth()
        isEnabled = wasEnabled
        self.reason = reason
    }

    private mutating func fall(_ reason: String) {
        isUp = false
        failures = 0
        callFailures = 0
        successes = 0
        restsUntil = nil
        self.reason = reason
    }
}

/// What a call showed of the gateway that it was sent to.
package enum GatewayOutcome: Hashable, Sendable {
    /// It answered like one that does its work, be it with a refusal.
    case reached
    /// It said nothing, could not be sent to, or asked to be left alone: for that long.
    case failed(retryAfter: Duration?)
}
