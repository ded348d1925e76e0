import GRDB
public import SIPAuth
public import SIPCore
import SIPLocation

/// Words that belong to accounts: table `grp`, or table `uri`.
public struct SQLiteWords: AccountWordTable {
    /// Which of the two tables.
    public enum Kind: Hashable, Sendable {
        /// Groups that accounts are in.
        case groups
        /// User parts that accounts may use in To and From.
        case names
    }

    private let database: SQLiteDatabase
    private let name: String
    private let column: String

    public init(_ kind: Kind, _ database: SQLiteDatabase) {
        self.database = database
        (name, column) =
            switch kind {
            case .groups: ("grp", "grp")
            case .names: ("uri", "uri_user")
            }
    }

    public func revision() async throws -> Int64 { try await database.revision(of: name) }

    public func list() async throws -> [AccountWord] {
        try await database.readLong("list table \(name)") { [self] db in
            let rows = try Row.fetchCursor(
                db,
                sql: "SELECT username, domain, \(column) FROM \(name) ORDER BY domain, username, 3")
            var words: [AccountWord] = []
            while let row = try rows.next() {
                words.append(
                    AccountWord(
                        username: try row.bytes(0) ?? "", domain: try row.bytes(1) ?? "",
                        word: try row.bytes(2) ?? ""))
            }
            return words
        }
    }

    public func add(_ word: AccountWord, at now: UnixTime) async throws -> Bool {
        try await database.write("store a row of table \(name)") { [self] db in
            try insert(word, at: now, db)
        }
    }

    public func add(_ words: [AccountWord], at now: UnixTime) async throws {
        try await database.write("store rows of table \(name)") { [self] db in
            for word in words { _ = try insert(word, at: now, db) }
        }
    }

    public func remove(
        _ word: ByteSlice?, of username: ByteSlice, domain: ByteSlice
    ) async throws -> Int {
        try await database.write("remove from table \(name)") { [self] db in
            var arguments = Self.account(username, domain)
            if let word { arguments += [word.databaseValue] }
            try db.execute(
                sql: "DELETE FROM \(name) WHERE username = ? AND domain = ?"
                    + (word == nil ? "" : " AND \(column) = ?"),
                arguments: arguments)
            return db.changesCount
        }
    }

    private func insert(_ word: AccountWord, at now: UnixTime, _ db: Database) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO \(name) (username, domain, \(column), last_modified)
                VALUES (?, ?, ?, ?)
                """)
        try statement.execute(
            arguments: Self.account(word.username, word.domain)
                + [word.word.databaseValue, now.seconds])
        return db.changesCount > 0
    }

    private static func account(_ username: ByteSlice, _ domain: ByteSlice) -> StatementArguments {
        [username.databaseValue, ByteSlice(domain.map(\.lowercased)).databaseValue]
    }
}
