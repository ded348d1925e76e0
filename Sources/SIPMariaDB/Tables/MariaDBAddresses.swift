public import SIPAuth
import SIPCore
import SIPLocation

/// The peers in the table `address`. Where there is no such table there are none.
public struct MariaDBAddresses: AddressTable {
    private let database: MariaDBDatabase

    public init(_ database: MariaDBDatabase) { self.database = database }

    public func revision() async throws -> Int64 {
        let name = database.settings.tables.address
        return try await database.tables.run("look for new trusted addresses") { connection in
            try connection.checksum(name, ["ip_addr", "mask", "grp", "port", "tag"])
        }
    }

    public func list() async throws -> [TrustedAddress] {
        let (name, warn) = (database.settings.tables.address, database.warn)
        return try await database.tables.run("list the trusted addresses") { connection in
            guard let table = try connection.table(ifThere: name) else { return [] }
            try table.require("ip_addr", "mask")
            let group = table.has("grp") ? "grp" : "1"
            let port = table.has("port") ? "port" : "0"
            let tag = table.has("tag") ? "tag" : "NULL"
            var addresses: [TrustedAddress] = []
            try connection.query(
                "SELECT ip_addr, mask, \(group), \(port), \(tag) FROM \(table.quoted)"
            ) { row in
                guard
                    let address = TrustedAddress(
                        group: row.integer(2) ?? 1, network: row.bytes(0) ?? "",
                        prefixLength: row.integer(1), port: row.integer(3) ?? 0,
                        tag: row.bytes(4) ?? "")
                else {
                    warn("table \(name): \(row.text(0))/\(row.text(1)) is no network")
                    return
                }
                addresses.append(address)
            }
            return addresses
        }
    }

    public func add(_ address: TrustedAddress) async throws -> Bool {
        let (name, clock) = (database.settings.tables.address, database.settings.clock)
        return try await database.writes.run("store the trusted address") { connection in
            let table = try connection.table(name)
            try table.require("ip_addr", "mask")
            guard try Self.rows(equal: address, table, connection).isEmpty else { return false }
            var columns: [(String, Value)] = [("mask", .integer(Int64(address.prefixLength)))]
            for (name, text) in [("ip_addr", address.networkText), ("tag", address.tag)] {
                guard let column = table.columns[name] else { continue }
                columns.append((name, try column.check(text, in: table)))
            }
            for (name, number) in [("grp", address.group), ("port", Int(address.port ?? 0))] {
                guard table.has(name) else { continue }
                columns.append((name, .integer(Int64(number))))
            }
            try connection.insert(into: table, columns, at: UnixTime(seconds: 0), clock)
            return true
        }
    }

    public func remove(_ address: TrustedAddress) async throws -> Bool {
        let name = database.settings.tables.address
        return try await database.writes.run("remove the trusted address") { connection in
            let table = try connection.table(name)
            try table.require("ip_addr", "mask")
            // The texts that stand for it: an IPv6 address has several.
            let texts = try Self.rows(equal: address, table, connection)
            let (rest, values) = Self.rest(address, table)
            for text in texts {
                try connection.execute(
                    "DELETE FROM \(table.quoted) WHERE ip_addr = ? AND \(rest)",
                    [.bytes(text)] + values)
            }
            return !texts.isEmpty
        }
    }

    /// The addresses, as they are spelt, of the rows with this network, mask, group and port.
    private static func rows(
        equal address: TrustedAddress, _ table: Table, _ connection: Connection
    ) throws -> [ByteSlice] {
        let (rest, values) = rest(address, table)
        var texts: [ByteSlice] = []
        try connection.query("SELECT ip_addr FROM \(table.quoted) WHERE \(rest)", values) { row in
            guard let text = row.bytes(0), IPAddress(text) == address.network else { return }
            texts.append(text)
        }
        return texts
    }

    private static func rest(_ address: TrustedAddress, _ table: Table) -> (String, [Value]) {
        var condition = "mask = ?"
        var values: [Value] = [.integer(Int64(address.prefixLength))]
        for (name, number) in [("grp", address.group), ("port", Int(address.port ?? 0))]
        where table.has(name) {
            condition += " AND \(name) = ?"
            values.append(.integer(Int64(number)))
        }
        return (condition, values)
    }
}
