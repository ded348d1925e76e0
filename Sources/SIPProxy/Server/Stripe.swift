import SIPCore
import SIPTransaction
import Synchronization

/// One of the cores, behind its lock. Whatever loop received a message locks it for the microsecond that the core takes.
final class Stripe: Sendable {
    private let core: Mutex<ProxyCore>

    init(_ core: consuming sending ProxyCore) {
        self.core = Mutex(core)
    }

    /// Gives the core what happened.
    func receive(_ input: consuming Input, at now: Instant, into outputs: inout [Output]) {
        var taken: Input? = consume input
        var filled = outputs
        outputs = []
        filled = core.withLock { core in
            var list = filled
            if let input = taken.take() { core.receive(input, at: now, into: &list) }
            return list
        }
        outputs = filled
    }

    /// Whether a timer is due.
    func isDue(at now: Instant) -> Bool {
        core.withLock { core in core.nextDeadline.map { $0 <= now } ?? false }
    }

    /// Sessions and timers that live.
    var load: (sessions: Int, timers: Int) {
        core.withLock { core in (core.sessionCount, core.timerCount) }
    }
}
