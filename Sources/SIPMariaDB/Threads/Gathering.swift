import SIPLocation
import Synchronization

/// Questions that wait at the same moment, asked in one statement: a statement costs some 60 µs of two processes' time,
/// a key in it 3.
final class Gathering<Question: Sendable, Answer: Sendable>: Sendable {
    private struct Waiter {
        let question: Question
        let continuation: CheckedContinuation<Answer, any Error>
    }

    private struct State {
        var waiting: [Waiter] = []
        var isScheduled = false
    }

    /// Those whom one statement answers: it may be tried twice for the same.
    private final class Batch: Sendable {
        let waiters = Mutex<[Waiter]>([])
    }

    private let lane: Lane
    private let what: String
    private let limit: Int
    private let batchSize: Int
    private let waitsForCompany: Bool
    private let ask: @Sendable (Connection, [Question]) throws -> [Result<Answer, any Error>]
    private let state = Mutex(State())
    private let batches = Atomic<Int>(0)

    /// - Parameters:
    ///   - limit: how many may wait; more are refused as overload.
    ///   - batchSize: how many are asked at once.
    ///   - waitsForCompany: a statement waits a little for more questions when the one before was a moment ago.
    ///   - ask: as many answers as questions, in their order. It may be called again for the same.
    init(
        _ what: String, on lane: Lane, limit: Int, batchSize: Int, waitsForCompany: Bool = false,
        ask: @escaping @Sendable (Connection, [Question]) throws -> [Result<Answer, any Error>]
    ) {
        self.what = what
        self.lane = lane
        self.limit = limit
        self.batchSize = batchSize
        self.waitsForCompany = waitsForCompany
        self.ask = ask
    }

    /// How many batches were answered.
    var answeredBatches: Int { batches.load(ordering: .relaxed) }

    /// - Throws: ``StoreError``.
    func answer(_ question: Question) async throws -> Answer {
        try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Answer, any Error>) in
            let (isTaken, starts) = state.withLock { state -> (Bool, Bool) in
                guard state.waiting.count < limit else { return (false, false) }
                state.waiting.append(Waiter(question: question, continuation: continuation))
                defer { state.isScheduled = true }
                return (true, !state.isScheduled)
            }
            if starts { schedule() }
            guard !isTaken else { return }
            continuation.resume(
                throwing: StoreError(.overloaded, "can't \(what): \(limit) wait for the database"))
        }
    }

    private func schedule() {
        let batch = Batch()
        lane.enqueue(
            Lane.Job(
                what: what, isRepeatable: true, waitsForCompany: waitsForCompany,
                body: { connection in
                    let waiters = self.waiters(of: batch, self.batchSize)
                    let answers = try self.ask(connection, waiters.map(\.question))
                    self.batches.wrappingAdd(1, ordering: .relaxed)
                    for (waiter, answer) in zip(waiters, answers) {
                        waiter.continuation.resume(with: answer)
                    }
                    self.goOn()
                },
                fail: { error in
                    // When it came to no statement, all who wait: it is the database that fails, not their question.
                    for waiter in self.waiters(of: batch, .max) {
                        waiter.continuation.resume(throwing: error)
                    }
                    self.goOn()
                }))
    }

    private func waiters(of batch: Batch, _ count: Int) -> [Waiter] {
        batch.waiters.withLock { waiters in
            if waiters.isEmpty {
                waiters = state.withLock { state in
                    let taken = Array(state.waiting.prefix(count))
                    state.waiting.removeFirst(taken.count)
                    return taken
                }
            }
            return waiters
        }
    }

    private func goOn() {
        let isMore = state.withLock { state in
            state.isScheduled = !state.waiting.isEmpty
            return state.isScheduled
        }
        if isMore { schedule() }
    }
}
