import SIPCore
import SIPLocation

/// An account and a word that belongs to it, as the tables `grp` and `uri` keep them.
struct AccountName: Sendable {
    let user: ByteSlice
    let domain: ByteSlice
    /// The group, or the user part.
    let other: ByteSlice
}

extension Connection {
    /// Whether each has a row.
    ///
    /// - Parameter other: the column of the word.
    func rows(
        _ table: Table, of names: [AccountName], other: String, _ settings: MariaDBSettings
    ) throws -> [Bool] {
        let isByDomain = settings.usesDomain && table.has("domain")
        let one = "(username = ? AND \(other) = ?\(isByDomain ? " AND domain = ?" : ""))"
        let size = BatchSize.fitting(names.count)
        var asked = names
        while asked.count < size, let last = names.last { asked.append(last) }
        var answers = [Bool](repeating: false, count: names.count)
        try query(
            """
            SELECT username, \(other), \(isByDomain ? "domain" : "''") FROM \(table.quoted) \
            WHERE \(Array(repeating: one, count: size).joined(separator: " OR "))
            """,
            asked.flatMap { name -> [Value] in
                [.bytes(name.user), .bytes(name.other)] + (isByDomain ? [.bytes(name.domain)] : [])
            }
        ) { row in
            guard let user = row.bytes(0), let word = row.bytes(1) else { return }
            let domain = row.bytes(2) ?? ""
            for (index, name) in names.enumerated()
            where name.user == user && name.other == word {
                if !isByDomain || domain.equalsIgnoringCase(name.domain) { answers[index] = true }
            }
        }
        return answers
    }
}

/// A row of `grp` or `uri` that an operator adds or removes.
struct NamedRow: Sendable {
    let table: String
    let user: String
    let domain: String
    let other: (column: String, word: String)
    let now: UnixTime

    func insert(in database: MariaDBDatabase, _ what: String) async throws {
        let settings = database.settings
        let (key, row) = (AccountKey(user, domain, settings), self)
        try await database.writes.run(what) { connection in
            let table = try connection.table(row.table)
            try table.require("username", row.other.column)
            guard try !row.isThere(key, table, connection) else { return }
            var texts = [("username", row.user), row.other]
            if table.has("domain") { texts.append(("domain", row.domain)) }
            var columns: [(String, Value)] = []
            for (name, text) in texts {
                guard let column = table.columns[name] else { continue }
                columns.append((name, try column.check(ByteSlice(text), in: table)))
            }
            if let column = table.columns["last_modified"] {
                let clock = ColumnClock(settings.clock)
                columns.append(("last_modified", clock.value(row.now, for: column)))
            }
            columns += try table.fillers(
                besides: columns.map(\.0), now: .text("2000-01-01 00:00:01"))
            let names = columns.map(\.0.quotedName).joined(separator: ", ")
            let marks = Array(repeating: "?", count: columns.count).joined(separator: ", ")
            try connection.execute(
                "INSERT INTO \(table.quoted) (\(names)) VALUES (\(marks))", columns.map(\.1))
        }
    }

    func delete(in database: MariaDBDatabase, _ what: String) async throws -> Bool {
        let (key, row) = (AccountKey(user, domain, database.settings), self)
        return try await database.writes.run(what) { connection in
            let table = try connection.table(row.table)
            try table.require("username", row.other.column)
            return try connection.execute(
                "DELETE FROM \(table.quoted) WHERE \(row.condition(key))", row.values(key)) > 0
        }
    }

    private func isThere(
        _ key: AccountKey, _ table: Table, _ connection: Connection
    ) throws -> Bool {
        var isThere = false
        try connection.query(
            "SELECT 1 FROM \(table.quoted) WHERE \(condition(key)) LIMIT 1", values(key)
        ) { _ in isThere = true }
        return isThere
    }

    private func condition(_ key: AccountKey) -> String {
        "\(key.condition) AND \(other.column) = ? AND BINARY \(other.column) = ?"
    }

    private func values(_ key: AccountKey) -> [Value] {
        key.values + [.text(other.word), .text(other.word)]
    }
}
