import SIPCore

/// Sources whose logins fail, and those that are banned, in a fixed number of places.
///
/// Only who has answered a challenge of ours comes in here, or whom an operator or a connection's User-Agent brought: nobody fills it with forged
/// addresses. A source has eight places where it may be. When all are taken, one that is not banned gives way, and if there is none the ban that ends
/// soonest; an operator's ban never does.
struct BanTable {
    struct Entry {
        /// 0: the place is free.
        var source: UInt64 = 0
        /// Logins that failed and were not made up for.
        var failures = 0
        /// How many bans there were already.
        var bans = 0
        /// When something of it happened last.
        var touched = Instant.zero
        /// `.max` of nanoseconds: until an operator takes it back.
        var bannedUntil = Instant.zero
        var cause = BanCause.logins

        func isBanned(at now: Instant) -> Bool { bannedUntil > now }
        var isForEver: Bool { bannedUntil.nanoseconds == .max }
    }

    private static let ways = 8

    private(set) var entries: [Entry]
    private let sets: UInt64
    /// How many entries there are: while there is none, nobody is looked for.
    private(set) var count = 0
    private let settings: FloodSettings

    init(_ settings: FloodSettings, sets: Int) {
        self.settings = settings
        self.sets = UInt64(max(1, sets))
        entries = Array(repeating: Entry(), count: max(1, sets) * Self.ways)
    }

    func isBanned(_ source: SourceKey, hash: UInt64, at now: Instant) -> Bool {
        guard count > 0, let place = find(source, hash) else { return false }
        return entries[place].isBanned(at: now)
    }

    /// A login failed with a nonce that the source was given.
    ///
    /// - Returns: for how long it is banned now, when this was one too many.
    mutating func failed(_ source: SourceKey, hash: UInt64, at now: Instant) -> Duration? {
        guard let limit = settings.failedLogins, let place = take(source, hash, at: now) else {
            return nil
        }
        entries[place].failures += 1
        guard entries[place].failures >= limit, !entries[place].isBanned(at: now) else {
            return nil
        }
        return ban(place, .logins, nil, at: now)
    }

    /// A login succeeded: it makes up for one that failed.
    mutating func succeeded(_ source: SourceKey, hash: UInt64) {
        guard count > 0, let place = find(source, hash), entries[place].failures > 0 else { return }
        entries[place].failures -= 1
    }

    /// Bans a source.
    ///
    /// - Parameter time: nil: as long as it is its turn to be.
    /// - Returns: for how long; nil when there is no place.
    mutating func ban(
        _ source: SourceKey, hash: UInt64, _ cause: BanCause, for time: Duration?, at now: Instant
    ) -> Duration? {
        guard let place = take(source, hash, at: now) else { return nil }
        if cause == .scanner, entries[place].isBanned(at: now) { return nil }
        return ban(place, cause, time, at: now)
    }

    /// - Returns: whether it was banned.
    mutating func remove(_ source: SourceKey, hash: UInt64, at now: Instant) -> Bool {
        guard let place = find(source, hash) else { return false }
        let wasBanned = entries[place].isBanned(at: now)
        entries[place] = Entry()
        count -= 1
        return wasBanned
    }

    private mutating func ban(
        _ place: Int, _ cause: BanCause, _ time: Duration?, at now: Instant
    ) -> Duration {
        var length = time ?? settings.firstBan
        if time == nil {
            for _ in 0..<min(entries[place].bans, 32) where length < settings.longestBan {
                length = length * 2
            }
            length = min(length, settings.longestBan)
        }
        let isForEver = length >= BanCause.forEver
        entries[place].bannedUntil =
            isForEver ? Instant(nanoseconds: .max) : now + length
        entries[place].touched = isForEver ? now : now + length
        entries[place].bans += 1
        entries[place].failures = 0
        entries[place].cause = cause
        return length
    }

    private func find(_ source: SourceKey, _ hash: UInt64) -> Int? {
        let first = Int(hash % sets) * Self.ways
        return (first..<first + Self.ways).first { entries[$0].source == Self.word(source) }
    }

    /// The place of a source, a new one when it has none; nil when all are taken for ever.
    private mutating func take(_ source: SourceKey, _ hash: UInt64, at now: Instant) -> Int? {
        if let place = find(source, hash) {
            // Quiet for long: what was is forgotten.
            if now - entries[place].touched > settings.memory, !entries[place].isBanned(at: now) {
                entries[place] = Entry(source: Self.word(source))
            }
            entries[place].touched = max(now, entries[place].touched)
            return place
        }
        let first = Int(hash % sets) * Self.ways
        let place = (first..<first + Self.ways).filter { !entries[$0].isForEver }.min {
            order(entries[$0], at: now) < order(entries[$1], at: now)
        }
        guard let place else { return nil }
        if entries[place].source == 0 { count += 1 }
        entries[place] = Entry(source: Self.word(source), touched: now)
        return place
    }

    /// Who gives way first: nobody, those who are not banned by their age, then the bans by their ends.
    private func order(_ entry: Entry, at now: Instant) -> (Int, Int64) {
        if entry.source == 0 { return (0, 0) }
        return entry.isBanned(at: now)
            ? (2, entry.bannedUntil.nanoseconds) : (1, entry.touched.nanoseconds)
    }

    private static func word(_ source: SourceKey) -> UInt64 {
        source.word == 0 ? .max : source.word
    }
}
