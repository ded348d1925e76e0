public import SIPCore

/// A table that an operator fills and a proxy reads whole.
public protocol OperatorTable: Sendable {
    /// A number that is another one after every change, from whatever process it came.
    ///
    /// - Throws: what the store throws.
    func revision() async throws -> Int64
}

/// The domains that are served: the field's table `domain`.
public protocol DomainTable: OperatorTable {
    /// All of them in small letters, by name.
    ///
    /// - Throws: what the store throws.
    func list() async throws -> [ByteSlice]

    /// Serves a domain.
    ///
    /// - Returns: false when it is served already.
    /// - Throws: what the store throws.
    func add(_ domain: String, at now: UnixTime) async throws -> Bool

    /// - Returns: whether the domain was served.
    /// - Throws: what the store throws.
    func remove(_ domain: String) async throws -> Bool
}

/// Words that belong to accounts: the field's tables `grp` and `uri`.
public protocol AccountWordTable: OperatorTable {
    /// All of them, by domain, account and word.
    ///
    /// - Throws: what the store throws.
    func list() async throws -> [AccountWord]

    /// - Returns: false when it is there already.
    /// - Throws: what the store throws.
    func add(_ word: AccountWord, at now: UnixTime) async throws -> Bool

    /// Adds those that are not there yet, all in one commit.
    ///
    /// - Throws: what the store throws; then nothing was added.
    func add(_ words: [AccountWord], at now: UnixTime) async throws

    /// - Parameter word: nil for all of the account.
    /// - Returns: how many there were.
    /// - Throws: what the store throws.
    func remove(_ word: ByteSlice?, of username: ByteSlice, domain: ByteSlice) async throws -> Int
}

/// Who is trusted by address: the field's table `address`.
public protocol AddressTable: OperatorTable {
    /// All networks. A row that is none is passed over with a warning, so that a mistake trusts nobody.
    ///
    /// - Throws: what the store throws.
    func list() async throws -> [TrustedAddress]

    /// - Returns: false when there is an equal one.
    /// - Throws: what the store throws.
    func add(_ address: TrustedAddress) async throws -> Bool

    /// Removes a network, whatever its tag.
    ///
    /// - Returns: whether it was there.
    /// - Throws: what the store throws.
    func remove(_ address: TrustedAddress) async throws -> Bool
}
