import ArgumentParser
import SIPCore
import SIPLocation

/// `sipd alias …`
struct AliasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alias",
        abstract: "Other names for an address, or where its calls go instead.",
        discussion: """
            Several accounts behind one alias ring together.

            Examples:
              sipd alias add sales@voice.example alice@voice.example
              sipd alias add support@voice.example bob@voice.example carol@voice.example
              sipd alias add 1001@voice.example sip:carol@elsewhere.example
              sipd alias rm sales@voice.example
            """,
        subcommands: [AliasAddCommand.self, AliasRemoveCommand.self, AliasListCommand.self],
        aliases: ["aliases"])
}

struct AliasAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Makes an alias, or gives it another target.")

    @Argument(help: "The alias: user@domain.", transform: AccountName.parse)
    var alias: AccountName

    @Argument(
        help:
            "What it stands for: user@domain, or a URI such as sip:carol@elsewhere.example; or several user@domain."
    )
    var targets: [String]

    @Option(
        help: ArgumentHelp(
            "uri: table aliases, the target is a URI; account: table dbaliases, the targets are accounts.",
            discussion: "Default: uri for a single target, account for several.",
            valueName: "uri|account"))
    var kind: AliasTarget?

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        guard targets.count == 1 || kind != .uri else {
            throw ValidationError("an alias of kind uri has one target")
        }
    }

    func run() async throws {
        if kind == .account || targets.count > 1 {
            let accounts = try targets.map { target throws(Failure) in
                guard let account = AccountName(argument: target) else {
                    throw Failure(.data, "'\(target)' is not user@domain, as an account is")
                }
                return account.address
            }
            try await options.use(make: true) { databases in
                try await databases.aliases.set(alias.address, to: accounts)
            }
        } else {
            let target = targets[0]
            let text = target.contains(":") ? target : "sip:\(target)"
            guard let uri = try? URI(ByteSlice(text)) else {
                throw Failure(.data, "'\(target)' is neither user@domain nor a URI")
            }
            try await options.use(make: true) { databases in
                try await databases.aliases.set(alias.address, to: uri, at: .now)
            }
        }
        try options.tellDaemon(.refreshTables)
    }
}

struct AliasRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Removes an alias.")

    @Argument(help: "The alias: user@domain.", transform: AccountName.parse)
    var alias: AccountName

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let wasThere = try await options.use { databases in
            try await databases.aliases.remove(alias.address)
        }
        guard wasThere else { throw Failure(.negative, "there is no alias \(alias)") }
        try options.tellDaemon(.refreshTables)
    }
}

struct AliasListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the aliases.", aliases: ["show"])

    @Flag(help: "As a JSON array of objects: alias, target, kind.")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        var listing = Listing(["alias", "target", "kind"])
        let aliases = try await options.use { databases in
            try await databases.aliases.entries()
        }
        for alias in aliases {
            listing.append([
                .text(alias.address.description), .text(alias.target.description),
                .text(alias.kind.rawValue),
            ])
        }
        listing.print(asJSON: json)
    }
}

extension AccountName {
    var address: AddressOfRecord {
        AddressOfRecord(user: ByteSlice(user), host: ByteSlice(domain))
    }
}

/// `AliasKind` on the command line.
enum AliasTarget: String, CaseIterable, ExpressibleByArgument {
    case uri, account
}
