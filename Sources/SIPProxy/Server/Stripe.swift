import SIPCore
import Synchronization

/// One of the cores, behind its lock. Whatever loop received a message locks it for the microsecond that the core takes.
final class Stripe: Sendable {
    private let core: Mutex<ProxyCore>

    init(_ core: consuming sending ProxyCore) {
        self.core = Mutex(core)
    }

    /// Gives the core what happened, and returns what is to be done.
    func receive(_ input: Input, at now: Instant) -> [Output] {
        core.withLock { core in core.receive(input, at: now) }
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
