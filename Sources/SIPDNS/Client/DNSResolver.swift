package import SIPCore
import Synchronization

/// RFC 3263 over the DNS: questions over c-ares on a thread of their own, answers from a cache while they hold.
package final class DNSResolver: Resolver {
    private let settings: DNSSettings
    private let transports: [Transport]
    private let families: [AddressFamily]
    private let now: @Sendable () -> Instant
    private let memory: Memory
    private let thread: ResolverThread

    /// Longer than this no server can ask to be left alone (`Retry-After`).
    private static let longestQuarantine = Duration.seconds(600)

    /// - Parameters:
    ///   - transports: what we speak, the preferred first.
    ///   - families: the addresses that we reach, the preferred first.
    ///   - now: the monotonic clock.
    package init(
        _ settings: DNSSettings, transports: [Transport], families: [AddressFamily],
        now: @escaping @Sendable () -> Instant
    ) throws(DNSSettingsError) {
        self.settings = settings
        self.transports = transports
        self.families = families
        self.now = now
        var limits = CacheLimits()
        limits.weight = settings.maximumCached
        let memory = Memory(limits)
        self.memory = memory
        thread = try ResolverThread(
            settings, keep: { memory.keep($0, for: $1, of: $2, at: now()) }, now: now)
    }

    deinit { thread.stop() }

    /// Reads again which servers the system names, where the settings name none.
    package func reload() { thread.reload() }

    /// Ends the thread; whoever waits, and who comes later, is told that the resolver has stopped.
    package func stop() { thread.stop() }

    package func destinations(of server: ServerQuery, random: UInt64)
        async throws(ResolutionError) -> [Endpoint]
    {
        let location = ServerLocation(
            server, transports: transports, families: families, random: random)
        let deadline = now() + settings.deadline
        var known: [Question: Answer] = [:]
        while true {
            switch location.step(known) {
            case .located(let destinations): return memory.ordered(destinations, at: now())
            case .failed(let error): throw error
            case .ask(let questions):
                let open = memory.answer(questions, into: &known, at: now())
                guard !open.isEmpty else { continue }
                guard memory.beginWaiting(upTo: settings.maximumWaiting) else { throw .busy }
                let patience = now() + settings.patience
                let answers = await withCheckedContinuation { continuation in
                    thread.submit(
                        Inquiry(open, until: deadline, patience: patience, continuation))
                }
                memory.endWaiting()
                known.merge(answers) { $1 }
            }
        }
    }

    package func setAside(_ destination: Endpoint, for time: Duration?) {
        let time = min(time ?? settings.quarantine, Self.longestQuarantine)
        let now = now()
        memory.setAside(destination, until: now + time, at: now)
    }
}

/// What is known, for every thread to read.
private final class Memory: Sendable {
    private let cache: Mutex<AnswerCache>
    private let quarantine = Mutex(Quarantine())
    private let waiting = Mutex(0)

    init(_ limits: CacheLimits) { cache = Mutex(AnswerCache(limits)) }

    /// Adds the answers that are known.
    ///
    /// - Returns: the questions that have none.
    func answer(
        _ questions: [Question], into known: inout [Question: Answer], at now: Instant
    ) -> [Question] {
        var found: [(Question, Answer)] = []
        let open = cache.withLock { cache in
            questions.filter { question in
                guard let answer = cache.answer(to: question, at: now) else { return true }
                found.append((question, answer))
                return false
            }
        }
        for (question, answer) in found { known[question] = answer }
        return open
    }

    func keep(
        _ answer: Answer, for lifetime: Duration?, of question: Question, at now: Instant
    ) -> Answer {
        cache.withLock { $0.keep(answer, for: lifetime, of: question, at: now) }
    }

    func ordered(_ destinations: [Endpoint], at now: Instant) -> [Endpoint] {
        guard destinations.count > 1 else { return destinations }
        return quarantine.withLock { $0.ordered(destinations, at: now) }
    }

    func setAside(_ destination: Endpoint, until end: Instant, at now: Instant) {
        quarantine.withLock { $0.setAside(destination, until: end, at: now) }
    }

    /// False at the limit.
    func beginWaiting(upTo limit: Int) -> Bool {
        waiting.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func endWaiting() { waiting.withLock { $0 -= 1 } }
}
