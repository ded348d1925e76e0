import NIOCore
import NIOPosix
import Testing

/// Runs a test on NIO's threads: those of Swift's tasks are few, and busy for many seconds with the tests that only compute. Who plays
/// with a real proxy has to keep up with its timers.
struct OwnThreads: TestTrait, SuiteTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let executor = LoopExecutor(loop: MultiThreadedEventLoopGroup.singleton.next())
        try await withTaskExecutorPreference(executor) { try await function() }
    }
}

extension Trait where Self == OwnThreads {
    /// Not on the threads of Swift's tasks.
    static var onOwnThreads: OwnThreads { OwnThreads() }
}

/// Runs tasks on an event loop.
private final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
