package import SIPCore

/// A request that the proxy itself sends, as a client: the OPTIONS that finds out whether somebody lives (RFC 3261 11.1), and keeps
/// the way to him open.
///
/// A class, so that the core's input stays small.
package final class OwnRequest: Sendable {
    /// What the asker knows it by; ``OwnOutcome`` bears it too.
    package let id: UInt64
    /// Who is asked: its Request-URI, its path, and the address and socket where they are known.
    package let target: Target
    /// How long its answer is waited for: no longer than timer F.
    package let patience: Duration
    /// The user part of its From; nil: none, only our host.
    package let user: ByteSlice?

    package init(
        _ id: UInt64, to target: Target, within patience: Duration, user: ByteSlice? = nil
    ) {
        self.id = id
        self.target = target
        self.patience = patience
        self.user = user
    }
}

/// What came of a request of our own.
package final class OwnOutcome: Sendable {
    package enum Result: Sendable {
        /// A final response, whatever it says: whoever sent it lives.
        case answered(SIPResponse)
        /// Nobody said anything final in time.
        case timedOut
        /// It can't be sent there, or the name leads nowhere.
        case unreachable
        /// It was not sent, which says nothing of the target: too many are under way, or the proxy stops.
        case unsent
    }

    /// The ``OwnRequest/id``.
    package let id: UInt64
    package let result: Result

    package init(_ id: UInt64, _ result: Result) {
        self.id = id
        self.result = result
    }
}

extension OwnOutcome.Result {
    /// What it shows of a gateway that was probed; nil: nothing.
    package var probeAnswer: ProbeAnswer? {
        switch self {
        case .answered(let response): .status(response.status)
        case .timedOut: .timedOut
        case .unreachable: .unreachable
        case .unsent: nil
        }
    }
}
