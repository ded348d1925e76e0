import SIPCore
import SIPLocation

// The e-mail address that an operator noted with an account.
extension MariaDBSubscribers {
    /// The account's e-mail address; empty when none is noted, nil when there is no such account.
    ///
    /// - Throws: `StoreError`; of kind `refused` when the table has no column for it.
    public func mailAddress(username: String, domain: String) async throws -> String? {
        let name = table
        let key = AccountKey(username, domain, database.settings)
        return try await database.tables.run("look up a mail address") { connection in
            let table = try Self.tableWithMail(name, connection)
            var address: String?
            try connection.query(
                "SELECT email_address FROM \(table.quoted) WHERE \(key.condition) LIMIT 1",
                key.values
            ) { address = $0.text(0) }
            return address
        }
    }

    /// Notes an e-mail address; an empty one removes it.
    ///
    /// - Returns: whether there is such an account.
    /// - Throws: `StoreError`; of kind `refused` when the table has no column for it.
    public func setMailAddress(
        _ mail: String, username: String, domain: String
    ) async throws -> Bool {
        let name = table
        let key = AccountKey(username, domain, database.settings)
        return try await database.writes.run("note a mail address") { connection in
            let table = try Self.tableWithMail(name, connection)
            guard let column = table.columns["email_address"] else { return false }
            let value = try column.check(ByteSlice(mail), in: table)
            guard try key.isThere(table, connection) else { return false }
            try connection.execute(
                "UPDATE \(table.quoted) SET email_address = ? WHERE \(key.condition)",
                [value] + key.values)
            return true
        }
    }

    private static func tableWithMail(_ name: String, _ connection: Connection) throws -> Table {
        let table = try connection.table(name)
        guard table.has("email_address") else {
            throw StoreError(
                .refused,
                "table \(name) has no column email_address: "
                    + "sipd schema create --extensions makes new tables with it")
        }
        return table
    }
}
