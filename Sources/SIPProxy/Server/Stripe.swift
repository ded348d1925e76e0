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

    /// Gives the core what happened, and takes what is to be done.
    func receive(_ input: consuming Input, at now: Instant, into outputs: inout [Output]) {
        // A closure can't consume what it captures; it can take it out of an optional. A copy would be twenty references.
        var input: Input? = consume input
        core.withLock { core in
            guard let input = input.take() else { return }
            core.receive(input, at: now, into: &outputs)
            nanoseconds.store(core.nextDeadline?.nanoseconds ?? .max, ordering: .relaxed)
        }
    }

    /// When the next timer is due; nil when none runs.
    var deadline: Instant? {
        let next = nanoseconds.load(ordering: .relaxed)
        return next == .max ? nil : Instant(nanoseconds: next)
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
