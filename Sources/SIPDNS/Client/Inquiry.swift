import SIPCore
import Synchronization

/// Several questions that somebody waits for together.
final class Inquiry: Sendable {
    typealias Answers = [Question: Answer]

    let questions: [Question]
    /// Then he goes on with what has come.
    let deadline: Instant
    /// Then he goes on with what has come, where that leads somewhere.
    let patience: Instant
    private let state: Mutex<State>

    private struct State {
        var answers: Answers = [:]
        var continuation: CheckedContinuation<Answers, Never>?
    }

    /// - Parameter questions: each once, at least one.
    init(
        _ questions: [Question], until deadline: Instant, patience: Instant,
        _ continuation: CheckedContinuation<Answers, Never>
    ) {
        self.questions = questions
        self.deadline = deadline
        self.patience = patience
        state = Mutex(State(continuation: continuation))
    }

    /// Takes an answer; the last one ends the waiting.
    func take(_ answer: Answer, to question: Question) {
        let done: (CheckedContinuation<Answers, Never>, Answers)? = state.withLock { state in
            state.answers[question] = answer
            guard state.answers.count == questions.count, let waiting = state.continuation else {
                return nil
            }
            state.continuation = nil
            return (waiting, state.answers)
        }
        if let (continuation, answers) = done { continuation.resume(returning: answers) }
    }

    /// Ends the waiting when that is over: at the deadline, or before it, when what has come leads somewhere or nobody has to have an
    /// answer.
    func look(at now: Instant) {
        guard now >= deadline || now >= patience && canGoOn else { return }
        end(.timedOut)
    }

    private var canGoOn: Bool {
        questions.allSatisfy { $0.type == .naptr }
            || state.withLock { $0.answers.values.contains(where: \.leadsSomewhere) }
    }

    /// When it is to be looked at next.
    func nextLook(after now: Instant) -> Instant {
        patience > now ? min(patience, deadline) : deadline
    }

    /// Ends the waiting: whatever has no answer yet failed.
    func end(_ error: ResolutionError) {
        let done: (CheckedContinuation<Answers, Never>, Answers)? = state.withLock { state in
            guard let waiting = state.continuation else { return nil }
            state.continuation = nil
            return (waiting, state.answers)
        }
        guard case (let continuation, var answers)? = done else { return }
        for question in questions where answers[question] == nil {
            answers[question] = .failed(error)
        }
        continuation.resume(returning: answers)
    }

    /// Whether nobody waits any more.
    var isOver: Bool { state.withLock { $0.continuation == nil } }
}

extension Answer {
    /// Whether there are records.
    fileprivate var leadsSomewhere: Bool {
        switch self {
        case .addresses, .services, .pointers: true
        case .nothing, .failed: false
        }
    }
}
