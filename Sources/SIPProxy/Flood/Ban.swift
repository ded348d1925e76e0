/// Why a source is banned.
public enum BanCause: String, Hashable, Sendable, CaseIterable {
    /// Its logins failed.
    case logins
    /// Its User-Agent is a scanner's.
    case scanner
    /// An operator says so.
    case `operator`

    /// A ban that is as long as this ends when an operator takes it back.
    static let forEver = Duration.seconds(10 * 365 * 24 * 3600)
}

/// A source that is banned now.
public struct Ban: Hashable, Sendable {
    /// The IPv4 address, or the IPv6 network as `2001:db8::/64`.
    public let source: String
    public let cause: BanCause
    /// How long it lasts still; nil: until an operator takes it back.
    public let rest: Duration?
    /// How often the source was banned, this time included.
    public let count: Int
}

/// What was dropped, and what is known, since the start.
public struct FloodCounts: Hashable, Sendable {
    /// Messages of banned sources.
    public internal(set) var banned = 0
    /// Requests over the rate.
    public internal(set) var overRate = 0
    /// Requests of scanners.
    public internal(set) var scanners = 0
    /// Bans that were imposed.
    public internal(set) var bans = 0

    mutating func add(_ other: FloodCounts) {
        banned += other.banned
        overRate += other.overRate
        scanners += other.scanners
        bans += other.bans
    }
}
