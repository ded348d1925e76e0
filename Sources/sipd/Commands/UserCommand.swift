import ArgumentParser
import SIPAuth
import SIPCore
import SIPLocation

/// `sipd user …`
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Adds, changes, removes and lists accounts, while sipd runs or not.",
        discussion: """
            A password is asked for on the terminal, or read as one line from standard input; it is never an argument. \
            What is stored are its hashes for MD5, SHA-256 and SHA-512-256, which are good for one realm: the account's \
            domain. In a MariaDB database they are those that its table has columns for, and with calculate_ha1: 1 the \
            password too.

            Examples:
              sipd user add alice@voice.example
              printf '%s\\n' "$PASSWORD" | sipd user passwd alice@voice.example
              sipd user import accounts.csv --database sqlite:/var/lib/sipd/sipd.sqlite
              sipd user list --json
            """,
        subcommands: [
            UserAddCommand.self, UserPasswordCommand.self, UserRemoveCommand.self,
            UserListCommand.self, UserImportCommand.self,
        ],
        aliases: ["users"])
}

struct UserAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Adds an account; asks for its password.")

    @Argument(help: "The account: user@domain.", transform: AccountName.parse)
    var account: AccountName

    @Option(help: "The e-mail address to note with it; see sipd mail.")
    var mail: String?

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let hasTable = try options.settings().permissions.names != .own
        try await options.use(make: true) { databases in
            try await databases.refuseAlias(account)
            let password = try Password.read(for: account)
            try await databases.accounts.add(
                account.new(password, mail: mail), as: databases.storage(realm: account.domain))
            // Else the account could not use its own name.
            if hasTable { _ = try await databases.names.add(account.word(account.user), at: .now) }
        }
        try options.tellDaemon(.account(address: account.description, isGone: false))
        if hasTable { try options.tellDaemon(.refreshTables) }
    }
}

struct UserPasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd", abstract: "Gives an account another password.")

    @Argument(help: "The account: user@domain.", transform: AccountName.parse)
    var account: AccountName

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await options.use { databases in
            let password = try Password.read(for: account)
            let isThere = try await databases.accounts.setPassword(
                account.new(password), as: databases.storage(realm: account.domain))
            guard isThere else { throw Failure(.negative, "there is no account \(account)") }
        }
        try options.tellDaemon(.account(address: account.description, isGone: false))
    }
}

struct UserRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Removes an account, its registrations, groups and further names.")

    @Argument(help: "The account: user@domain.", transform: AccountName.parse)
    var account: AccountName

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await options.use { databases in
            let wasThere = try await databases.accounts.remove(
                username: account.user, domain: account.domain)
            guard wasThere else { throw Failure(.negative, "there is no account \(account)") }
            try await databases.removeTraces(of: account)
        }
        try options.tellDaemon(.account(address: account.description, isGone: true))
        try options.tellDaemon(.refreshTables)
    }
}

struct UserListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the accounts.")

    @Flag(help: "As a JSON array of objects: user, domain.")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        var listing = Listing(["user", "domain"])
        let names = try await options.use { databases in try await databases.accounts.list() }
        for name in names {
            listing.append([.text(name.username.description), .text(name.domain.description)])
        }
        listing.print(asJSON: json)
    }
}

extension AccountName {
    func new(_ password: String, mail: String? = nil) -> NewAccount {
        NewAccount(username: user, domain: domain, password: password, mail: mail, created: .now)
    }
}

extension Databases {
    /// - Throws: `Failure` when the name is an alias already: its calls would never reach the account.
    fileprivate func refuseAlias(_ account: AccountName) async throws {
        // Without a database for aliases there are none.
        guard let aliases = try? aliases else { return }
        let isAlias = try await aliases.list().contains { $0.address == account.address }
        guard !isAlias else {
            throw Failure(.data, "there is an alias \(account): remove it with sipd alias rm")
        }
    }
}
