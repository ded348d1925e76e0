import GRDB
public import SIPCore
public import SIPLocation

/// The aliases in a file: table `aliases`, whose target is a URI, and table `dbaliases`, whose target is an account.
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

    /// Makes an address an alias, or gives an alias another target in place of all it had: in the table `aliases`.
    ///
    /// - Throws: `StoreError`.
    public func set(_ address: AddressOfRecord, to target: URI, at now: UnixTime) async throws {
        try await database.write("store the alias") { db in
            _ = try Self.delete(address, db)
            try db.execute(
                sql: """
                    INSERT INTO aliases (username, domain, contact, last_modified) VALUES (?, ?, ?, ?)
                    """,
                arguments: Self.key(address) + [target.text.databaseValue, now.seconds])
        }
    }

    /// Makes an address an alias of accounts, or gives an alias other targets in place of all it had: in the table `dbaliases`.
    ///
    /// - Throws: `StoreError`.
    public func set(_ address: AddressOfRecord, to accounts: [AddressOfRecord]) async throws {
        try await database.write("store the alias") { db in
            _ = try Self.delete(address, db)
            for account in accounts {
                try db.execute(
                    sql: """
                        INSERT OR IGNORE INTO dbaliases (alias_username, alias_domain, username, domain)
                        VALUES (?, ?, ?, ?)
                        """,
                    arguments: Self.key(address) + Self.key(account))
            }
        }
    }

    /// Removes an alias from both tables.
    ///
    /// - Returns: whether it was there.
    /// - Throws: `StoreError`.
    public func remove(_ address: AddressOfRecord) async throws -> Bool {
        try await database.write("remove the alias") { db in try Self.delete(address, db) > 0 }
    }

    /// All aliases, each with its target as it is stored.
    ///
    /// - Throws: `StoreError`.
    public func list() async throws -> [(address: AddressOfRecord, target: ByteSlice)] {
        try await entries().map { ($0.address, $0.target) }
    }

    /// All aliases with their kinds, by name: those of `dbaliases` first.
    ///
    /// - Throws: `StoreError`.
    public func entries() async throws -> [AliasEntry] {
        try await database.readLong("list the aliases") { db in
            func address(_ row: Row, _ index: Int) throws -> AddressOfRecord {
                AddressOfRecord(
                    user: try row.bytes(index) ?? "", host: try row.bytes(index + 1) ?? "")
            }
            var entries = try Row.fetchAll(
                db,
                sql: """
                    SELECT alias_username, alias_domain, username, domain FROM dbaliases
                    ORDER BY alias_domain, alias_username, id
                    """
            ).map { AliasEntry(address: try address($0, 0), account: try address($0, 2)) }
            let rows = try Row.fetchCursor(
                db,
                sql: "SELECT username, domain, contact FROM aliases ORDER BY domain, username")
            while let row = try rows.next() {
                entries.append(
                    AliasEntry(
                        address: try address(row, 0), target: try row.bytes(2) ?? "", kind: .uri))
            }
            return entries
        }
    }

    private static func delete(_ address: AddressOfRecord, _ db: Database) throws -> Int {
        try db.execute(
            sql: "DELETE FROM aliases WHERE username = ? AND domain = ?", arguments: key(address))
        let count = db.changesCount
        try db.execute(
            sql: "DELETE FROM dbaliases WHERE alias_username = ? AND alias_domain = ?",
            arguments: key(address))
        return count + db.changesCount
    }

    private static func key(_ address: AddressOfRecord) -> StatementArguments {
        [address.user.databaseValue, address.host.databaseValue]
    }
}
