import SIPAuth
import SIPCore
import SIPLocation

/// An account that an operator makes, ready for whatever columns there are.
struct AccountRecord: Sendable {
    typealias Columns = [(name: String, value: Value)]

    private let account: NewAccount
    let username: ByteSlice
    /// In small letters.
    let domain: ByteSlice
    /// By the column's usual name, in an order that is the same for all accounts.
    private let secrets: [(column: String, text: String)]

    /// - Throws: ``StoreError`` of kind `refused` for what can't be an account.
    init(_ account: NewAccount, _ storage: PasswordStorage) throws(StoreError) {
        if let complaint = account.complaint { throw StoreError(.refused, complaint) }
        self.account = account
        username = ByteSlice(account.username)
        domain = ByteSlice(account.domain.utf8.map(\.lowercased))
        do {
            let stored = try StoredSecrets(account, as: storage)
            secrets = [
                ("password", stored.password), ("ha1", stored.md5), ("ha1b", stored.addressMD5),
                ("ha1_sha256", stored.sha256), ("ha1_sha512t256", stored.sha512t256),
            ]
        } catch {
            throw StoreError(.unavailable, "can't hash the password: \(error)")
        }
    }

    /// - Throws: ``StoreError`` of kind `refused` when there is an account of that name already.
    func insert(_ layout: AccountLayout, _ connection: Connection) throws {
        // The unique key of the table compares without case, and there may be none.
        guard try !key(layout).isThere(layout.table, connection) else {
            throw StoreError(.refused, "there is an account \(account.address) already")
        }
        let columns = try insertion(layout)
        try connection.execute(layout.table.insertion(columns), columns.map(\.value))
    }

    /// - Returns: false when there is no account of that name.
    func update(_ layout: AccountLayout, _ connection: Connection) throws -> Bool {
        guard try key(layout).isThere(layout.table, connection) else { return false }
        let columns = try changes(layout)
        try connection.execute(statement(updating: columns, layout), values(columns, layout))
        return true
    }

    func key(_ layout: AccountLayout) -> AccountKey {
        AccountKey(account.username, String(domain), layout.settings)
    }

    /// The columns of a new row.
    ///
    /// - Throws: ``StoreError`` when a value does not fit, or the table lacks what would prove the account.
    func insertion(_ layout: AccountLayout) throws -> Columns {
        var columns: Columns = [("username", try value(username, "username", layout))]
        if layout.table.has("domain") {
            columns.append(("domain", try value(domain, "domain", layout)))
        }
        columns += try changes(layout)
        if layout.table.has("phplib_id") {
            columns.append(("phplib_id", .text(String.randomHexadecimal)))
        }
        // Kamailio's own default, in the tables that have one.
        let created = account.created ?? UnixTime(seconds: 946_684_801)
        return try columns
            + layout.table.fillers(
                besides: columns.map(\.name), at: created, layout.settings.clock)
    }

    /// The columns that a changed password changes.
    ///
    /// - Throws: ``StoreError`` of kind `refused` when the table has no column that would prove the account.
    func changes(_ layout: AccountLayout) throws -> Columns {
        let (table, settings) = (layout.table, layout.settings)
        var columns: Columns = []
        for (usual, secret) in secrets {
            var name = usual
            if let own = settings.passwordColumn {
                if usual == (settings.secrets == .hashes ? "ha1" : "password") { name = own }
            }
            guard table.has(name) else {
                // What can be computed from a password, or is one hash more, may be left out.
                guard usual == "password" && !secret.isEmpty || usual == "ha1" && !secret.isEmpty
                else { continue }
                throw StoreError(.refused, "table \(table.name) has no column \(name)")
            }
            columns.append((name, try value(ByteSlice(secret), name, layout)))
        }
        if let mail = account.mail, table.has("email_address") {
            columns.append(("email_address", try value(ByteSlice(mail), "email_address", layout)))
        }
        return columns
    }

    func statement(updating columns: Columns, _ layout: AccountLayout) -> String {
        let assignments = columns.map { "\($0.name.quotedName) = ?" }.joined(separator: ", ")
        return "UPDATE \(layout.table.quoted) SET \(assignments) WHERE \(key(layout).condition)"
    }

    /// The values of ``statement(updating:_:)``.
    func values(_ columns: Columns, _ layout: AccountLayout) -> [Value] {
        columns.map(\.value) + key(layout).values
    }

    private func value(
        _ text: ByteSlice, _ name: String, _ layout: AccountLayout
    ) throws(StoreError) -> Value {
        guard let column = layout.table.columns[name] else { return .bytes(text) }
        return try column.check(text, in: layout.table)
    }
}

/// The condition that chooses one account's rows, by bytes.
struct AccountKey: Sendable {
    let condition: String
    let values: [Value]

    init(_ username: String, _ domain: String, _ settings: MariaDBSettings) {
        let lowercased = ByteSlice(domain.utf8.map(\.lowercased))
        // The first comparison finds the index, the second is that of bytes.
        var condition = "username = ? AND BINARY username = ?"
        var values: [Value] = [.text(username), .text(username)]
        if settings.usesDomain {
            condition += " AND domain = ?"
            values.append(.bytes(lowercased))
        }
        self.condition = condition
        self.values = values
    }

    func isThere(_ table: Table, _ connection: Connection) throws -> Bool {
        var isThere = false
        try connection.query(
            "SELECT 1 FROM \(table.quoted) WHERE \(condition) LIMIT 1", values
        ) { _ in isThere = true }
        return isThere
    }
}

extension String {
    /// 32 hexadecimal digits that no other call gives.
    fileprivate static var randomHexadecimal: String {
        let digits = (0..<2).map { _ -> String in
            let text = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        }
        return digits.joined()
    }
}
