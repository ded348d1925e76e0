import GRDB
public import SIPAuth
public import SIPCore
import SIPLocation

// What an operator does with accounts.
extension SQLiteSubscribers: AccountStore {
    /// Adds an account.
    ///
    /// - Throws: `StoreError`; of kind `refused` when there is one of that name already, or the name can't be one.
    public func add(_ account: NewAccount, as storage: PasswordStorage) async throws {
        let record = try AccountRecord(account, storage)
        let isNew = try await database.write("add the account") { try record.insert($0) }
        guard isNew else {
            throw StoreError(.refused, "there is an account \(account.address) already")
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
        return try await database.write("change the password") { try record.update($0) }
    }

    /// Removes an account, the bindings of its address, and its groups and further names: the next account of that name inherits nothing.
    ///
    /// - Returns: whether there was such an account.
    /// - Throws: `StoreError`.
    public func remove(username: String, domain: String) async throws -> Bool {
        let address = AddressOfRecord(user: ByteSlice(username), host: ByteSlice(domain))
        let arguments: StatementArguments = [
            address.user.databaseValue, address.host.databaseValue,
        ]
        return try await database.write("remove the account") { db in
            for table in ["location", "uri", "grp"] {
                try db.execute(
                    sql: "DELETE FROM \(table) WHERE username = ? AND domain = ?",
                    arguments: arguments)
            }
            try db.execute(
                sql: "DELETE FROM subscriber WHERE username = ? AND domain = ?",
                arguments: arguments)
            return db.changesCount > 0
        }
    }

    /// The accounts' names, by domain and name.
    ///
    /// - Throws: `StoreError`.
    public func list() async throws -> [(username: ByteSlice, domain: ByteSlice)] {
        try await database.readLong("list the accounts") { db in
            let rows = try Row.fetchCursor(
                db, sql: "SELECT username, domain FROM subscriber ORDER BY domain, username")
            var names: [(username: ByteSlice, domain: ByteSlice)] = []
            while let row = try rows.next() {
                names.append((try row.bytes(0) ?? "", try row.bytes(1) ?? ""))
            }
            return names
        }
    }

    /// How many accounts there are.
    ///
    /// - Throws: `StoreError`.
    public func count() async throws -> Int {
        try await database.read("count the accounts") { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM subscriber") ?? 0
        }
    }

    public func put(_ accounts: [NewAccount], as storage: PasswordStorage) async throws {
        let records = try accounts.map { try AccountRecord($0, storage) }
        try await database.write("import accounts") { db in
            for record in records where try !record.insert(db) { _ = try record.update(db) }
        }
    }
}
