import ArgumentParser
import SIPSQLite

// Verbs as serctl had them, where ours are elsewhere.

/// `sipd passwd USER`
struct PasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd", abstract: "Gives an account another password: user passwd.")

    @OptionGroup var command: UserPasswordCommand

    func run() async throws { try await command.run() }
}

/// `sipd showdb [USER]`
struct ShowDatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "showdb",
        abstract: "Lists the registrations in the database: location show --stored.")

    @Argument(help: "Only those of this address: user@domain.", transform: AccountName.parse)
    var address: AccountName?

    @Flag(help: "As JSON: see location show.")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await LocationShowCommand.run(address, stored: true, json: json, options)
    }
}

/// `sipd mail USER [ADDRESS]`
struct MailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail",
        abstract: "Prints an account's e-mail address, or notes one.",
        discussion: """
            Examples:
              sipd mail alice@voice.example
              sipd mail alice@voice.example alice@example.org
            """)

    @Argument(help: "The account: user@domain.", transform: AccountName.parse)
    var account: AccountName

    @Argument(help: "The e-mail address to note; '' removes it.")
    var address: String?

    @Flag(help: "As a JSON object: mail; null when none is noted.")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        let isClean = address?.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
        guard isClean != false, (address ?? "").utf8.count <= 255 else {
            throw ValidationError("expected an e-mail address, such as alice@example.org")
        }
    }

    func run() async throws {
        let noted = try await options.use { databases in
            guard case .sqlite(let database) = databases else {
                throw Failure(
                    .unavailable, "mail addresses in a MariaDB database are not built yet")
            }
            let subscribers = SQLiteSubscribers(database)
            if let address {
                let isThere = try await subscribers.setMailAddress(
                    address, username: account.user, domain: account.domain)
                return isThere ? address : nil
            }
            return try await subscribers.mailAddress(
                username: account.user, domain: account.domain)
        }
        guard let noted else { throw Failure(.negative, "there is no account \(account)") }
        guard address == nil else { return }
        if json {
            try JSONLine.print(["mail": noted.isEmpty ? nil : noted])
        } else {
            print(noted)
        }
    }
}

/// `sipd acl …`
struct GroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acl", abstract: "Groups of accounts: not built yet, says what is missing.")

    @Argument(help: "show, grant or revoke, a user, a group.")
    var words: [String] = []

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let database = try options.settings().database
        throw Failure(
            .unavailable,
            database.isFile
                ? "\(database) has no table grp: it keeps no groups"
                : "sipd acl is not built yet: change the table grp in \(database)")
    }
}

/// `sipd domain …`
struct DomainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domain", abstract: "Served domains: not built yet, says what is missing.")

    @Argument(help: "show, add or rm, a domain.")
    var words: [String] = []

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let database = try options.settings().database
        let missing =
            database.isFile ? "\(database) has no table domain" : "sipd domain is not built yet"
        throw Failure(
            .unavailable, "\(missing): name the domains in the settings (domains:)")
    }
}

extension DatabaseAddress {
    fileprivate var isFile: Bool { if case .sqlite = self { true } else { false } }
}
