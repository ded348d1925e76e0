import GRDB
import SIPCore
import SIPLocation

// The e-mail address that an operator noted with an account.
extension SQLiteSubscribers {
    /// The account's e-mail address; empty when none is noted, nil when there is no such account.
    ///
    /// - Throws: `StoreError`.
    public func mailAddress(username: String, domain: String) async throws -> String? {
        let arguments = Self.key(username, domain)
        return try await database.read("look up a mail address") { db in
            try String.fetchOne(
                db,
                sql: "SELECT email_address FROM subscriber WHERE username = ? AND domain = ?",
                arguments: arguments)
        }
    }

    /// Notes an e-mail address; an empty one removes it.
    ///
    /// - Returns: whether there is such an account.
    /// - Throws: `StoreError`.
    public func setMailAddress(
        _ mail: String, username: String, domain: String
    ) async throws -> Bool {
        let arguments: StatementArguments = [mail] + Self.key(username, domain)
        return try await database.write("note a mail address") { db in
            try db.execute(
                sql: "UPDATE subscriber SET email_address = ? WHERE username = ? AND domain = ?",
                arguments: arguments)
            return db.changesCount > 0
        }
    }

    private static func key(_ username: String, _ domain: String) -> StatementArguments {
        let address = AddressOfRecord(user: ByteSlice(username), host: ByteSlice(domain))
        return [address.user.databaseValue, address.host.databaseValue]
    }
}
