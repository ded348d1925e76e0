import Foundation
import GRDB
import SIPLocation
import SIPSQLite

/// A folder that is gone when the test is.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(
            "sip-sqlite-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A file that is not there yet.
    var file: String { path + "/sip.sqlite" }

    func open(
        _ durability: SQLiteDatabase.Durability = .crash
    ) throws(StoreError) -> SQLiteDatabase {
        try SQLiteDatabase(path: file, durability: durability)
    }

    /// Makes the file as an older version left it: with the migrations up to this one, and what `sql` puts into it.
    func makeOldFile(upTo migration: String?, _ sql: String) throws {
        let queue = try DatabaseQueue(path: file)
        if let migration { try Schema.migrator.migrate(queue, upTo: migration) }
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }
}

extension SQLiteDatabase {
    /// Executes statements on the writer's connection.
    func execute(_ sql: String) throws {
        try pool.writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    /// The first row as the writer's connection reads it, each value as text.
    func row(_ sql: String) throws -> [String]? {
        try pool.writeWithoutTransaction { db in
            try Row.fetchOne(db, sql: sql).map { row in
                row.databaseValues.map { value in
                    String.fromDatabaseValue(value) ?? Int.fromDatabaseValue(value).map(String.init)
                        ?? "NULL"
                }
            }
        }
    }
}

/// Bytes that are in a database's way: hardening rows "SQL injection", and names that are no text.
let hostileBytes: [[UInt8]] = [
    Array("' OR 1=1 --".utf8),
    Array("'; DROP TABLE location; --".utf8),
    Array("\"quoted\"".utf8),
    Array("%".utf8),
    Array("_lice".utf8),
    Array("back\\slash\\".utf8),
    Array("?1 :name @name $name".utf8),
    Array("\u{1F4DE}\u{10FFFF}".utf8),
    Array("e\u{301} and \u{E9}".utf8),
    [0xFF],
    [0xC3, 0x28, 0xFF, 0xFE],
    [0xF0, 0x9F, 0x93],
    [0x61, 0x00, 0x62],
    [0x00],
    Array("42".utf8),
    Array("1e3".utf8),
    Array("NULL".utf8),
    Array("alice ".utf8),
]
