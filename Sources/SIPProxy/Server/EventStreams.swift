import Synchronization

/// Who listens to the proxy's events. When nobody does, an event costs a load.
final class EventStreams: Sendable {
    private let count = Atomic(0)
    private let listeners = Mutex<(next: Int, continuations: [Int: Continuation])>((0, [:]))

    private typealias Continuation = AsyncStream<ProxyEvent>.Continuation

    /// - Parameter buffer: so many events wait for a listener; then the oldest are lost.
    func stream(buffering buffer: Int) -> AsyncStream<ProxyEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ProxyEvent.self, bufferingPolicy: .bufferingNewest(max(1, buffer)))
        let id = listeners.withLock { listeners in
            listeners.next += 1
            listeners.continuations[listeners.next] = continuation
            count.store(listeners.continuations.count, ordering: .relaxed)
            return listeners.next
        }
        continuation.onTermination = { [weak self] _ in self?.remove(id) }
        return stream
    }

    func send(_ event: ProxyEvent) {
        guard count.load(ordering: .relaxed) > 0 else { return }
        for continuation in listeners.withLock({ Array($0.continuations.values) }) {
            continuation.yield(event)
        }
    }

    /// Every listener's loop ends.
    func finish() {
        // Their ends remove them, which takes the lock again.
        for continuation in listeners.withLock({ Array($0.continuations.values) }) {
            continuation.finish()
        }
    }

    private func remove(_ id: Int) {
        listeners.withLock { listeners in
            listeners.continuations[id] = nil
            count.store(listeners.continuations.count, ordering: .relaxed)
        }
    }
}
