import GRDB
import SIPAuth
import SIPCore
import SIPLocation

/// An account as a row of table `subscriber`.
struct AccountRecord: Sendable {
    private let name: [DatabaseValue]
    private let secrets: [DatabaseValue]

    /// - Throws: ``StoreError`` of kind `refused` for what can't be an account.
    init(
        _ account: SQLiteSubscribers.NewAccount, _ storage: SQLiteSubscribers.Storage
    ) throws(StoreError) {
        try account.check()
        let domain = ByteSlice(account.domain.utf8.map(\.lowercased))
        name = [ByteSlice(account.username).databaseValue, domain.databaseValue]
        switch storage {
        case .password:
            let none = ByteSlice("").databaseValue
            secrets = [ByteSlice(account.password).databaseValue, none, none, none, none]
        case .hashes(let realm):
            do {
                let user = account.username
                secrets = try [
                    "",
                    account.hash(user, realm, .md5),
                    account.hash("\(user)@\(domain)", realm, .md5),
                    account.hash(user, realm, .sha256),
                    account.hash(user, realm, .sha512t256),
                ].map { ByteSlice($0).databaseValue }
            } catch {
                throw StoreError(.unavailable, "can't hash the password: \(error)")
            }
        }
    }

    /// - Returns: false when there is an account of that name already.
    func insert(_ db: Database) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO subscriber
                (username, domain, password, ha1, ha1b, ha1_sha256, ha1_sha512t256)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (username, domain) DO NOTHING
                """)
        try statement.execute(arguments: StatementArguments(name + secrets))
        return db.changesCount > 0
    }

    /// - Returns: false when there is no account of that name.
    func update(_ db: Database) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE subscriber
                SET password = ?, ha1 = ?, ha1b = ?, ha1_sha256 = ?, ha1_sha512t256 = ?
                WHERE username = ? AND domain = ?
                """)
        try statement.execute(arguments: StatementArguments(secrets + name))
        return db.changesCount > 0
    }
}

extension SQLiteSubscribers.NewAccount {
    /// The account's address, for messages.
    var address: String { domain.isEmpty ? username : "\(username)@\(domain)" }

    /// A name that no phone could send, or that a log line could not hold, is refused.
    fileprivate func check() throws(StoreError) {
        guard !username.isEmpty else { throw StoreError(.refused, "a user name is missing") }
        guard !password.isEmpty else {
            throw StoreError(.refused, "the password of \(address) is missing")
        }
        for (what, text) in [("user name", username), ("domain", domain), ("password", password)]
        where text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw StoreError(.refused, "the \(what) has a control character in it")
        }
        guard !domain.utf8.contains(0x40), !domain.utf8.contains(0x20) else {
            throw StoreError(.refused, "\(domain.debugDescription) is no domain")
        }
    }

    fileprivate func hash(
        _ username: String, _ realm: String, _ algorithm: DigestAlgorithm
    ) throws(CryptographyError) -> String {
        try Digest.ha1(
            username: username, realm: realm, password: password, algorithm: algorithm)
    }
}
