import Synchronization

/// One look-up of an account that is under way, and those who wait for it.
package final class AccountLoad: Sendable {
    package typealias Outcome = Result<Subscriber?, any Error>

    private enum State {
        case underway([CheckedContinuation<Outcome, Never>])
        case done(Outcome)
    }

    /// Counts the loads of a stripe: tells which of two began first.
    package let number: UInt64
    /// Whether the store itself is asked.
    package let isFresh: Bool
    private let state = Mutex(State.underway([]))

    package init(number: UInt64, isFresh: Bool) {
        self.number = number
        self.isFresh = isFresh
    }

    /// What came of it; waits until it is there.
    package var outcome: Outcome {
        get async {
            await withCheckedContinuation { waiter in
                let outcome: Outcome? = state.withLock { state in
                    switch state {
                    case .underway(let waiters):
                        state = .underway(waiters + [waiter])
                        return nil
                    case .done(let outcome):
                        return outcome
                    }
                }
                if let outcome { waiter.resume(returning: outcome) }
            }
        }
    }

    package func finish(_ outcome: Outcome) {
        let waiters: [CheckedContinuation<Outcome, Never>] = state.withLock { state in
            guard case .underway(let waiters) = state else { return [] }
            state = .done(outcome)
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: outcome) }
    }
}
