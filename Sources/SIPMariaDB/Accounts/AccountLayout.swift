import SIPAuth
import SIPCore
import SIPLocation

/// How accounts stand in the table that is there.
struct AccountLayout {
    /// Without `ha1b` an account with hashes serves no phone that puts the domain into the user's name.
    private static let hashes = ["ha1", "ha1b", "ha1_sha256", "ha1_sha512t256"]

    let table: Table
    let settings: MariaDBSettings
    /// The columns that are read; the first two are the name's.
    let selected: [String]

    /// - Throws: ``StoreError`` when a column is missing that can't be done without.
    init(_ table: Table, _ settings: MariaDBSettings) throws(StoreError) {
        self.table = table
        self.settings = settings
        try table.require("username")
        if settings.usesDomain { try table.require("domain") }
        var selected = ["username", table.has("domain") ? "domain" : "username"]
        let password = settings.passwordColumn ?? "password"
        switch settings.secrets {
        case .passwords:
            try table.require(password)
            selected += [password]
        case .hashes:
            let md5 = settings.passwordColumn ?? "ha1"
            try table.require(md5)
            selected += [md5] + Self.hashes.dropFirst().filter(table.has)
        case .either:
            selected += ([password] + Self.hashes).filter(table.has)
            guard selected.count > 2 else {
                throw StoreError(
                    .unusable, "table \(table.name) has neither a column \(password) nor ha1")
            }
        }
        self.selected = selected
    }

    /// The query for so many accounts.
    func query(_ count: Int) -> String {
        let columns = selected.map(\.quotedName).joined(separator: ", ")
        // An account without a domain belongs to all.
        let one = settings.usesDomain ? "(username = ? AND domain IN (?, ''))" : "username = ?"
        let condition = Array(repeating: one, count: count).joined(separator: " OR ")
        return "SELECT \(columns) FROM \(table.quoted) WHERE \(condition)"
    }

    func values(_ question: AccountQuestion) -> [Value] {
        settings.usesDomain
            ? [.bytes(question.username), .bytes(question.domain)] : [.bytes(question.username)]
    }

    /// The account of a row, when it is that which was asked for. The server compares without case and without blanks at
    /// the end; a digest does not.
    func subscriber(_ row: Row, for question: AccountQuestion) -> Subscriber? {
        guard let username = row.bytes(0), username == question.username else { return nil }
        let domain = settings.usesDomain ? row.bytes(1) ?? "" : ""
        guard domain.isEmpty || domain.equalsIgnoringCase(question.domain) else { return nil }
        return Subscriber(
            username: String(username), domain: String(domain), secret: secret(row))
    }

    private func secret(_ row: Row) -> Secret {
        func text(_ name: String) -> String? {
            selected.dropFirst(2).firstIndex(of: name).map { row.text($0) }
        }
        let password = settings.passwordColumn ?? "password"
        if settings.secrets != .hashes, let password = text(password) {
            if settings.secrets == .passwords || !password.isEmpty { return .password(password) }
        }
        let md5 = settings.secrets == .hashes ? settings.passwordColumn ?? "ha1" : "ha1"
        return .ha1(
            HA1(
                md5: text(md5), sha256: text("ha1_sha256"), sha512t256: text("ha1_sha512t256"),
                addressMD5: text("ha1b")))
    }
}

/// Which account is asked for.
struct AccountQuestion: Sendable {
    let username: ByteSlice
    /// In small letters.
    let domain: ByteSlice
}
