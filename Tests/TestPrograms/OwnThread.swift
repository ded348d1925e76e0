import Dispatch
package import Testing

/// Runs a test on a thread that may wait: it waits for other programs, and the threads that all tests share are few.
///
/// Three at a time: each starts half a dozen programs, and other tests measure time.
package struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    package var isRecursive: Bool { true }

    private static let turns = Turns(3)

    package func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        // A suite waits for its tests.
        guard testCase != nil else { return try await function() }
        await Self.turns.begin()
        do {
            try await withTaskExecutorPreference(WaitingThreads()) { try await function() }
        } catch {
            await Self.turns.end()
            throw error
        }
        await Self.turns.end()
    }
}

extension Trait where Self == OwnThread {
    /// The tests wait for other programs.
    package static var onOwnThread: Self { Self() }
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
