import SIPCore
import Synchronization

/// One of the cores, behind its lock. Whatever loop received a message locks it for the microsecond that the core takes.
final class Stripe: Sendable {
    private let core: Mutex<ProxyCore>
    /// The core's next deadline in nanoseconds, to be read without the lock: each loop looks at its stripes many times a second,
    /// and mostly nothing is due.
    private let nanoseconds = Atomic<Int64>(.max)

    init(_ core: consuming sending ProxyCore) {
        self.core = Mutex(core)
    }

    /// Gives the core what happened, and returns what is to be done.
    func receive(_ input: Input, at now: Instant) -> [Output] {
        core.withLock { core in
            let outputs = core.receive(input, at: now)
            nanoseconds.store(core.nextDeadline?.nanoseconds ?? .max, ordering: .relaxed)
            return outputs
        }
    }

    /// When the next timer is due; nil when none runs.
    var deadline: Instant? {
        let next = nanoseconds.load(ordering: .relaxed)
        return next == .max ? nil : Instant(nanoseconds: next)
    }

    /// Sessions and timers that live.
    var load: (sessions: Int, timers: Int) {
        core.withLock { core in (core.sessionCount, core.timerCount) }
    }
}
