import ArgumentParser
import SIPCore
import SIPLocation
import SIPSQLite

/// `sipd user …`
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Adds, changes, removes and lists accounts, while sipd runs or not.",
        discussion: """
            A password is asked for on the terminal, or read as one line from standard input; it is never an argument. \
            What is stored are its hashes for MD5, SHA-256 and SHA-512-256, which are good for one realm: the account's \
            domain.

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

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await options.use(make: true) { database in
            let password = try Password.read(for: account)
            try await SQLiteSubscribers(database).add(
                account.new(password), as: account.storage)
        }
        try options.tellDaemon(.account(address: account.description, isGone: false))
    }
}

struct UserPasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd", abstract: "Gives an account another password.")

    @Argument(help: "The account: user@domain.", transform: AccountName.parse)
    var account: AccountName

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await options.use { database in
            let password = try Password.read(for: account)
            let isThere = try await SQLiteSubscribers(database).setPassword(
                account.new(password), as: account.storage)
            guard isThere else { throw Failure(.negative, "there is no account \(account)") }
        }
        try options.tellDaemon(.account(address: account.description, isGone: false))
    }
}

struct UserRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Removes an account and its registrations.")

    @Argument(help: "The account: user@domain.", transform: AccountName.parse)
    var account: AccountName

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await options.use { database in
            let wasThere = try await SQLiteSubscribers(database).remove(
                username: account.user, domain: account.domain)
            guard wasThere else { throw Failure(.negative, "there is no account \(account)") }
        }
        try options.tellDaemon(.account(address: account.description, isGone: true))
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
        for address in try await options.use({ database in
            try await SQLiteSubscribers(database).list()
        }) {
            listing.append([.text(address.user.description), .text(address.host.description)])
        }
        listing.print(asJSON: json)
    }
}

extension AccountName {
    /// Hashes for the realm in which the account will be challenged: its domain.
    var storage: SQLiteSubscribers.Storage { .hashes(realm: domain) }

    func new(_ password: String) -> SQLiteSubscribers.NewAccount {
        SQLiteSubscribers.NewAccount(username: user, domain: domain, password: password)
    }
}
