import SIPCore
import SIPLocation

/// The rows of both tables of aliases: `dbaliases` first, since it is the one made for the purpose.
struct AliasRows {
    struct Pair: Sendable {
        let address: AddressOfRecord
        let target: ByteSlice
    }

    private(set) var pairs: [Pair] = []
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
        var found: [Pair] = []
        try connection.query(sql, values) { row in
            guard let alias = row.bytes(0), let target = row.bytes(2) else { return }
            let host = row.bytes(3).flatMap { $0.isEmpty ? nil : $0 } ?? otherHost
            found.append(
                Pair(
                    address: AddressOfRecord(user: alias, host: row.bytes(1) ?? ownHost),
                    target: hasContact ? target : Self.uri(target, host)))
        }
        pairs += found
    }

    /// A SIP URI of a name and a host as tables keep them: what may not stand in a user part is escaped (RFC 3261 25.1).
    private static func uri(_ user: ByteSlice, _ host: ByteSlice) -> ByteSlice {
        let digits = Array("0123456789ABCDEF".utf8)
        let marks = Array("-_.!~*'()&=+$,;?/".utf8)
        var text = Array("sip:".utf8)
        for byte in user {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: text.append(byte)
            case _ where marks.contains(byte): text.append(byte)
            default: text += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return ByteSlice(text + [0x40] + host)
    }
}
