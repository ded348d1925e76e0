public import SIPCore
public import SIPLocation
import Synchronization

/// The aliases in the tables `aliases` (SER's, laid out like `location`) and `dbaliases` (Kamailio's), whichever are there.
///
/// An alias is what an operator made: its `expires`, which some tools left at a date long past, is not looked at.
public final class MariaDBAliases: AliasStore {
    private let database: MariaDBDatabase
    private let interval: Duration
    private let known = Mutex<(revision: Int64, end: ContinuousClock.Instant)?>(nil)

    /// - Parameter interval: how often the tables are read to see whether another process has changed them.
    public init(_ database: MariaDBDatabase, interval: Duration = .seconds(10)) {
        self.database = database
        self.interval = interval
    }

    /// A checksum of the tables, which have no other mark of a change; it is at most the interval old.
    public func revision() async throws -> Int64 {
        if let known = known.withLock({ $0 }), ContinuousClock.now < known.end {
            return known.revision
        }
        let names = database.settings.tables
        let revision = try await database.tables.run("look for new aliases") { connection in
            let first = try connection.checksum(
                names.aliases, ["username", "domain", "contact"])
            let second = try connection.checksum(
                names.dbaliases, ["alias_username", "alias_domain", "username", "domain"])
            return first &+ second &* 31
        }
        known.withLock { $0 = (revision, .now + interval) }
        return revision
    }

    /// Makes the next ``revision()`` look at once.
    public func invalidate() { known.withLock { $0 = nil } }

    public func list() async throws -> [(address: AddressOfRecord, target: ByteSlice)] {
        try await entries().map { ($0.address, $0.target) }
    }

    /// All aliases with their kinds: those of `dbaliases` first.
    ///
    /// - Throws: `StoreError`.
    public func entries() async throws -> [AliasEntry] {
        let settings = database.settings
        return try await database.tables.run("list the aliases") { connection in
            try AliasRows(settings, of: nil, connection).entries
        }
    }

    /// Makes an address an alias, or gives an alias another target in place of all it had: in the table `aliases`.
    ///
    /// - Throws: `StoreError`.
    public func set(_ address: AddressOfRecord, to target: URI, at now: UnixTime) async throws {
        let settings = database.settings
        let name = "alias-\(String(UInt64.random(in: .min ... .max), radix: 16))"
        var fields = BindingFields(
            address: address, ruid: ByteSlice(name), uri: target.text, expiresAt: nil,
            lastModified: now)
        fields.callID = ByteSlice(name)
        fields.cseq = 1
        guard let binding = Binding(fields) else {
            throw StoreError(.refused, "the alias is too long")
        }
        try await database.writes.run("store the alias") { connection in
            let layout = try LocationLayout(
                connection.table(settings.tables.aliases), settings)
            let values = try layout.values(binding)
            try connection.transaction {
                _ = try Self.delete(address, settings, connection)
                try connection.execute(layout.put, values)
            }
        }
        invalidate()
    }

    /// Makes an address an alias of accounts, or gives an alias other targets in place of all it had: in the table `dbaliases`.
    ///
    /// - Throws: `StoreError`.
    public func set(_ address: AddressOfRecord, to accounts: [AddressOfRecord]) async throws {
        let settings = database.settings
        try await database.writes.run("store the alias") { connection in
            let table = try connection.table(settings.tables.dbaliases)
            try table.require("alias_username", "username", "domain")
            let rows = try accounts.map { account in
                try [
                    ("alias_username", address.user), ("alias_domain", address.host),
                    ("username", account.user), ("domain", account.host),
                ].compactMap { name, text -> (String, Value)? in
                    guard let column = table.columns[name] else { return nil }
                    return (name, try column.check(text, in: table))
                }
            }
            try connection.transaction {
                _ = try Self.delete(address, settings, connection)
                for row in rows {
                    try connection.insert(
                        into: table, row, at: UnixTime(seconds: 0), settings.clock)
                }
            }
        }
        invalidate()
    }

    /// Removes an alias from both tables.
    ///
    /// - Returns: whether it was there.
    /// - Throws: `StoreError`.
    public func remove(_ address: AddressOfRecord) async throws -> Bool {
        let settings = database.settings
        let isRemoved = try await database.writes.run("remove the alias") { connection in
            try connection.transaction { try Self.delete(address, settings, connection) > 0 }
        }
        invalidate()
        return isRemoved
    }

    /// Removes all targets of an alias, from whichever of the tables are there.
    private static func delete(
        _ address: AddressOfRecord, _ settings: MariaDBSettings, _ connection: Connection
    ) throws -> Int {
        var count = 0
        if let table = try connection.table(ifThere: settings.tables.aliases) {
            let layout = try LocationLayout(table, settings)
            count += try connection.execute(
                """
                DELETE FROM \(table.quoted) \
                WHERE \(layout.addressCondition) AND BINARY username = ?
                """, layout.addressValues(address) + [.bytes(address.user)])
        }
        if let table = try connection.table(ifThere: settings.tables.dbaliases) {
            var condition = "alias_username = ? AND BINARY alias_username = ?"
            var values: [Value] = [.bytes(address.user), .bytes(address.user)]
            if settings.usesDomain, table.has("alias_domain") {
                condition += " AND alias_domain = ?"
                values.append(.bytes(address.host))
            }
            count += try connection.execute(
                "DELETE FROM \(table.quoted) WHERE \(condition)", values)
        }
        return count
    }
}

extension Connection {
    /// A number that changes with any row of a table; 0 when there is none.
    func checksum(_ name: String, _ columns: [String]) throws -> Int64 {
        guard let table = try table(ifThere: name) else { return 0 }
        let list = columns.filter(table.has).map { "HEX(IFNULL(\($0.quotedName), ''))" }
        var checksum: Int64 = 0
        try query(
            """
            SELECT COUNT(*), COALESCE(BIT_XOR(CRC32(CONCAT_WS(',', \(list.joined(separator: ", "))))), 0), \
            COALESCE(SUM(CRC32(CONCAT_WS('.', \(list.joined(separator: ", "))))), 0) FROM \(table.quoted)
            """
        ) { row in
            let sum = row.text(2).utf8.reduce(Int64(0)) { $0 &* 10 &+ Int64($1) }
            checksum = (row.integer(0) ?? 0) &* 1_000_003 &+ (row.integer(1) ?? 0) &+ sum &* 7919
        }
        return checksum
    }
}
