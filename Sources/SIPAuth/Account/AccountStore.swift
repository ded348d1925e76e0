public import SIPCore

/// A store of accounts as an operator works on it.
public protocol AccountStore: Subscribers {
    /// Adds an account.
    ///
    /// - Throws: what the store throws, also when there is one of that name already, or ``NewAccount/complaint`` has a reason.
    func add(_ account: NewAccount, as storage: PasswordStorage) async throws

    /// Gives an account another password.
    ///
    /// - Returns: whether there is such an account.
    /// - Throws: what the store throws.
    func setPassword(_ account: NewAccount, as storage: PasswordStorage) async throws -> Bool

    /// Removes an account and the bindings of its address.
    ///
    /// - Returns: whether there was such an account.
    /// - Throws: what the store throws.
    func remove(username: String, domain: String) async throws -> Bool

    /// The accounts' names, by domain and name.
    ///
    /// - Throws: what the store throws.
    func list() async throws -> [(username: ByteSlice, domain: ByteSlice)]

    /// How many accounts there are.
    ///
    /// - Throws: what the store throws.
    func count() async throws -> Int

    /// Adds accounts, and gives those that are there already the new password, all in one commit.
    ///
    /// - Throws: what the store throws; then nothing was changed.
    func put(_ accounts: [NewAccount], as storage: PasswordStorage) async throws
}

extension AccountStore {
    /// Adds an account with its password as it is.
    ///
    /// - Throws: what the store throws.
    public func add(_ account: NewAccount) async throws { try await add(account, as: .password) }

    /// Gives an account another password, kept as it is.
    ///
    /// - Returns: whether there is such an account.
    /// - Throws: what the store throws.
    public func setPassword(_ account: NewAccount) async throws -> Bool {
        try await setPassword(account, as: .password)
    }

    /// Adds accounts, and gives those that are there already the new password; a thousand a commit.
    ///
    /// - Parameter progress: is told how many are done, after each commit.
    /// - Throws: what the store throws; the accounts reported done stay.
    public func importAll(
        _ accounts: some Sequence<NewAccount>, as storage: PasswordStorage = .password,
        progress: (Int) -> Void = { _ in }
    ) async throws {
        var done = 0
        var page: [NewAccount] = []
        for account in accounts {
            page.append(account)
            guard page.count == 1000 else { continue }
            try await put(page, as: storage)
            done += page.count
            page = []
            progress(done)
        }
        guard !page.isEmpty else { return }
        try await put(page, as: storage)
        progress(done + page.count)
    }
}
