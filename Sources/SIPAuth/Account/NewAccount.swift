public import SIPCore

/// An account that an operator makes, or whose password is to be another.
public struct NewAccount: Sendable {
    public var username: String
    public var domain: String
    public var password: String
    /// Kept where the store has a place for it; nil leaves it as it is.
    public var mail: String?
    /// When it was made, for stores that want to know.
    public var created: UnixTime?

    public init(
        username: String, domain: String, password: String, mail: String? = nil,
        created: UnixTime? = nil
    ) {
        self.username = username
        self.domain = domain
        self.password = password
        self.mail = mail
        self.created = created
    }

    /// The account's address, for messages.
    public var address: String { domain.isEmpty ? username : "\(username)@\(domain)" }

    /// Why it can't be an account, for the operator: a name that no phone could send, or that a log line could not hold. Nil when
    /// it can.
    public var complaint: String? {
        if username.isEmpty { return "a user name is missing" }
        if password.isEmpty { return "the password of \(address) is missing" }
        for (what, text) in [
            ("user name", username), ("domain", domain), ("password", password),
            ("mail", mail ?? ""),
        ] where text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            return "the \(what) has a control character in it"
        }
        if domain.utf8.contains(0x40) || domain.utf8.contains(0x20) {
            return "\(domain.debugDescription) is no domain"
        }
        return nil
    }
}

/// How a password is kept.
public enum PasswordStorage: Hashable, Sendable {
    /// As it is: serves every digest algorithm and realm.
    case password
    /// As the hashes of name, realm and password, for the algorithms that the store has a place for: a stolen store gives no
    /// passwords away, but a changed realm makes all accounts useless.
    case hashes(realm: String)
    /// Both, as the field's tools do.
    case both(realm: String)
}

/// What is stored of an account's password: texts, empty where nothing is.
public struct StoredSecrets: Sendable {
    public var password = ""
    /// H(A1) in hexadecimal digits, as columns `ha1`, `ha1b`, `ha1_sha256` and `ha1_sha512t256` hold it.
    public var md5 = ""
    public var addressMD5 = ""
    public var sha256 = ""
    public var sha512t256 = ""

    /// - Throws: ``CryptographyError`` when libcrypto can't hash.
    public init(_ account: NewAccount, as storage: PasswordStorage) throws(CryptographyError) {
        let realm: String
        switch storage {
        case .password:
            password = account.password
            return
        case .hashes(let own): realm = own
        case .both(let own):
            password = account.password
            realm = own
        }
        func hash(
            _ username: String, _ algorithm: DigestAlgorithm
        ) throws(CryptographyError) -> String {
            try Digest.ha1(
                username: username, realm: realm, password: account.password, algorithm: algorithm)
        }
        let domain = ByteSlice(account.domain.utf8.map(\.lowercased))
        md5 = try hash(account.username, .md5)
        addressMD5 = try hash("\(account.username)@\(domain)", .md5)
        sha256 = try hash(account.username, .sha256)
        sha512t256 = try hash(account.username, .sha512t256)
    }
}
