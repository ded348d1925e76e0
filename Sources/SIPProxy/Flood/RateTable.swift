import SIPCore

/// A token bucket for each source that was heard lately, in a fixed number of places.
///
/// A source has eight places where it may be, by a keyed hash. When all are taken, the fullest bucket gives way: it is that of the
/// quietest source, and to be forgotten costs it nothing, for one that is not here has a full bucket. So whoever sends from a million
/// forged addresses fills the places with nearly full buckets, which push out each other before that of a source which really floods.
struct RateTable {
    private struct Bucket {
        /// 0: the place is free.
        var source: UInt64 = 0
        /// Requests that may come, in thousandths.
        var tokens: Int64 = 0
        /// In milliseconds.
        var filled: Int64 = 0
        /// The last time that its overflow was told.
        var told: Int64 = .min
    }

    /// What becomes of a request.
    enum Verdict {
        case admitted
        /// It is dropped; `isNews`: nobody was told of this source for a minute.
        case dropped(isNews: Bool)
    }

    private static let ways = 8
    private static let silence: Int64 = 60_000

    private var buckets: [Bucket]
    private let sets: UInt64
    private let rate: Int64
    private let capacity: Int64

    /// - Parameters:
    ///   - rate: requests a second.
    ///   - sets: places by eight.
    init(rate: Int, burst: Int, sets: Int) {
        self.rate = Int64(min(max(rate, 1), 1_000_000))
        capacity = Int64(min(max(burst, 1), 10_000_000)) * 1_000
        self.sets = UInt64(max(1, sets))
        buckets = Array(repeating: Bucket(), count: max(1, sets) * Self.ways)
    }

    /// Takes a request of a source into account.
    ///
    /// - Parameter hash: of the source, with a key that nobody outside knows.
    mutating func admit(_ source: SourceKey, hash: UInt64, at now: Instant) -> Verdict {
        let now = now.nanoseconds / 1_000_000
        // A source of all zeros sends nothing that could be answered.
        let word = source.word == 0 ? .max : source.word
        let place = self.place(of: word, hash, now)
        if buckets[place].source != word {
            buckets[place] = Bucket(source: word, tokens: capacity, filled: now)
        } else {
            buckets[place].tokens = level(buckets[place], now)
            buckets[place].filled = max(now, buckets[place].filled)
        }
        guard buckets[place].tokens < 1_000 else {
            buckets[place].tokens -= 1_000
            return .admitted
        }
        let isNews =
            buckets[place].told == .min || now - buckets[place].told >= Self.silence
        if isNews { buckets[place].told = now }
        return .dropped(isNews: isNews)
    }

    /// Where the source is, or may be put: a free place, or that of the fullest bucket.
    private func place(of source: UInt64, _ hash: UInt64, _ now: Int64) -> Int {
        let first = Int(hash % sets) * Self.ways
        var best = first
        var fullest = Int64.min
        for place in first..<first + Self.ways {
            if buckets[place].source == source { return place }
            let level =
                buckets[place].source == 0 ? Int64.max : self.level(buckets[place], now)
            if level > fullest {
                fullest = level
                best = place
            }
        }
        return best
    }

    private func level(_ bucket: Bucket, _ now: Int64) -> Int64 {
        let (gain, overflow) = max(0, now - bucket.filled).multipliedReportingOverflow(by: rate)
        return overflow ? capacity : min(capacity, bucket.tokens &+ min(gain, capacity))
    }
}
