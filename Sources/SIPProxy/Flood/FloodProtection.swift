package import SIPCore
import Synchronization

/// What is known of sources: how fast they send, whose logins fail, and who is banned. ``ProxySettings/flood`` makes it a proxy's own.
///
/// Its memory is fixed: 65,536 sources that were heard lately and 8,192 whose logins failed or that are banned, in 3 MB.
public final class FloodProtection: Sendable {
    public let settings: FloodSettings
    private let key: HashKey
    private let parts: [Part]
    /// The first letters of the scanners' words, a bit for each by the lowest six of its own.
    private let firstLetters: UInt64
    private let scanners: [[UInt8]]

    /// What loops share: each locks the part that a source is in, for some tens of nanoseconds.
    private final class Part: Sendable {
        let tables: Mutex<Tables>
        init(_ tables: Tables) { self.tables = Mutex(tables) }
    }

    private struct Tables {
        var rates: RateTable?
        var bans: BanTable
        var counts = FloodCounts()
    }

    private static let partCount = 16
    private static let rateSets = 512
    private static let banSets = 64

    /// - Parameter settings: what is borne.
    public convenience init(_ settings: FloodSettings = FloodSettings()) {
        var generator = SystemRandomNumberGenerator()
        self.init(settings, key: HashKey(generator.next(), generator.next()))
    }

    /// - Parameter key: where sources are in the tables follows from it.
    package init(_ settings: FloodSettings, key: HashKey) {
        self.settings = settings
        self.key = key
        parts = (0..<Self.partCount).map { _ in
            Part(
                Tables(
                    rates: settings.rate.map {
                        RateTable(rate: $0, burst: settings.burst, sets: Self.rateSets)
                    },
                    bans: BanTable(settings, sets: Self.banSets)))
        }
        scanners = settings.scanners.map { Array($0.lowercased().utf8) }.filter { !$0.isEmpty }
        firstLetters = scanners.reduce(0) { $0 | Self.bit($1[0]) }
    }

    // MARK: For operators

    /// What was dropped since the start.
    public var counts: FloodCounts {
        parts.reduce(into: FloodCounts()) { sum, part in
            sum.add(part.tables.withLock { $0.counts })
        }
    }

    /// Who is banned, those that are free again first before the others.
    package func bans(at now: Instant) -> [Ban] {
        var entries: [BanTable.Entry] = []
        for part in parts {
            entries += part.tables.withLock { $0.bans.entries.filter { $0.isBanned(at: now) } }
        }
        entries.sort { $0.bannedUntil < $1.bannedUntil }
        return entries.map { entry in
            Ban(
                source: SourceKey(word: entry.source).description, cause: entry.cause,
                rest: entry.isForEver ? nil : entry.bannedUntil - now, count: entry.bans)
        }
    }

    /// Bans a source.
    ///
    /// - Parameter time: nil: until it is taken back.
    /// - Returns: whether there was room.
    package func ban(_ address: IPAddress, for time: Duration?, at now: Instant) -> Bool {
        ban(address, .operator, for: time ?? BanCause.forEver, at: now) != nil
    }

    /// Takes a ban back, and forgets what led to it.
    ///
    /// - Returns: whether the source was banned.
    package func unban(_ address: IPAddress, at now: Instant) -> Bool {
        with(address) { $0.bans.remove($1, hash: $2, at: now) }
    }

    // MARK: For the proxy

    package enum Verdict: Sendable, Equatable {
        case admitted
        case banned
        /// `isNews`: nobody was told of the source for a minute.
        case overRate(isNews: Bool)
    }

    /// Whether a message may be read at all.
    package func check(_ address: IPAddress, isRequest: Bool, at now: Instant) -> Verdict {
        with(address) { tables, source, hash in
            if tables.bans.isBanned(source, hash: hash, at: now) { return .banned }
            guard isRequest, let verdict = tables.rates?.admit(source, hash: hash, at: now) else {
                return .admitted
            }
            return switch verdict {
            case .admitted: .admitted
            case .dropped(let isNews): .overRate(isNews: isNews)
            }
        }
    }

    package func count(_ address: IPAddress, _ path: WritableKeyPath<FloodCounts, Int>) {
        with(address) { tables, _, _ in tables.counts[keyPath: path] &+= 1 }
    }

    /// - Returns: for how long the source is banned now, when this was one login too many.
    package func loginFailed(_ address: IPAddress, at now: Instant) -> Duration? {
        with(address) { tables, source, hash in
            let time = tables.bans.failed(source, hash: hash, at: now)
            if time != nil { tables.counts.bans += 1 }
            return time
        }
    }

    package func loginSucceeded(_ address: IPAddress) {
        with(address) { $0.bans.succeeded($1, hash: $2) }
    }

    /// - Returns: for how long it is banned; nil when it was already, or there is no room.
    package func ban(
        _ address: IPAddress, _ cause: BanCause, for time: Duration?, at now: Instant
    ) -> Duration? {
        with(address) { tables, source, hash in
            let length = tables.bans.ban(source, hash: hash, cause, for: time, at: now)
            if length != nil { tables.counts.bans += 1 }
            return length
        }
    }

    /// Whether a User-Agent is a scanner's.
    package func isScanner(_ agent: ByteSlice) -> Bool {
        let bytes = agent.span
        for start in bytes.indices where firstLetters & Self.bit(bytes[start].inSmall) != 0 {
            for word in scanners where bytes[start].inSmall == word[0] {
                if word.isSpelt(in: bytes, at: start) { return true }
            }
        }
        return false
    }

    private static func bit(_ letter: UInt8) -> UInt64 { 1 << UInt64(letter & 63) }

    private func hash(_ source: SourceKey) -> (low: UInt64, high: UInt64) {
        var hash = SipHash(key: key)
        hash.append(source.word)
        return hash.finish()
    }

    private func with<Result>(
        _ address: IPAddress, _ work: (inout Tables, SourceKey, UInt64) -> Result
    ) -> Result {
        let source = SourceKey(address)
        let hash = hash(source).low
        return parts[Int(hash >> 60)].tables.withLock { work(&$0, source, hash) }
    }
}

extension [UInt8] {
    /// Whether the text has these small letters there, in any case.
    fileprivate func isSpelt(in text: Span<UInt8>, at start: Int) -> Bool {
        guard count <= text.count - start else { return false }
        for index in indices where text[start + index].inSmall != self[index] { return false }
        return true
    }
}

extension UInt8 {
    /// The byte, a capital made small.
    fileprivate var inSmall: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
