import ArgumentParser
import SIPAuth

/// `sipd uri …`
struct NameCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uri",
        abstract: "Shows, adds and removes the names that accounts may use in From and To.",
        discussion: """
            They are in table uri, and count with permissions: {names: table} or {names: own_and_table} in the settings: a \
            secretary calls as sales@voice.example with her own password. A running sipd goes by a change at once.

            Examples:
              sipd uri add alice@voice.example sales
              sipd uri show alice@voice.example
              sipd uri rm alice@voice.example sales
            """,
        subcommands: [NameShowCommand.self, NameAddCommand.self, NameRemoveCommand.self])
}

struct NameShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Lists the names.", aliases: ["list"])

    @Argument(help: "Only those of this account: user@domain.", transform: AccountName.parse)
    var account: AccountName?

    @Flag(help: "As a JSON array of objects: user, domain, uri_user.")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await options.use { try await $0.names.list() }
            .print(of: account, as: ["user", "domain", "uri_user"], json: json)
    }
}

struct NameAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Lets an account use a name.")

    @Argument(help: "The account: user@domain.", transform: AccountName.parse)
    var account: AccountName

    @Argument(help: "The user part, without a domain.", transform: Word.parse)
    var name: String

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await options.add(name, of: account) { try $0.names }
    }
}

struct NameRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Forbids a name again, or all of an account.")

    @Argument(help: "The account: user@domain.", transform: AccountName.parse)
    var account: AccountName

    @Argument(help: "The user part. Default: all of the account.", transform: Word.parse)
    var name: String?

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let count = try await options.remove(name, of: account) { try $0.names }
        guard count > 0 else {
            throw Failure(
                .negative, "table uri has no row of \(account)" + (name.map { " for \($0)" } ?? ""))
        }
    }
}
