import SIPCore
package import SIPProxy

/// A source that is banned, as commands show it.
package struct ControlBan: Codable, Equatable, Sendable {
    package var source: String
    /// logins, scanner or operator.
    package var cause: String
    /// Seconds; nil: until it is taken back.
    package var rest: Int64?
    /// How often it was banned.
    package var count: Int

    package init(_ ban: Ban) {
        source = ban.source
        cause = ban.cause.rawValue
        rest = ban.rest?.components.seconds
        count = ban.count
    }
}

/// What was dropped since the start.
package struct ControlFlood: Codable, Equatable, Sendable {
    package var banned: Int
    package var overRate: Int
    package var scanners: Int
    package var bans: Int

    package init(_ counts: FloodCounts) {
        banned = counts.banned
        overRate = counts.overRate
        scanners = counts.scanners
        bans = counts.bans
    }
}

extension ControlDesk {
    /// - Throws: `Failure` for an address that is none, or when nobody is banned at all.
    static func carryOut(
        _ request: ControlRequest, _ flood: FloodProtection?
    ) throws(Failure) -> ControlReply {
        guard let flood else {
            throw Failure(
                .negative, "flood protection is off: flood: {enabled: true} in the settings")
        }
        switch request {
        case .ban(let text, let seconds):
            let time = seconds.map { Duration.seconds(max(1, $0)) }
            guard flood.ban(try address(of: text), for: time) else {
                throw Failure(.negative, "the table of bans is full")
            }
            return .done(count: 1)
        case .unban(let text):
            return .done(count: flood.unban(try address(of: text)) ? 1 : 0)
        default:
            return .bans(
                entries: flood.bans.map { ControlBan($0) }, counts: ControlFlood(flood.counts))
        }
    }

    /// An address, or a network as ``ControlBan/source`` spells it.
    private static func address(of text: String) throws(Failure) -> IPAddress {
        let bare = text.hasSuffix("/64") ? String(text.dropLast(3)) : text
        guard let address = IPAddress(bare) else {
            throw Failure(.data, "expected an address such as 192.0.2.7 or 2001:db8::/64")
        }
        return address
    }
}
