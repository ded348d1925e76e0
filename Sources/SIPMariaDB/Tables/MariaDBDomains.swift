public import SIPCore
import SIPLocation

/// The domains that are served: table `domain`.
public struct MariaDBDomains: Sendable {
    private let database: MariaDBDatabase

    public init(_ database: MariaDBDatabase) { self.database = database }

    /// All served domains in small letters, by name.
    ///
    /// - Throws: ``StoreError``.
    public func list() async throws -> [ByteSlice] {
        let name = database.settings.tables.domain
        return try await database.tables.run("list the domains") { connection in
            let table = try connection.table(name)
            try table.require("domain")
            var domains: [ByteSlice] = []
            try connection.query("SELECT domain FROM \(table.quoted) ORDER BY domain") { row in
                guard let domain = row.bytes(0), !domain.isEmpty else { return }
                domains.append(ByteSlice(domain.map(\.lowercased)))
            }
            return domains
        }
    }

    /// Serves a domain; it is no error when it is served already.
    ///
    /// - Throws: ``StoreError``.
    public func add(_ domain: String, at now: UnixTime) async throws {
        let settings = database.settings
        let text = ByteSlice(domain.utf8.map(\.lowercased))
        try await database.writes.run("add the domain") { connection in
            let table = try connection.table(settings.tables.domain)
            try table.require("domain")
            guard let column = table.columns["domain"] else { return }
            var columns: [(String, Value)] = [("domain", try column.check(text, in: table))]
            // Kamailio groups domains by it.
            if table.has("did") { columns.append(("did", .bytes(text))) }
            if let column = table.columns["last_modified"] {
                let clock = ColumnClock(settings.clock)
                columns.append(("last_modified", clock.value(now, for: column)))
            }
            columns += try table.fillers(
                besides: columns.map(\.0), now: .text("2000-01-01 00:00:01"))
            var isThere = false
            try connection.query(
                "SELECT 1 FROM \(table.quoted) WHERE domain = ?", [.bytes(text)]
            ) { _ in isThere = true }
            guard !isThere else { return }
            let names = columns.map(\.0.quotedName).joined(separator: ", ")
            let marks = Array(repeating: "?", count: columns.count).joined(separator: ", ")
            try connection.execute(
                "INSERT INTO \(table.quoted) (\(names)) VALUES (\(marks))", columns.map(\.1))
        }
    }

    /// - Returns: whether the domain was served.
    /// - Throws: ``StoreError``.
    public func remove(_ domain: String) async throws -> Bool {
        let name = database.settings.tables.domain
        return try await database.writes.run("remove the domain") { connection in
            let table = try connection.table(name)
            try table.require("domain")
            return try connection.execute(
                "DELETE FROM \(table.quoted) WHERE domain = ?", [.text(domain)]) > 0
        }
    }
}
