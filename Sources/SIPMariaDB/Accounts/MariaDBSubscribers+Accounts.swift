public import SIPAuth
public import SIPCore
import SIPLocation

// What an operator does with accounts.
extension MariaDBSubscribers: AccountStore {
    /// Adds an account.
    ///
    /// - Throws: `StoreError`; of kind `refused` when there is one of that name already, or the name can't be one.
    public func add(_ account: NewAccount, as storage: PasswordStorage) async throws {
        let record = try AccountRecord(account, storage)
        let (name, settings) = (table, database.settings)
        try await database.writes.run("add the account", isRepeatable: false) { connection in
            try record.insert(AccountLayout(connection.table(name), settings), connection)
        }
    }

    /// Gives an account another password.
    ///
    /// - Returns: whether there is such an account.
    /// - Throws: `StoreError`.
    public func setPassword(_ account: NewAccount, as storage: PasswordStorage) async throws
        -> Bool
    {
        let record = try AccountRecord(account, storage)
        let (name, settings) = (table, database.settings)
        return try await database.writes.run("change the password") { connection in
            try record.update(AccountLayout(connection.table(name), settings), connection)
        }
    }

    /// Removes an account, the bindings of its address, and its rows of the tables `uri` and `grp`, where there are such tables: the next
    /// account of that name inherits nothing.
    ///
    /// - Returns: whether there was such an account.
    /// - Throws: `StoreError`.
    public func remove(username: String, domain: String) async throws -> Bool {
        let (name, tables) = (table, database.settings.tables)
        let key = AccountKey(username, domain, database.settings)
        return try await database.writes.run("remove the account") { connection in
            let subscriber = try connection.table(name)
            let others = try [tables.location, tables.uri, tables.group]
                .compactMap(connection.table(ifThere:))
            return try connection.transaction {
                for table in others {
                    try connection.execute(
                        "DELETE FROM \(table.quoted) WHERE \(key.condition)", key.values)
                }
                return try connection.execute(
                    "DELETE FROM \(subscriber.quoted) WHERE \(key.condition)", key.values) > 0
            }
        }
    }

    /// The accounts' names, by domain and name.
    ///
    /// - Throws: `StoreError`.
    public func list() async throws -> [(username: ByteSlice, domain: ByteSlice)] {
        let name = table
        return try await database.tables.run("list the accounts") { connection in
            let table = try connection.table(name)
            try table.require("username")
            let domain = table.has("domain") ? "domain" : "''"
            var names: [(username: ByteSlice, domain: ByteSlice)] = []
            try connection.query(
                "SELECT username, \(domain) FROM \(table.quoted) ORDER BY 2, 1"
            ) { row in
                guard let user = row.bytes(0) else { return }
                names.append((user, row.bytes(1) ?? ""))
            }
            return names
        }
    }

    /// How many accounts there are.
    ///
    /// - Throws: `StoreError`.
    public func count() async throws -> Int {
        let name = table
        return try await database.tables.run("count the accounts") { connection in
            var count = 0
            try connection.query("SELECT COUNT(*) FROM \(connection.table(name).quoted)") {
                count = Int(clamping: $0.integer(0) ?? 0)
            }
            return count
        }
    }
}
