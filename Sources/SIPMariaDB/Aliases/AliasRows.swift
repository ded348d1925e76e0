import SIPCore
import SIPLocation

/// The rows of both tables of aliases: `dbaliases` first, since it is the one made for the purpose.
struct AliasRows {
    private(set) var entries: [AliasEntry] = []
    private let settings: MariaDBSettings

    /// - Parameter addresses: those that are asked for; nil for all.
    init(
        _ settings: MariaDBSettings, of addresses: [AddressOfRecord]?, _ connection: Connection
    ) throws {
        self.settings = settings
        if let table = try connection.table(ifThere: settings.tables.dbaliases) {
            try table.require("alias_username", "username", "domain")
            try read(table, ("alias_username", "alias_domain"), addresses, connection)
        }
        if let table = try connection.table(ifThere: settings.tables.aliases) {
            try table.require("username", "contact")
            try read(table, ("username", "domain"), addresses, connection)
        }
    }

    private mutating func read(
        _ table: Table, _ names: (user: String, domain: String), _ addresses: [AddressOfRecord]?,
        _ connection: Connection
    ) throws {
        let isByDomain = settings.usesDomain && table.has(names.domain)
        let target = table.has("contact") ? "contact, NULL" : "username, domain"
        let order = table.primaryKey.map(\.quotedName).joined(separator: ", ")
        var sql = """
            SELECT \(names.user), \(isByDomain ? names.domain : "NULL"), \(target) FROM \(table.quoted)
            """
        var values: [Value] = []
        if let addresses, let last = addresses.last {
            let size = BatchSize.fitting(addresses.count)
            let asked = addresses + Array(repeating: last, count: size - addresses.count)
            let one =
                isByDomain ? "(\(names.user) = ? AND \(names.domain) = ?)" : "\(names.user) = ?"
            sql += " WHERE \(Array(repeating: one, count: size).joined(separator: " OR "))"
            values = asked.flatMap { address -> [Value] in
                isByDomain ? [.bytes(address.user), .bytes(address.host)] : [.bytes(address.user)]
            }
        }
        sql += " ORDER BY \(order.isEmpty ? "1, 2, 3" : order)"
        let hasContact = table.has("contact")
        let ownHost = ByteSlice(settings.usesDomain ? "" : settings.domain)
        let otherHost = ByteSlice(settings.domain)
        var found: [AliasEntry] = []
        try connection.query(sql, values) { row in
            guard let alias = row.bytes(0), let target = row.bytes(2) else { return }
            let address = AddressOfRecord(user: alias, host: row.bytes(1) ?? ownHost)
            if hasContact {
                found.append(AliasEntry(address: address, target: target, kind: .uri))
            } else {
                let host = row.bytes(3).flatMap { $0.isEmpty ? nil : $0 } ?? otherHost
                let account = AddressOfRecord(user: target, host: host)
                found.append(AliasEntry(address: address, account: account))
            }
        }
        entries += found
    }
}
