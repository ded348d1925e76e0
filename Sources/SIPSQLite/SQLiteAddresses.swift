import GRDB
public import SIPAuth
import SIPCore
import SIPLocation

/// The peers in the table `address`.
public struct SQLiteAddresses: AddressTable {
    private let database: SQLiteDatabase
    private let warn: @Sendable (String) -> Void

    /// - Parameter warn: is told, in one line each, which rows are no network.
    public init(_ database: SQLiteDatabase, warn: @escaping @Sendable (String) -> Void = { _ in }) {
        self.database = database
        self.warn = warn
    }

    public func revision() async throws -> Int64 { try await database.revision(of: "address") }

    public func list() async throws -> [TrustedAddress] {
        try await database.readLong("list the trusted addresses") { [warn] db in
            try Self.rows(db).compactMap { row in
                if row.address == nil {
                    warn("table address: \(row.text)/\(row.mask) is no network")
                }
                return row.address
            }
        }
    }

    public func add(_ address: TrustedAddress) async throws -> Bool {
        try await database.write("store the trusted address") { db in
            guard try Self.numbers(of: address, db).isEmpty else { return false }
            try db.execute(
                sql: "INSERT INTO address (grp, ip_addr, mask, port, tag) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    address.group, address.networkText.databaseValue, address.prefixLength,
                    Int(address.port ?? 0), address.tag.databaseValueOrNull,
                ])
            return true
        }
    }

    public func remove(_ address: TrustedAddress) async throws -> Bool {
        try await database.write("remove the trusted address") { db in
            let numbers = try Self.numbers(of: address, db)
            for number in numbers {
                try db.execute(sql: "DELETE FROM address WHERE id = ?", arguments: [number])
            }
            return !numbers.isEmpty
        }
    }

    /// The rows with this network, mask, group and port: an IPv6 address has several spellings.
    private static func numbers(of address: TrustedAddress, _ db: Database) throws -> [Int64] {
        try rows(db).compactMap { row in
            guard var found = row.address else { return nil }
            found.tag = address.tag
            return found == address ? row.number : nil
        }
    }

    private static func rows(
        _ db: Database
    ) throws -> [(number: Int64, text: String, mask: Int64, address: TrustedAddress?)] {
        try Row.fetchAll(db, sql: "SELECT id, grp, ip_addr, mask, port, tag FROM address").map {
            row in
            // A column of SQLite's may hold anything.
            func integer(_ index: Int) -> Int64? { Int64.fromDatabaseValue(row[index]) }
            let mask = integer(3) ?? -1
            return (
                integer(0) ?? 0, try row.text(2), mask,
                TrustedAddress(
                    group: integer(1) ?? 1, network: try row.bytes(2) ?? "", prefixLength: mask,
                    port: integer(4) ?? 0, tag: try row.bytes(5) ?? "")
            )
        }
    }
}
