public import SIPAuth
public import SIPCore
import SIPLocation

/// The domains that are served: table `domain`. Where there is no such table there are none.
public struct MariaDBDomains: DomainTable {
    private let database: MariaDBDatabase

    public init(_ database: MariaDBDatabase) { self.database = database }

    public func revision() async throws -> Int64 {
        let name = database.settings.tables.domain
        return try await database.tables.run("look for new domains") { connection in
            try connection.checksum(name, ["domain"])
        }
    }

    /// All served domains in small letters, by name.
    ///
    /// - Throws: `StoreError`.
    public func list() async throws -> [ByteSlice] {
        let name = database.settings.tables.domain
        return try await database.tables.run("list the domains") { connection in
            guard let table = try connection.table(ifThere: name) else { return [] }
            try table.require("domain")
            var domains: [ByteSlice] = []
            try connection.query("SELECT domain FROM \(table.quoted) ORDER BY domain") { row in
                guard let domain = row.bytes(0), !domain.isEmpty else { return }
                domains.append(ByteSlice(domain.map(\.lowercased)))
            }
            return domains
        }
    }

    public func add(_ domain: String, at now: UnixTime) async throws -> Bool {
        let settings = database.settings
        let text = ByteSlice(domain.utf8.map(\.lowercased))
        return try await database.writes.run("add the domain") { connection in
            let table = try connection.table(settings.tables.domain)
            try table.require("domain")
            guard let column = table.columns["domain"] else { return false }
            var columns: [(String, Value)] = [("domain", try column.check(text, in: table))]
            // Kamailio groups domains by it.
            if table.has("did") { columns.append(("did", .bytes(text))) }
            if let column = table.columns["last_modified"] {
                let clock = ColumnClock(settings.clock)
                columns.append(("last_modified", clock.value(now, for: column)))
            }
            var isThere = false
            try connection.query(
                "SELECT 1 FROM \(table.quoted) WHERE domain = ?", [.bytes(text)]
            ) { _ in isThere = true }
            guard !isThere else { return false }
            try connection.insert(into: table, columns, at: now, settings.clock)
            return true
        }
    }

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
