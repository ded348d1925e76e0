import GRDB
import SIPAuth
import SIPCore
public import SIPLocation

// What an operator does with accounts.
extension SQLiteSubscribers {
    /// How a password is kept.
    public enum Storage: Hashable, Sendable {
        /// As it is: serves every digest algorithm and realm.
        case password
        /// As the hashes of name, realm and password for MD5, SHA-256 and SHA-512-256: a stolen file gives no passwords
        /// away, but a changed realm makes all accounts useless.
        case hashes(realm: String)
    }

    /// An account to be made.
    public struct NewAccount: Sendable {
        public var username: String
        public var domain: String
        public var password: String

        public init(username: String, domain: String, password: String) {
            self.username = username
            self.domain = domain
            self.password = password
        }
    }

    /// Adds an account.
    ///
    /// - Throws: ``StoreError``; of kind `refused` when there is one of that name already, or the name can't be one.
    public func add(_ account: NewAccount, as storage: Storage = .password) async throws {
        let record = try AccountRecord(account, storage)
        let isNew = try await database.write("add the account") { try record.insert($0) }
        guard isNew else {
            throw StoreError(.refused, "there is an account \(account.address) already")
        }
    }

    /// Gives an account another password.
    ///
    /// - Returns: whether there is such an account.
    /// - Throws: ``StoreError``.
    public func setPassword(_ account: NewAccount, as storage: Storage = .password) async throws
        -> Bool
    {
        let record = try AccountRecord(account, storage)
        return try await database.write("change the password") { try record.update($0) }
    }

    /// Removes an account and the bindings of its address.
    ///
    /// - Returns: whether there was such an account.
    /// - Throws: ``StoreError``.
    public func remove(username: String, domain: String) async throws -> Bool {
        let address = AddressOfRecord(user: ByteSlice(username), host: ByteSlice(domain))
        let arguments: StatementArguments = [
            address.user.databaseValue, address.host.databaseValue,
        ]
        return try await database.write("remove the account") { db in
            try db.execute(
                sql: "DELETE FROM location WHERE username = ? AND domain = ?", arguments: arguments)
            try db.execute(
                sql: "DELETE FROM subscriber WHERE username = ? AND domain = ?",
                arguments: arguments)
            return db.changesCount > 0
        }
    }

    /// The accounts' addresses by name.
    ///
    /// - Throws: ``StoreError``.
    public func list() async throws -> [AddressOfRecord] {
        try await database.readLong("list the accounts") { db in
            let rows = try Row.fetchCursor(
                db, sql: "SELECT username, domain FROM subscriber ORDER BY domain, username")
            var addresses: [AddressOfRecord] = []
            while let row = try rows.next() {
                addresses.append(
                    AddressOfRecord(user: try row.bytes(0) ?? "", host: try row.bytes(1) ?? ""))
            }
            return addresses
        }
    }

    /// How many accounts there are.
    ///
    /// - Throws: ``StoreError``.
    public func count() async throws -> Int {
        try await database.read("count the accounts") { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM subscriber") ?? 0
        }
    }

    /// Adds accounts, and gives those that are there already the new password; a thousand a commit.
    ///
    /// - Parameter progress: is told how many are done, after each commit.
    /// - Throws: ``StoreError``; the accounts reported done stay.
    public func importAll(
        _ accounts: some Sequence<NewAccount>, as storage: Storage = .password,
        progress: (Int) -> Void = { _ in }
    ) async throws {
        var done = 0
        var page: [AccountRecord] = []
        for account in accounts {
            page.append(try AccountRecord(account, storage))
            guard page.count == 1000 else { continue }
            try await put(page)
            done += page.count
            page = []
            progress(done)
        }
        try await put(page)
        if !page.isEmpty { progress(done + page.count) }
    }

    private func put(_ page: [AccountRecord]) async throws {
        guard !page.isEmpty else { return }
        try await database.write("import accounts") { db in
            for record in page where try !record.insert(db) { _ = try record.update(db) }
        }
    }
}
