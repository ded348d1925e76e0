import Dispatch
package import Testing

/// Runs a test on a thread that may wait: for other programs, or for real time. The threads that all tests share are as few as the
/// machine has cores.
package struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    package var isRecursive: Bool { true }

    fileprivate let turns: Turns

    package func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        // A suite waits for its tests.
        guard testCase != nil else { return try await function() }
        await turns.begin()
        do {
            try await withTaskExecutorPreference(WaitingThreads()) { try await function() }
        } catch {
            await turns.end()
            throw error
        }
        await turns.end()
    }
}

private let phones = OwnThread(turns: Turns(2))
private let databases = OwnThread(turns: Turns(2))

extension Trait where Self == OwnThread {
    /// The tests wait for phones: two at a time, since each starts half a dozen programs, and other tests measure time.
    package static var onOwnThread: Self { phones }

    /// The tests wait for database servers.
    package static var onOwnDatabaseThread: Self { databases }

    /// The tests wait, so many at a time.
    package static func onOwnThread(atOnce count: Int) -> Self { Self(turns: Turns(count)) }
}

private final class WaitingThreads: TaskExecutor {
    private let queue = DispatchQueue(label: "a test that waits", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// So many at a time.
private actor Turns {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func begin() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func end() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
