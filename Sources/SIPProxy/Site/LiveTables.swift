public import SIPAuth
import Synchronization

/// The tables that a proxy goes by now. Whoever holds this replaces them while it runs, all at once.
///
/// ```swift
/// let tables = LiveTables(SiteTables(groups: [.init(username: "alice", domain: "voice.example", word: "pstn")]))
/// settings.tables = tables
/// …
/// tables.replace(with: SiteTables(…))
/// ```
public final class LiveTables: Sendable {
    private let tables: Mutex<SiteTables>

    /// - Parameter tables: those of the start.
    public init(_ tables: SiteTables = SiteTables()) { self.tables = Mutex(tables) }

    /// The tables of the moment.
    public var now: SiteTables { tables.withLock { $0 } }

    /// Asks the tables of the moment without a copy of them, whose five references cost more than the answer.
    func ask<Answer>(_ question: (SiteTables) -> Answer) -> Answer {
        tables.withLock { question($0) }
    }

    /// Goes by other tables from the next look-up on.
    public func replace(with new: SiteTables) { tables.withLock { $0 = new } }
}

/// Which names a caller may use in To (REGISTER) and From (INVITE).
public enum NameRule: Hashable, Sendable {
    /// The account's own name.
    case own
    /// Those that `SiteTables.allows(_:to:domain:)` allows, and no other: `use_uri_table` of the field.
    case tabled
    /// The account's own name, and those of the tables.
    case ownOrTabled
}
