import ArgumentParser
import SIPAuth
import SIPCore
import SIPLocation

/// A group, or a user part, on the command line.
enum Word {
    /// For arguments.
    ///
    /// - Throws: what is expected.
    static func parse(_ argument: String) throws -> String {
        let isClean = argument.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
        guard !argument.isEmpty, isClean, argument.utf8.count <= 64 else {
            throw ValidationError("expected a word of 1 to 64 characters without blanks")
        }
        return argument
    }
}

extension AccountName {
    func word(_ word: String) -> AccountWord {
        AccountWord(username: address.user, domain: address.host, word: ByteSlice(word))
    }

    /// Whether a row is this account's; one without a domain is good in every domain.
    func owns(_ word: AccountWord) -> Bool {
        word.username == address.user
            && (word.domain.isEmpty || word.domain.equalsIgnoringCase(address.host))
    }
}

extension [AccountWord] {
    /// Lists the rows.
    ///
    /// - Parameter account: only its own; nil: all.
    func print(of account: AccountName?, as columns: [String], json: Bool) {
        var listing = Listing(columns)
        for row in self where account?.owns(row) != false {
            listing.append([.text("\(row.username)"), .text("\(row.domain)"), .text("\(row.word)")])
        }
        listing.print(asJSON: json)
    }
}

extension DatabaseOptions {
    /// Gives an account a word in one of the tables, and tells the daemon.
    func add(
        _ word: String, of account: AccountName,
        to table: (Databases) throws -> any AccountWordTable
    ) async throws {
        try await use { databases in
            try await databases.require(account)
            _ = try await table(databases).add(account.word(word), at: .now)
        }
        try tellDaemon(.refreshTables)
    }

    /// Takes a word from an account, or all of them, and tells the daemon when there was one.
    ///
    /// - Returns: how many.
    func remove(
        _ word: String?, of account: AccountName,
        from table: (Databases) throws -> any AccountWordTable
    ) async throws -> Int {
        let count = try await use { databases in
            let address = account.address
            return try await table(databases).remove(
                word.map { ByteSlice($0) }, of: address.user, domain: address.host)
        }
        if count > 0 { try tellDaemon(.refreshTables) }
        return count
    }
}

extension Databases {
    /// - Throws: `Failure` when there is no such account: a right that is given to a misspelt name waits for somebody.
    func require(_ account: AccountName) async throws {
        let address = account.address
        let found = try await accounts.subscriber(
            address.user, domain: address.host, freshness: .fresh)
        guard found != nil else { throw Failure(.negative, "there is no account \(account)") }
    }
}
