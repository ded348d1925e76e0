import GRDB
public import SIPCore
public import SIPLocation

/// The aliases in a file: table `aliases`.
public struct SQLiteAliases: AliasStore {
    private let database: SQLiteDatabase

    public init(_ database: SQLiteDatabase) { self.database = database }

    public func revision() async throws -> Int64 {
        try await database.read("look for new aliases") { db in
            let statement = try db.cachedStatement(
                sql: "SELECT number FROM revision WHERE of = 'aliases'")
            return try Int64.fetchOne(statement) ?? 0
        }
    }

    /// Makes an address an alias, or gives an alias another target.
    ///
    /// - Throws: ``StoreError``.
    public func set(_ address: AddressOfRecord, to target: URI, at now: UnixTime) async throws {
        try await database.write("store the alias") { db in
            try db.execute(
                sql: """
                    INSERT INTO aliases (username, domain, contact, last_modified) VALUES (?, ?, ?, ?)
                    ON CONFLICT (username, domain) DO UPDATE SET
                    contact = excluded.contact, last_modified = excluded.last_modified
                    """,
                arguments: [
                    address.user.databaseValue, address.host.databaseValue,
                    target.text.databaseValue, now.seconds,
                ])
        }
    }

    /// - Returns: whether it was there.
    /// - Throws: ``StoreError``.
    public func remove(_ address: AddressOfRecord) async throws -> Bool {
        try await database.write("remove the alias") { db in
            try db.execute(
                sql: "DELETE FROM aliases WHERE username = ? AND domain = ?",
                arguments: [address.user.databaseValue, address.host.databaseValue])
            return db.changesCount > 0
        }
    }

    /// All aliases by name, each with its target as it is stored.
    ///
    /// - Throws: ``StoreError``.
    public func list() async throws -> [(address: AddressOfRecord, target: ByteSlice)] {
        try await database.readLong("list the aliases") { db in
            let rows = try Row.fetchCursor(
                db,
                sql: "SELECT username, domain, contact FROM aliases ORDER BY domain, username")
            var aliases: [(address: AddressOfRecord, target: ByteSlice)] = []
            while let row = try rows.next() {
                let address = AddressOfRecord(
                    user: try row.bytes(0) ?? "", host: try row.bytes(1) ?? "")
                aliases.append((address, try row.bytes(2) ?? ""))
            }
            return aliases
        }
    }
}
