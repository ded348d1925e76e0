import SIPCore
import Synchronization

/// Commits what waits at the same moment together: while one commit runs, the next batch gathers.
///
/// A disk makes a few hundred commits a second, whatever is in them; so a registration storm costs a commit for each
/// hundreds of registrations, and a lone one does not wait for company.
final class GroupCommit: Sendable {
    private struct Entry {
        let changes: [BindingChange]
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var waiting: [Entry] = []
        var isCommitting = false
        var commits = 0
    }

    private let store: any BindingStore
    private let limit: Int
    private let batchSize: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: how many may wait; more are refused as overload.
    ///   - batchSize: how many go into one commit.
    init(store: any BindingStore, limit: Int, batchSize: Int) {
        self.store = store
        self.limit = limit
        self.batchSize = batchSize
    }

    /// How many commits were made, failed ones too.
    var commits: Int { state.withLock { $0.commits } }

    /// How many wait for the next commit.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// Returns when the changes are durable; throws when they are not made.
    func commit(_ changes: [BindingChange]) async throws {
        try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Void, any Error>) in
            enum Verdict { case start, wait, refuse }
            let verdict = state.withLock { state -> Verdict in
                guard state.waiting.count < limit else { return .refuse }
                state.waiting.append(Entry(changes: changes, continuation: continuation))
                guard !state.isCommitting else { return .wait }
                state.isCommitting = true
                return .start
            }
            switch verdict {
            case .start:
                // A task of its own: were it that of the first who waits, its cancellation would fail the others. It
                // begins here and now, since waking a thread for it costs more than it does before it waits.
                Task.immediate { await self.commitAll() }
            case .wait:
                break
            case .refuse:
                continuation.resume(
                    throwing: StoreError(.overloaded, "\(limit) registrations wait for a commit"))
            }
        }
    }

    private func commitAll() async {
        while let batch = nextBatch() { await commit(batch) }
    }

    /// Who waits, in order; nil when nobody does, and then the next to come starts anew.
    private func nextBatch() -> [Entry]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isCommitting = false
                return nil
            }
            guard state.waiting.count > batchSize else {
                defer { state.waiting = [] }
                return state.waiting
            }
            defer { state.waiting.removeFirst(batchSize) }
            return Array(state.waiting.prefix(batchSize))
        }
    }

    private func commit(_ batch: [Entry]) async {
        state.withLock { $0.commits += 1 }
        do {
            try await store.apply(batch.flatMap(\.changes))
            for entry in batch { entry.continuation.resume() }
        } catch let error as StoreError where error.kind == .refused && batch.count > 1 {
            // The store refuses one of them: each stands for itself, so that the others do not fail with it.
            for entry in batch { await commit([entry]) }
        } catch {
            for entry in batch { entry.continuation.resume(throwing: error) }
        }
    }
}
