import Dispatch
package import Testing

/// Runs a test on a thread that may wait: it waits for other programs, and the threads that all tests share are few.
package struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    package var isRecursive: Bool { true }

    package func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(WaitingThreads()) { try await function() }
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
