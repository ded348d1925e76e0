import SIPAuth
import SIPCore
import SIPLocation

/// An account that an operator makes, ready for whatever columns there are.
struct AccountRecord: Sendable {
    private let account: MariaDBSubscribers.NewAccount
    private let domain: String
    /// By the column's usual name.
    private let secrets: [String: String]

    /// - Throws: ``StoreError`` of kind `refused` for what can't be an account.
    init(
        _ account: MariaDBSubscribers.NewAccount, _ storage: MariaDBSubscribers.Storage
    ) throws(StoreError) {
        try account.check()
        self.account = account
        domain = String(ByteSlice(account.domain.utf8.map(\.lowercased)))
        var secrets = [
            "password": "", "ha1": "", "ha1b": "", "ha1_sha256": "", "ha1_sha512t256": "",
        ]
        if case .hashes = storage {} else { secrets["password"] = account.password }
        switch storage {
        case .password: break
        case .hashes(let realm), .both(let realm):
            let user = account.username
            do {
                secrets["ha1"] = try account.hash(user, realm, .md5)
                secrets["ha1b"] = try account.hash("\(user)@\(domain)", realm, .md5)
                secrets["ha1_sha256"] = try account.hash(user, realm, .sha256)
                secrets["ha1_sha512t256"] = try account.hash(user, realm, .sha512t256)
            } catch {
                throw StoreError(.unavailable, "can't hash the password: \(error)")
            }
        }
        self.secrets = secrets
    }

    /// - Throws: ``StoreError`` of kind `refused` when there is an account of that name already.
    func insert(_ layout: AccountLayout, _ connection: Connection, _ now: UnixTime) throws {
        let key = AccountKey(account.username, domain, layout.settings)
        // The unique key of the table compares without case, and there may be none.
        guard try !key.isThere(layout.table, connection) else {
            throw StoreError(.refused, "there is an account \(account.address) already")
        }
        var columns: [(String, Value)] = [
            ("username", try value(account.username, "username", layout))
        ]
        if layout.table.has("domain") {
            columns.append(("domain", try value(domain, "domain", layout)))
        }
        columns += try secretColumns(layout)
        if layout.table.has("phplib_id") {
            columns.append(("phplib_id", .text(String.randomHexadecimal)))
        }
        if let date = layout.table.columns["datetime_created"] {
            columns.append(
                ("datetime_created", ColumnClock(layout.settings.clock).value(now, for: date)))
        }
        let clock = ColumnClock(layout.settings.clock)
        for (name, filler) in try layout.table.fillers(besides: columns.map(\.0), now: .null) {
            let column = layout.table.columns[name]
            let isDate = column.map { $0.kind == .datetime || $0.kind == .timestamp } ?? false
            columns.append(
                (name, isDate ? column.map { clock.value(now, for: $0) } ?? filler : filler))
        }
        let names = columns.map(\.0.quotedName).joined(separator: ", ")
        let marks = Array(repeating: "?", count: columns.count).joined(separator: ", ")
        try connection.execute(
            "INSERT INTO \(layout.table.quoted) (\(names)) VALUES (\(marks))", columns.map(\.1))
    }

    /// - Returns: false when there is no account of that name.
    func update(_ layout: AccountLayout, _ connection: Connection) throws -> Bool {
        let key = AccountKey(account.username, domain, layout.settings)
        guard try key.isThere(layout.table, connection) else { return false }
        let columns = try secretColumns(layout)
        let assignments = columns.map { "\($0.0.quotedName) = ?" }.joined(separator: ", ")
        try connection.execute(
            "UPDATE \(layout.table.quoted) SET \(assignments) WHERE \(key.condition)",
            columns.map(\.1) + key.values)
        return true
    }

    /// - Throws: ``StoreError`` of kind `refused` when the table has no column that would prove the account.
    private func secretColumns(_ layout: AccountLayout) throws -> [(String, Value)] {
        let (table, settings) = (layout.table, layout.settings)
        var columns: [(String, Value)] = []
        for (usual, secret) in secrets.sorted(by: { $0.key < $1.key }) {
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
            columns.append((name, try value(secret, name, layout)))
        }
        if let mail = account.mail, table.has("email_address") {
            columns.append(("email_address", try value(mail, "email_address", layout)))
        }
        return columns
    }

    private func value(
        _ text: String, _ name: String, _ layout: AccountLayout
    ) throws(StoreError) -> Value {
        guard let column = layout.table.columns[name] else { return .text(text) }
        return try column.check(ByteSlice(text), in: layout.table)
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

extension MariaDBSubscribers.NewAccount {
    /// The account's address, for messages.
    var address: String { domain.isEmpty ? username : "\(username)@\(domain)" }

    /// A name that no phone could send, or that a log line could not hold, is refused.
    fileprivate func check() throws(StoreError) {
        guard !username.isEmpty else { throw StoreError(.refused, "a user name is missing") }
        guard !password.isEmpty else {
            throw StoreError(.refused, "the password of \(address) is missing")
        }
        for (what, text) in [
            ("user name", username), ("domain", domain), ("password", password),
            ("mail", mail ?? ""),
        ] where text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
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
