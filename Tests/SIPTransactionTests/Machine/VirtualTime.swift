import SIPCore
import SIPTransaction
import Testing

/// A transaction on a clock that jumps from timer to timer, and what it did when.
final class VirtualTime<Machine: TransactionMachine> {
    private(set) var machine: Machine
    private(set) var now = Duration.zero
    let timers: TimerValues
    private var running: [(timer: TransactionTimer, at: Duration)] = []
    /// What the transaction asked for, and when, in seconds.
    private(set) var log: [Entry] = []

    struct Entry: Equatable, CustomStringConvertible {
        let seconds: Double
        let actions: Effects.Actions

        init(_ seconds: Double, _ actions: Effects.Actions) {
            self.seconds = seconds
            self.actions = actions
        }

        var description: String { "\(seconds): \(actions.rawValue)" }
    }

    init(_ machine: Machine, timers: TimerValues = .standard) {
        self.machine = machine
        self.timers = timers
    }

    /// The timers that run, and when they fire, in seconds from the start.
    var pending: [TransactionTimer: Double] {
        Dictionary(uniqueKeysWithValues: running.map { ($0.timer, $0.at.inSeconds) })
    }

    @discardableResult
    func receive(_ event: Machine.Event) -> Effects.Actions {
        let effects = machine.receive(event, timers: timers)
        running.removeAll { effects.cancelled.contains(TransactionTimers($0.timer)) }
        for armed in effects.armed {
            running.removeAll { $0.timer == armed.timer }
            running.append((armed.timer, now + armed.after))
        }
        if effects.actions.contains(.terminated) { running = [] }
        if effects.actions != [] { log.append(Entry(now.inSeconds, effects.actions)) }
        return effects.actions
    }

    /// Lets time pass, and fires what falls into it.
    func advance(to end: Duration) {
        while let next = running.min(by: { $0.at < $1.at }), next.at <= end {
            running.removeAll { $0.timer == next.timer }
            now = next.at
            receive(.timer(next.timer))
        }
        now = end
    }

    /// Checks that none of these events does anything, or changes anything.
    func expectNothing(of events: [Machine.Event], _ location: SourceLocation = #_sourceLocation) {
        let (before, timers) = (machine, pending)
        for event in events {
            #expect(receive(event) == [], "\(event)", sourceLocation: location)
            #expect(machine == before, "\(event)", sourceLocation: location)
            #expect(pending == timers, "\(event)", sourceLocation: location)
        }
    }

    /// When those actions were asked for.
    func times(of actions: Effects.Actions) -> [Double] {
        log.filter { $0.actions == actions }.map(\.seconds)
    }
}

/// Events that do not belong into a state.
struct Stray<Machine: TransactionMachine>: Sendable {
    let state: Machine.State
    let events: [Machine.Event]
}

extension Duration {
    var inSeconds: Double { self / .seconds(1) }
}
