import SIPCore
import Synchronization

/// The aliases in memory, as they were when the store had the revision that is noted.
final class AliasTable: Sendable {
    private let store: any AliasStore
    private let state = Mutex(State())

    private struct State {
        var revision: Int64?
        var targets: [AddressOfRecord: [URI]] = [:]
    }

    init(_ store: any AliasStore) { self.store = store }

    /// The targets of an alias; it never waits.
    func targets(of address: AddressOfRecord) -> [URI] {
        state.withLock { $0.targets.isEmpty ? [] : $0.targets[address] ?? [] }
    }

    /// Reads the aliases again when they have changed. A target that is no URI counts as none: nothing could be sent there.
    ///
    /// - Throws: ``StoreError``; the aliases stay as they were.
    func refresh() async throws {
        let revision = try await store.revision()
        guard state.withLock({ $0.revision != revision }) else { return }
        var targets: [AddressOfRecord: [URI]] = [:]
        for (address, target) in try await store.list() {
            if let uri = try? URI(target) { targets[address, default: []].append(uri) }
        }
        // What changed between the two readings has a revision of its own, and is read the next time.
        let read = targets
        state.withLock { $0 = State(revision: revision, targets: read) }
    }
}
