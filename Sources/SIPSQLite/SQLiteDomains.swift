import GRDB
public import SIPAuth
public import SIPCore
import SIPLocation

/// The domains that are served: table `domain`.
public struct SQLiteDomains: DomainTable {
    private let database: SQLiteDatabase

    public init(_ database: SQLiteDatabase) { self.database = database }

    public func revision() async throws -> Int64 { try await database.revision(of: "domain") }

    public func list() async throws -> [ByteSlice] {
        try await database.readLong("list the domains") { db in
            try Row.fetchAll(db, sql: "SELECT domain FROM domain ORDER BY domain").compactMap {
                try $0.bytes(0)
            }
        }
    }

    public func add(_ domain: String, at now: UnixTime) async throws -> Bool {
        let name = ByteSlice(domain.utf8.map(\.lowercased)).databaseValue
        return try await database.write("add the domain") { db in
            try db.execute(
                sql: "INSERT OR IGNORE INTO domain (domain, did, last_modified) VALUES (?, ?, ?)",
                arguments: [name, name, now.seconds])
            return db.changesCount > 0
        }
    }

    public func remove(_ domain: String) async throws -> Bool {
        let name = ByteSlice(domain.utf8.map(\.lowercased)).databaseValue
        return try await database.write("remove the domain") { db in
            try db.execute(sql: "DELETE FROM domain WHERE domain = ?", arguments: [name])
            return db.changesCount > 0
        }
    }
}

extension SQLiteDatabase {
    /// A number that each change of a table makes another one.
    func revision(of table: String) async throws -> Int64 {
        try await read("look for changes of table \(table)") { db in
            let statement = try db.cachedStatement(sql: "SELECT number FROM revision WHERE of = ?")
            return try Int64.fetchOne(statement, arguments: [table]) ?? 0
        }
    }
}
