import SIPCore
import SIPLocation

/// A table as it is: its columns are discovered, never assumed.
final class Table: Sendable {
    let name: String
    let columns: [String: Column]
    /// In their order; empty when there is none.
    let primaryKey: [String]

    init(name: String, columns: [Column], primaryKey: [String]) {
        self.name = name
        self.columns = Dictionary(columns.map { ($0.name, $0) }) { first, _ in first }
        self.primaryKey = primaryKey
    }

    /// The name as it stands in a statement.
    var quoted: String { name.quotedName }

    func has(_ column: String) -> Bool { columns[column] != nil }

    /// - Throws: ``StoreError`` that names the table and the column that it lacks.
    func require(_ names: String...) throws(StoreError) {
        for column in names where !has(column) {
            throw StoreError(.unusable, "table \(name) has no column \(column)")
        }
    }

    /// Values for the columns that an INSERT leaves out and the server could not fill: those without a default, and those
    /// whose default is a date that modern servers refuse.
    ///
    /// - Throws: ``StoreError`` that names a column which no value is known for.
    func fillers(
        besides given: [String], at now: UnixTime, _ clock: MariaDBSettings.Clock
    ) throws(StoreError) -> [(String, Value)] {
        var fillers: [(String, Value)] = []
        for column in columns.values.sorted(by: { $0.name < $1.name })
        where !given.contains(column.name) && column.needsFiller {
            switch column.kind {
            case .datetime, .timestamp:
                fillers.append((column.name, ColumnClock(clock).value(now, for: column)))
            case .text: fillers.append((column.name, .text("")))
            case .integer, .real: fillers.append((column.name, .integer(0)))
            case .other:
                throw StoreError(
                    .unusable,
                    "column \(name).\(column.name) needs a value, and this program knows none")
            }
        }
        return fillers
    }
}

extension Table {
    /// The statement that adds a row with these columns.
    func insertion(_ columns: [(String, Value)]) -> String {
        let names = columns.map(\.0.quotedName).joined(separator: ", ")
        let marks = Array(repeating: "?", count: columns.count).joined(separator: ", ")
        return "INSERT INTO \(quoted) (\(names)) VALUES (\(marks))"
    }

    /// Asks the server what a table is like; nil when there is none.
    static func discover(_ name: String, on connection: Connection) throws -> Table? {
        var columns: [Column] = []
        try connection.query(
            """
            SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, CHARACTER_SET_NAME, \
            IS_NULLABLE, COLUMN_DEFAULT, COLUMN_TYPE, EXTRA FROM information_schema.COLUMNS \
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION
            """, [.text(name)]
        ) { columns.append(Column($0)) }
        guard !columns.isEmpty else { return nil }
        var key: [String] = []
        try connection.query(
            """
            SELECT COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() \
            AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' ORDER BY SEQ_IN_INDEX
            """, [.text(name)]
        ) { key.append($0.text(0)) }
        return Table(name: name, columns: columns, primaryKey: key)
    }
}

extension Connection {
    /// A table that may be missing.
    func table(ifThere name: String) throws -> Table? {
        if let table = tables[name] { return table }
        let table = try Table.discover(name, on: self)
        tables[name] = table
        return table
    }

    /// - Throws: ``StoreError`` when there is no such table.
    func table(_ name: String) throws -> Table {
        guard let table = try table(ifThere: name) else {
            throw StoreError(.unusable, "the database has no table \(name)")
        }
        return table
    }
}

extension Connection {
    /// Adds a row. Columns that are not given and have no default are filled.
    ///
    /// - Throws: ``ServerError``, ``StoreError``.
    func insert(
        into table: Table, _ given: [(String, Value)], at now: UnixTime,
        _ clock: MariaDBSettings.Clock
    ) throws {
        let columns = try given + table.fillers(besides: given.map(\.0), at: now, clock)
        try execute(table.insertion(columns), columns.map(\.1))
    }
}

extension String {
    /// A table's or column's name in backticks, whatever it is: some are reserved words.
    var quotedName: String {
        "`\(split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``"))`"
    }
}
