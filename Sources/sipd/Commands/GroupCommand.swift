import ArgumentParser
import SIPAuth
import SIPCore
import SIPLocation

/// `sipd acl …`
struct GroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acl",
        abstract: "Shows, grants and revokes groups: who may call gateways, say.",
        discussion: """
            A group is a word that a route asks for. With permissions: {relay_group: pstn} in the settings, only members \
            of pstn call foreign domains. The groups are in table grp; a running sipd goes by a change at once.

            Examples:
              sipd acl grant alice@voice.example pstn
              sipd acl show alice@voice.example
              sipd acl revoke alice@voice.example pstn
              sipd acl revoke alice@voice.example
            """,
        subcommands: [
            GroupShowCommand.self, GroupGrantCommand.self, GroupRevokeCommand.self,
        ])
}

struct GroupShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Lists who is in which group.", aliases: ["list"])

    @Argument(help: "Only those of this account: user@domain.", transform: AccountName.parse)
    var account: AccountName?

    @Flag(help: "As a JSON array of objects: user, domain, group.")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await options.use { try await $0.groups.list() }
            .print(of: account, as: ["user", "domain", "group"], json: json)
    }
}

struct GroupGrantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Puts an account into a group.", aliases: ["add"])

    @Argument(help: "The account: user@domain.", transform: AccountName.parse)
    var account: AccountName

    @Argument(help: "The group, such as pstn.", transform: Word.parse)
    var group: String

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await options.use { databases in
            try await databases.require(account)
            _ = try await databases.groups.add(account.word(group), at: .now)
        }
        try options.tellDaemon(.refreshTables)
    }
}

struct GroupRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Takes an account out of a group, or of all.",
        aliases: ["rm"])

    @Argument(help: "The account: user@domain.", transform: AccountName.parse)
    var account: AccountName

    @Argument(help: "The group. Default: all groups of the account.", transform: Word.parse)
    var group: String?

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let count = try await options.use { databases in
            let address = account.address
            return try await databases.groups.remove(
                group.map { ByteSlice($0) }, of: address.user, domain: address.host)
        }
        guard count > 0 else {
            throw Failure(
                .negative, "\(account) is in no group" + (group.map { " \($0)" } ?? ""))
        }
        try options.tellDaemon(.refreshTables)
    }
}

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

extension Databases {
    /// - Throws: `Failure` when there is no such account: a right that is given to a misspelt name waits for somebody.
    func require(_ account: AccountName) async throws {
        let address = account.address
        let found = try await accounts.subscriber(
            address.user, domain: address.host, freshness: .fresh)
        guard found != nil else { throw Failure(.negative, "there is no account \(account)") }
    }
}
