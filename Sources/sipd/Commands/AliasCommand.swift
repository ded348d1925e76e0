import ArgumentParser
import SIPCore
import SIPLocation

/// `sipd alias …`
struct AliasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alias",
        abstract: "Other names for an address, or where its calls go instead.",
        discussion: """
            Examples:
              sipd alias add sales@voice.example alice@voice.example
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
        help: "What it stands for: user@domain, or a URI such as sip:carol@elsewhere.example.")
    var target: String

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let text = target.contains(":") ? target : "sip:\(target)"
        guard let uri = try? URI(ByteSlice(text)) else {
            throw Failure(.data, "'\(target)' is neither user@domain nor a URI")
        }
        try await options.use(make: true) { databases in
            try await databases.aliases.set(alias.address, to: uri, at: .now)
        }
        try options.tellDaemon(.refresh)
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
        try options.tellDaemon(.refresh)
    }
}

struct AliasListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the aliases.", aliases: ["show"])

    @Flag(help: "As a JSON array of objects: alias, target.")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        var listing = Listing(["alias", "target"])
        let aliases = try await options.use { databases in
            try await databases.aliases.list()
        }
        for (address, target) in aliases {
            listing.append([.text(address.description), .text(target.description)])
        }
        listing.print(asJSON: json)
    }
}

extension AccountName {
    var address: AddressOfRecord {
        AddressOfRecord(user: ByteSlice(user), host: ByteSlice(domain))
    }
}
