import GRDB
import SIPAuth
import SIPCore
import SIPLocation

/// An account as a row of table `subscriber`.
struct AccountRecord: Sendable {
    private let name: [DatabaseValue]
    private let secrets: [DatabaseValue]
    /// NULL leaves it as it is.
    private let mail: [DatabaseValue]

    /// - Throws: ``StoreError`` of kind `refused` for what can't be an account.
    init(_ account: NewAccount, _ storage: PasswordStorage) throws(StoreError) {
        if let complaint = account.complaint { throw StoreError(.refused, complaint) }
        let domain = ByteSlice(account.domain.utf8.map(\.lowercased))
        name = [ByteSlice(account.username).databaseValue, domain.databaseValue]
        mail = [(account.mail.map { ByteSlice($0).databaseValue }) ?? .null]
        do {
            let stored = try StoredSecrets(account, as: storage)
            secrets = [
                stored.password, stored.md5, stored.addressMD5, stored.sha256, stored.sha512t256,
            ].map { ByteSlice($0).databaseValue }
        } catch {
            throw StoreError(.unavailable, "can't hash the password: \(error)")
        }
    }

    /// - Returns: false when there is an account of that name already.
    func insert(_ db: Database) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO subscriber
                (username, domain, password, ha1, ha1b, ha1_sha256, ha1_sha512t256, email_address)
                VALUES (?, ?, ?, ?, ?, ?, ?, ifnull(?, '')) ON CONFLICT (username, domain) DO NOTHING
                """)
        try statement.execute(arguments: StatementArguments(name + secrets + mail))
        return db.changesCount > 0
    }

    /// - Returns: false when there is no account of that name.
    func update(_ db: Database) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE subscriber
                SET password = ?, ha1 = ?, ha1b = ?, ha1_sha256 = ?, ha1_sha512t256 = ?,
                email_address = ifnull(?, email_address)
                WHERE username = ? AND domain = ?
                """)
        try statement.execute(arguments: StatementArguments(secrets + mail + name))
        return db.changesCount > 0
    }
}
