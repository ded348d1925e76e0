import GRDB
public import SIPAuth
public import SIPCore
import SIPLocation

/// The accounts in a file: table `subscriber`.
///
/// Names are compared by their bytes; domains are kept in small letters. An account whose domain is empty is found in any.
public struct SQLiteSubscribers: Subscribers {
    let database: SQLiteDatabase

    public init(_ database: SQLiteDatabase) { self.database = database }

    public func subscriber(
        _ username: ByteSlice, domain: ByteSlice, freshness: Freshness
    ) async throws -> Subscriber? {
        try await database.read("look up an account") { db in
            // '' sorts before any name: the account of the domain itself comes first.
            let statement = try db.cachedStatement(
                sql: """
                    SELECT username, domain, password, ha1, ha1b, ha1_sha256, ha1_sha512t256
                    FROM subscriber WHERE username = ? AND domain IN (?, '')
                    ORDER BY domain DESC LIMIT 1
                    """)
            let arguments: StatementArguments = [
                username.databaseValue, ByteSlice(domain.map(\.lowercased)).databaseValue,
            ]
            return try Row.fetchOne(statement, arguments: arguments).map(Self.subscriber)
        }
    }

    static func subscriber(_ row: Row) throws -> Subscriber {
        Subscriber(username: try row.text(0), domain: try row.text(1), secret: try secret(row))
    }

    /// The password where there is one, since it serves every algorithm; else the hashes.
    private static func secret(_ row: Row) throws -> Secret {
        let password = try row.text(2)
        guard password.isEmpty else { return .password(password) }
        return .ha1(
            HA1(
                md5: try row.text(3), sha256: try row.text(5), sha512t256: try row.text(6),
                addressMD5: try row.text(4)))
    }
}
