public import SIPCore
import SIPLocation

/// Who belongs to which group: table `grp`.
public final class MariaDBGroups: Sendable {
    private struct Question: Sendable {
        let user: ByteSlice
        let domain: ByteSlice
        let group: ByteSlice
    }

    private let database: MariaDBDatabase
    private let membership: Gathering<Question, Bool>

    public init(_ database: MariaDBDatabase) {
        self.database = database
        let settings = database.settings
        membership = Gathering(
            "look up a group", on: database.lookups, limit: settings.maximumWaiting,
            batchSize: settings.batchSize
        ) { connection, questions in
            let table = try connection.table(settings.tables.group)
            try table.require("username", "grp")
            let names = questions.map {
                AccountName(user: $0.user, domain: $0.domain, other: $0.group)
            }
            return try connection.rows(table, of: names, other: "grp", settings).map {
                .success($0)
            }
        }
    }

    /// Whether a user belongs to a group; names are compared by their bytes, domains without case.
    ///
    /// - Throws: ``StoreError``.
    public func contains(_ user: ByteSlice, domain: ByteSlice, in group: ByteSlice) async throws
        -> Bool
    {
        try await membership.answer(Question(user: user, domain: domain, group: group))
    }

    /// The groups of a user, by name.
    ///
    /// - Throws: ``StoreError``.
    public func groups(of user: ByteSlice, domain: ByteSlice) async throws -> [ByteSlice] {
        let settings = database.settings
        let key = AccountKey(String(user), String(domain), settings)
        return try await database.tables.run("list the groups") { connection in
            let table = try connection.table(settings.tables.group)
            try table.require("username", "grp")
            var groups: [ByteSlice] = []
            try connection.query(
                "SELECT grp FROM \(table.quoted) WHERE \(key.condition) ORDER BY grp", key.values
            ) { row in
                if let group = row.bytes(0) { groups.append(group) }
            }
            return groups
        }
    }

    /// Puts a user into a group; it is no error when it is there already.
    ///
    /// - Throws: ``StoreError``.
    public func grant(
        _ group: String, to user: String, domain: String, at now: UnixTime
    ) async throws {
        let row = NamedRow(
            table: database.settings.tables.group, user: user, domain: domain,
            other: ("grp", group), now: now)
        try await row.insert(in: database, "grant the group")
    }

    /// Takes a user out of a group.
    ///
    /// - Returns: whether the user was in it.
    /// - Throws: ``StoreError``.
    public func revoke(_ group: String, from user: String, domain: String) async throws -> Bool {
        let row = NamedRow(
            table: database.settings.tables.group, user: user, domain: domain,
            other: ("grp", group), now: UnixTime(seconds: 0))
        return try await row.delete(in: database, "revoke the group")
    }
}
