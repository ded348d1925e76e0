import SIPCore
import SIPLocation

/// Some rows of the table, in the order of its primary key.
struct LocationPage {
    private(set) var bindings: [Binding] = []
    /// The key of the last row, to go on behind it; nil when there are no more.
    private(set) var end: [Value]?
    private(set) var skipped = 0

    /// - Parameter start: the end of the page before.
    init(
        _ layout: LocationLayout, after start: [Value]?, _ size: Int, _ connection: Connection
    ) throws {
        let table = layout.table
        // Without a key there is no order that pages could follow: then it is one page.
        let isPaged = !table.primaryKey.isEmpty
        let key = table.primaryKey.map(\.quotedName)
        let selection = ([layout.selection] + key).joined(separator: ", ")
        var sql = "SELECT \(selection) FROM \(table.quoted)"
        var values: [Value] = []
        if let start {
            sql += " WHERE \(Self.condition(key))"
            for count in key.indices { values += start.prefix(count + 1) }
        }
        if isPaged { sql += " ORDER BY \(key.joined(separator: ", ")) LIMIT \(size)" }
        var reader = LocationReader(layout)
        var found: [Binding] = []
        found.reserveCapacity(isPaged ? size : 0)
        var count = 0
        var last: Row?
        try connection.query(sql, values) { row in
            count += 1
            last = row
            if let binding = reader.binding(row) { found.append(binding) }
        }
        bindings = found
        skipped = reader.skipped
        guard isPaged, count == size, let last else { return }
        end = key.indices.map { index in
            let place = layout.columns.count + index
            if let number = last.integer(place), !last.isText(place) { return .integer(number) }
            return .bytes(orNull: last.bytes(place))
        }
    }

    /// `(a > ?) OR (a = ? AND b > ?) OR …`: what stands behind a key. The tuple comparison that says the same finds no index.
    private static func condition(_ key: [String]) -> String {
        key.indices.map { index in
            let equal = key[..<index].map { "\($0) = ?" }
            return "(\((equal + ["\(key[index]) > ?"]).joined(separator: " AND ")))"
        }.joined(separator: " OR ")
    }
}
