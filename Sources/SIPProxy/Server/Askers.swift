import Synchronization

/// Who waits for the answers to requests of our own.
final class Askers: Sendable {
    typealias Asker = @Sendable (OwnOutcome.Result) -> Void

    private struct Waiting {
        var issued: UInt64 = 0
        var askers: [UInt64: Asker] = [:]
        var isStopped = false
    }

    private let waiting = Mutex(Waiting())

    /// - Returns: the id of the request; nil when no more are sent.
    func add(_ asker: @escaping Asker) -> UInt64? {
        waiting.withLock { waiting in
            guard !waiting.isStopped else { return nil }
            waiting.issued &+= 1
            waiting.askers[waiting.issued] = asker
            return waiting.issued
        }
    }

    func answer(_ outcome: OwnOutcome) {
        let asker = waiting.withLock { $0.askers.removeValue(forKey: outcome.id) }
        asker?(outcome.result)
    }

    /// All hear that there will be no answer, and so does everybody who asks from now on.
    func stop() {
        let left = waiting.withLock { waiting in
            waiting.isStopped = true
            defer { waiting.askers = [:] }
            return waiting.askers
        }
        for asker in left.values { asker(.unsent) }
    }
}
