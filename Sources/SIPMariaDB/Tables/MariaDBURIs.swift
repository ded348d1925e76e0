public import SIPCore
import SIPLocation

/// Which user parts an account may use beside its own name in To and From: table `uri`.
public final class MariaDBURIs: Sendable {
    private struct Question: Sendable {
        let user: ByteSlice
        let domain: ByteSlice
        let part: ByteSlice
    }

    private let database: MariaDBDatabase
    private let permission: Gathering<Question, Bool>

    public init(_ database: MariaDBDatabase) {
        self.database = database
        let settings = database.settings
        permission = Gathering(
            "look up a URI's user", on: database.lookups, limit: settings.maximumWaiting,
            batchSize: settings.batchSize
        ) { connection, questions in
            let table = try connection.table(settings.tables.uri)
            try table.require("username", "uri_user")
            let names = questions.map {
                AccountName(user: $0.user, domain: $0.domain, other: $0.part)
            }
            return try connection.rows(table, of: names, other: "uri_user", settings).map {
                .success($0)
            }
        }
    }

    /// Whether there is a row that lets an account use this user part.
    ///
    /// - Throws: ``StoreError``.
    public func allows(
        _ part: ByteSlice, to user: ByteSlice, domain: ByteSlice
    ) async throws -> Bool {
        try await permission.answer(Question(user: user, domain: domain, part: part))
    }

    /// Lets an account use a user part; it is no error when it may already.
    ///
    /// - Throws: ``StoreError``.
    public func allow(
        _ part: String, to user: String, domain: String, at now: UnixTime
    ) async throws {
        let row = NamedRow(
            table: database.settings.tables.uri, user: user, domain: domain,
            other: ("uri_user", part), now: now)
        try await row.insert(in: database, "allow the URI's user")
    }

    /// Forbids it again.
    ///
    /// - Returns: whether it was allowed.
    /// - Throws: ``StoreError``.
    public func forbid(_ part: String, to user: String, domain: String) async throws -> Bool {
        let row = NamedRow(
            table: database.settings.tables.uri, user: user, domain: domain,
            other: ("uri_user", part), now: UnixTime(seconds: 0))
        return try await row.delete(in: database, "forbid the URI's user")
    }
}
