import SIPCore
import Synchronization

/// One of the cores, behind its lock. Whatever loop received a message locks it for the microsecond that the core takes.
final class Stripe: Sendable {
    private let core: Mutex<ProxyCore>
    /// The core's next deadline in nanoseconds, to be read without the lock: each loop looks at its stripes every 20 ms, and
    /// mostly nothing is due.
    private let deadline = Atomic<Int64>(.max)

    init(_ core: consuming sending ProxyCore) {
        self.core = Mutex(core)
    }

    /// Gives the core what happened, and returns what is to be done.
    func receive(_ input: Input, at now: Instant) -> [Output] {
        core.withLock { core in
            let outputs = core.receive(input, at: now)
            deadline.store(core.nextDeadline?.nanoseconds ?? .max, ordering: .relaxed)
            return outputs
        }
    }

    /// Whether a timer is due.
    func isDue(at now: Instant) -> Bool {
        deadline.load(ordering: .relaxed) <= now.nanoseconds
    }

    /// Takes no new calls from now on.
    func drain() { core.withLock { core in core.drain() } }

    /// Sessions that wait for their final response.
    var unanswered: Int { core.withLock { core in core.unansweredCount } }

    /// Sessions and timers that live.
    var load: (sessions: Int, timers: Int) {
        core.withLock { core in (core.sessionCount, core.timerCount) }
    }
}
