public import SIPAuth
public import SIPCore
import SIPLocation

/// Words that belong to accounts: table `grp`, or table `uri`. Where there is no such table there are none.
public struct MariaDBWords: AccountWordTable {
    /// Which of the two tables.
    public enum Kind: Hashable, Sendable {
        /// Groups that accounts are in.
        case groups
        /// User parts that accounts may use in To and From.
        case names
    }

    private let database: MariaDBDatabase
    private let name: String
    private let column: String

    public init(_ kind: Kind, _ database: MariaDBDatabase) {
        self.database = database
        let tables = database.settings.tables
        (name, column) =
            switch kind {
            case .groups: (tables.group, "grp")
            case .names: (tables.uri, "uri_user")
            }
    }

    public func revision() async throws -> Int64 {
        try await database.tables.run("look for changes of table \(name)") { [self] connection in
            try connection.checksum(name, ["username", "domain", column])
        }
    }

    /// All rows. Without `use_domain` an account's row is good in every domain.
    ///
    /// - Throws: `StoreError`.
    public func list() async throws -> [AccountWord] {
        try await database.tables.run("list table \(name)") { [self] connection in
            guard let table = try connection.table(ifThere: name) else { return [] }
            try table.require("username", column)
            let domain = database.settings.usesDomain && table.has("domain") ? "domain" : "''"
            var words: [AccountWord] = []
            try connection.query(
                "SELECT username, \(domain), \(column) FROM \(table.quoted) ORDER BY 2, 1, 3"
            ) { row in
                guard let user = row.bytes(0), let word = row.bytes(2), !user.isEmpty else {
                    return
                }
                words.append(
                    AccountWord(username: user, domain: row.bytes(1) ?? "", word: word))
            }
            return words
        }
    }

    public func add(_ word: AccountWord, at now: UnixTime) async throws -> Bool {
        try await database.writes.run("store a row of table \(name)") { [self] connection in
            try insert(word, at: now, connection)
        }
    }

    public func add(_ words: [AccountWord], at now: UnixTime) async throws {
        try await database.writes.run("store rows of table \(name)") { [self] connection in
            try connection.transaction {
                for word in words { _ = try insert(word, at: now, connection) }
            }
        }
    }

    public func remove(
        _ word: ByteSlice?, of username: ByteSlice, domain: ByteSlice
    ) async throws -> Int {
        try await database.writes.run("remove from table \(name)") { [self] connection in
            let table = try connection.table(name)
            try table.require("username", column)
            let (condition, values) = condition(word, username, domain, table)
            return try connection.execute(
                "DELETE FROM \(table.quoted) WHERE \(condition)", values)
        }
    }

    /// - Returns: false when it is there already. The key of the table compares without case, and there may be none.
    private func insert(
        _ word: AccountWord, at now: UnixTime, _ connection: Connection
    ) throws -> Bool {
        let table = try connection.table(name)
        try table.require("username", column)
        var isThere = false
        let (condition, values) = condition(word.word, word.username, word.domain, table)
        try connection.query(
            "SELECT 1 FROM \(table.quoted) WHERE \(condition) LIMIT 1", values
        ) { _ in isThere = true }
        guard !isThere else { return false }
        let domain = ByteSlice(word.domain.map(\.lowercased))
        var columns: [(String, Value)] = []
        for (name, text) in [
            ("username", word.username), ("domain", domain), (column, word.word),
        ] {
            guard let column = table.columns[name] else { continue }
            columns.append((name, try column.check(text, in: table)))
        }
        let clock = database.settings.clock
        if let column = table.columns["last_modified"] {
            columns.append(("last_modified", ColumnClock(clock).value(now, for: column)))
        }
        try connection.insert(into: table, columns, at: now, clock)
        return true
    }

    /// Chooses an account's rows, or that of one word, by bytes. The first comparison of a text finds the index.
    private func condition(
        _ word: ByteSlice?, _ username: ByteSlice, _ domain: ByteSlice, _ table: Table
    ) -> (String, [Value]) {
        var condition = "username = ? AND BINARY username = ?"
        var values: [Value] = [.bytes(username), .bytes(username)]
        if database.settings.usesDomain, table.has("domain") {
            condition += " AND domain = ?"
            values.append(.bytes(ByteSlice(domain.map(\.lowercased))))
        }
        if let word {
            condition += " AND \(column) = ? AND BINARY \(column) = ?"
            values += [.bytes(word), .bytes(word)]
        }
        return (condition, values)
    }
}
