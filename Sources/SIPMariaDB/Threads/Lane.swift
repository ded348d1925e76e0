import Dispatch
import Foundation
import SIPLocation
import Synchronization

/// A thread with a connection of its own, and the bounded queue of what waits for it.
///
/// Nothing here blocks who calls. What a job hears at the latest, however ill the servers are: an error after the timeout of a
/// statement and a connect; with several hosts or a Galera node, after that time twice.
final class Lane: Sendable {
    struct Job: Sendable {
        /// What it does, for an error: "can't …".
        let what: String
        /// Whether it may be made again when the connection broke, and nobody knows if it was made.
        let isRepeatable: Bool
        /// Whether it is better made a little later, for many at once: then it begins no sooner than ``Lane/interval`` after
        /// the one before.
        var waitsForCompany = false
        /// Throws ``ServerError`` or ``StoreError`` when it was not made.
        let body: @Sendable (Connection) throws -> Void
        /// Called once instead of a successful `body`.
        let fail: @Sendable (StoreError) -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var isRunning = false
        var isClosed = false
    }

    private let url: DatabaseURL
    private let limit: Int
    private let interval: Duration
    private let queue: DispatchQueue
    private let state = Mutex(State())
    /// Locked by the lane's own thread alone, for as long as a job takes.
    private let link: Mutex<Link>
    private let began: Mutex<ContinuousClock.Instant>

    /// - Parameters:
    ///   - limit: how many jobs may wait; more are refused as overload.
    ///   - interval: the least time between two jobs that are for many.
    init(_ name: String, _ url: DatabaseURL, limit: Int, interval: Duration = .zero) {
        self.url = url
        self.limit = limit
        self.interval = interval
        queue = DispatchQueue(label: "sip-mariadb.\(name)", qos: .userInitiated)
        link = Mutex(Link(url))
        began = Mutex(.now - interval)
    }

    /// How many wait.
    var waiting: Int { state.withLock { $0.jobs.count } }

    func enqueue(_ job: Job) {
        enum Verdict { case start, wait, refuse, closed }
        let verdict = state.withLock { state -> Verdict in
            guard !state.isClosed else { return .closed }
            guard state.jobs.count < limit else { return .refuse }
            state.jobs.append(job)
            defer { state.isRunning = true }
            return state.isRunning ? .wait : .start
        }
        switch verdict {
        case .start: queue.async { self.run() }
        case .wait: break
        case .refuse:
            job.fail(
                StoreError(.overloaded, "\(url): can't \(job.what): \(limit) wait for the database")
            )
        case .closed:
            job.fail(StoreError(.unavailable, "\(url): can't \(job.what): it is closed"))
        }
    }

    /// Does something on the lane's thread.
    ///
    /// - Throws: ``StoreError``.
    func run<Value: Sendable>(
        _ what: String, isRepeatable: Bool = true, waitsForCompany: Bool = false,
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Value, any Error>) in
            enqueue(
                Job(
                    what: what, isRepeatable: isRepeatable, waitsForCompany: waitsForCompany,
                    body: { continuation.resume(returning: try body($0)) },
                    fail: { continuation.resume(throwing: $0) }))
        }
    }

    /// Ends the connection, after what waits. Afterwards everything is refused.
    func close() async {
        state.withLock { $0.isClosed = true }
        await withCheckedContinuation { continuation in
            queue.async {
                self.link.withLock { $0.drop(isHostUnfit: false) }
                continuation.resume()
            }
        }
    }

    private func run() {
        while let jobs = nextJobs() {
            for job in jobs {
                if job.waitsForCompany { rest() }
                link.withLock { execute(job, &$0) }
            }
        }
    }

    /// Sleeps when the last job that was for many began a moment ago: a commit costs the same for one and for a hundred.
    private func rest() {
        let next = began.withLock { $0 } + interval
        let left = ContinuousClock.now.duration(to: next)
        if left > .zero { Thread.sleep(forTimeInterval: left / .seconds(1)) }
        began.withLock { $0 = .now }
    }

    private func nextJobs() -> [Job]? {
        state.withLock { state in
            defer { state.jobs = [] }
            if state.jobs.isEmpty { state.isRunning = false }
            return state.jobs.isEmpty ? nil : state.jobs
        }
    }

    private func execute(_ job: Job, _ link: inout Link) {
        let end = ContinuousClock.now + patience
        var wasLost = 0
        while true {
            let begin = ContinuousClock.now
            do {
                let connection = try link.open()
                return try connection.retryingConflicts { try job.body(connection) }
            } catch let error as ServerError {
                let problem = error.storeError(job.what, at: "\(url)")
                guard error.isConnectionLost else { return job.fail(problem) }
                let tookAll = ContinuousClock.now - begin >= .seconds(url.timeout)
                link.drop(isHostUnfit: tookAll || error.isHostUnfit)
                wasLost += 1
                let isWorthIt =
                    (job.isRepeatable || error.isHostUnfit)
                    && (url.hosts.count > 1 || !tookAll && !error.isHostUnfit || error.isPassing)
                    && (wasLost <= url.hosts.count || error.isPassing)
                guard isWorthIt, ContinuousClock.now < end else {
                    // A host that hangs, or a cluster that is none: those who wait must not find that out one after the
                    // other.
                    if tookAll && url.hosts.count == 1 || ContinuousClock.now >= end {
                        link.pause(problem)
                    }
                    return job.fail(problem)
                }
                // The lane's own thread: it has nothing else to do.
                if wasLost >= url.hosts.count, error.isPassing {
                    Thread.sleep(forTimeInterval: 0.1)
                }
            } catch let error as StoreError {
                return job.fail(error)
            } catch {
                return job.fail(
                    StoreError(.unavailable, "\(url): can't \(job.what): \(error)"))
            }
        }
    }

    /// For how long a job is begun anew.
    private var patience: Duration {
        .seconds(url.timeout + (url.hosts.count > 1 ? url.connectTimeout : 0))
    }
}
