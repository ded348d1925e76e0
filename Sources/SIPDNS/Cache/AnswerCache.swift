package import SIPCore

/// Answers, for as long as they hold.
///
/// It is bounded by letting go of half at a time: what was asked for since the last time stays. A question costs two look-ups at most,
/// whatever is thrown at it.
package struct AnswerCache: Sendable {
    private var recent: [Question: Entry] = [:]
    private var older: [Question: Entry] = [:]
    private var recentWeight = 0
    private let limits: CacheLimits

    private struct Entry: Sendable {
        var answer: Answer
        /// Until then it is as good as asked.
        var end: Instant
        /// Until then it is better than nothing, when the DNS does not answer (RFC 8767).
        var staleEnd: Instant

        /// An answer may have thousands of records.
        var weight: Int {
            switch answer {
            case .addresses(let list): 1 + list.count
            case .services(let list): 1 + list.count
            case .pointers(let list): 1 + list.count
            case .nothing, .failed: 1
            }
        }

        var isPositive: Bool {
            switch answer {
            case .addresses, .services, .pointers: true
            case .nothing, .failed: false
            }
        }
    }

    package init(_ limits: CacheLimits = CacheLimits()) { self.limits = limits }

    /// The answer that still holds; nil: ask.
    package mutating func answer(to question: Question, at now: Instant) -> Answer? {
        if let entry = recent[question] { return entry.end > now ? entry.answer : nil }
        guard let entry = older.removeValue(forKey: question) else { return nil }
        insert(entry, for: question)
        return entry.end > now ? entry.answer : nil
    }

    /// Keeps an answer.
    ///
    /// A failure takes nothing away: what was known before goes on for a while. And it is kept itself, so that a dead server is not
    /// asked anew by every call.
    ///
    /// - Parameter lifetime: what the DNS says; nil: nothing.
    /// - Returns: what is to be answered: for a failure the last that was known.
    @discardableResult
    package mutating func keep(
        _ answer: Answer, for lifetime: Duration?, of question: Question, at now: Instant
    ) -> Answer {
        var entry = Entry(answer: answer, end: now, staleEnd: now)
        switch answer {
        case .failed(.busy): return answer
        case .failed:
            let last = recent[question] ?? older[question]
            if let last, last.isPositive, last.staleEnd > now { entry = last }
            entry.end = now + limits.failure
        case .nothing:
            entry.end = now + min(lifetime ?? limits.failure, limits.negative)
        case .addresses, .services, .pointers:
            entry.end = now + min(lifetime ?? .zero, limits.positive)
            entry.staleEnd = entry.end + limits.stale
        }
        older.removeValue(forKey: question)
        insert(entry, for: question)
        return entry.answer
    }

    /// Questions and records, those that have run out included.
    package var weight: Int { recentWeight + older.values.reduce(0) { $0 + $1.weight } }

    private mutating func insert(_ entry: Entry, for question: Question) {
        if recentWeight + entry.weight > limits.weight / 2 {
            older = recent
            recent = [:]
            recentWeight = 0
        }
        // One that is heavier than everything together may have is not kept.
        guard entry.weight <= limits.weight / 2 else { return }
        recentWeight -= recent[question]?.weight ?? 0
        recent[question] = entry
        recentWeight += entry.weight
    }
}

/// How much is kept, and how long at most, whatever the DNS says.
package struct CacheLimits: Sendable {
    /// Questions and records together.
    package var weight = 100_000
    package var positive = Duration.seconds(24 * 3600)
    /// That there is nothing.
    package var negative = Duration.seconds(300)
    /// That a server did not answer, and that there is nothing when the answer does not say for how long.
    package var failure = Duration.seconds(5)
    /// How long after its time an answer may stand in for one that does not come; RFC 8767 section 5 advises one to three days.
    package var stale = Duration.seconds(24 * 3600)

    package init() {}
}
