import SIPCore
import SIPLocation
import Synchronization

/// A store in memory that fails and hangs when told.
final class FakeStore: BindingStore {
    private struct State {
        var rows: [ByteSlice: Binding] = [:]
        var commits: [[BindingChange]] = []
        var error: StoreError?
        var refused: ByteSlice?
        var hangs = false
        var hanging: [CheckedContinuation<Void, Never>] = []
        var expiries = 0
    }

    private let state = Mutex(State())

    /// The changes of each commit, failed ones too, in the order they were asked for.
    var commits: [[BindingChange]] { state.withLock { $0.commits } }
    var uris: Set<String> { state.withLock { Set($0.rows.values.map(\.uri.description)) } }
    var hangingCount: Int { state.withLock { $0.hanging.count } }
    var expiries: Int { state.withLock { $0.expiries } }

    /// From now on every commit fails with this; nil: none does.
    func fail(with error: StoreError?) { state.withLock { $0.error = error } }

    /// From now on a commit with this contact is refused, as a database refuses a value that is too wide.
    func refuse(_ uri: ByteSlice) { state.withLock { $0.refused = uri } }

    /// From now on commits wait for ``letGo()``.
    func hang() { state.withLock { $0.hangs = true } }

    func letGo() {
        let hanging = state.withLock { state in
            defer { state.hanging = [] }
            state.hangs = false
            return state.hanging
        }
        for continuation in hanging { continuation.resume() }
    }

    func put(_ binding: Binding) { state.withLock { $0.rows[binding.ruid] = binding } }

    func load(_ receive: @escaping @Sendable ([Binding]) -> Void) async throws {
        let rows = try state.withLock { state in
            if let error = state.error { throw error }
            return Array(state.rows.values)
        }
        for row in rows { receive([row]) }
    }

    func apply(_ changes: [BindingChange]) async throws {
        state.withLock { $0.commits.append(changes) }
        await withCheckedContinuation { continuation in
            let hangs = state.withLock { state in
                if state.hangs { state.hanging.append(continuation) }
                return state.hangs
            }
            if !hangs { continuation.resume() }
        }
        try state.withLock { state in
            if let error = state.error { throw error }
            for case .put(let binding) in changes where binding.uri == state.refused {
                throw StoreError(.refused, "the contact is too wide")
            }
            for change in changes {
                switch change {
                case .put(let binding): state.rows[binding.ruid] = binding
                case .remove(let ruid, _): state.rows[ruid] = nil
                }
            }
        }
    }

    func expire(at now: UnixTime) async throws -> Int {
        state.withLock { state in
            state.expiries += 1
            let before = state.rows.count
            state.rows = state.rows.filter { $0.value.isLive(at: now) }
            return before - state.rows.count
        }
    }
}

/// Lets the other tasks go on until something has come about.
func until(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
}
