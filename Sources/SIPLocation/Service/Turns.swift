import Synchronization

/// Lets one at a time work on something, the others in the order they came. Nobody waits who is alone.
final class Turns<Key: Hashable & Sendable>: Sendable {
    /// What is being worked on, and who waits for it.
    private let waiting = Mutex<[Key: [CheckedContinuation<Void, Never>]]>([:])

    /// Waits for its turn; ``end(_:)`` must follow.
    ///
    /// - Throws: ``StoreError`` of kind `overloaded` when `limit` others wait already.
    func take(_ key: Key, limit: Int) async throws(StoreError) {
        let count = takeIfFree(key)
        guard let count else { return }
        guard count < limit else {
            throw StoreError(.overloaded, "\(count) changes wait for the same address of record")
        }
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting in
                // It may have become free since.
                guard waiting[key] != nil else {
                    waiting[key] = []
                    return true
                }
                waiting[key]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// Hands the turn to the next that waits.
    func end(_ key: Key) {
        let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            guard waiting[key]?.isEmpty == false else {
                waiting[key] = nil
                return nil
            }
            return waiting[key]?.removeFirst()
        }
        next?.resume()
    }

    /// How many wait in all.
    var waitingCount: Int { waiting.withLock { $0.values.reduce(0) { $0 + $1.count } } }

    /// Nil when it was free and is ours now, else how many wait.
    private func takeIfFree(_ key: Key) -> Int? {
        waiting.withLock { waiting in
            if let others = waiting[key] { return others.count }
            waiting[key] = []
            return nil
        }
    }
}
