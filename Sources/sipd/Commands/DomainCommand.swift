import ArgumentParser
import SIPAuth
import SIPCore
import SIPLocation

/// `sipd domain …`
struct DomainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domain",
        abstract: "Shows, adds and removes served domains.",
        discussion: """
            The domains of the settings are served always; these are in table domain, and a running sipd serves a new one \
            at once.

            Examples:
              sipd domain add branch.example
              sipd domain show --json
              sipd domain rm branch.example
            """,
        subcommands: [DomainShowCommand.self, DomainAddCommand.self, DomainRemoveCommand.self],
        aliases: ["domains"])
}

struct DomainShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Lists the served domains, and where they stand.",
        aliases: ["list"])

    @Flag(help: "As a JSON array of objects: domain, from (settings or table).")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        var listing = Listing(["domain", "from"])
        let settings = try options.settings()
        for domain in settings.domains { listing.append([.text(domain), "settings"]) }
        for domain in try await options.use({ try await $0.domains.list() }) {
            listing.append([.text("\(domain)"), "table"])
        }
        listing.print(asJSON: json)
    }
}

struct DomainAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Serves a domain.")

    @Argument(help: "The domain, such as branch.example.", transform: DomainName.parse)
    var domain: String

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        _ = try await options.use(make: true) { try await $0.domains.add(domain, at: .now) }
        try options.tellDaemon(.refreshTables)
    }
}

struct DomainRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Serves a domain no longer; its accounts stay.")

    @Argument(help: "The domain.", transform: DomainName.parse)
    var domain: String

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let wasThere = try await options.use { try await $0.domains.remove(domain) }
        guard wasThere else {
            let hint =
                try options.settings().domains.contains(domain)
                ? ": it stands in the settings (domains:)" : ""
            throw Failure(.negative, "table domain has no \(domain)\(hint)")
        }
        try options.tellDaemon(.refreshTables)
    }
}

/// A domain on the command line.
enum DomainName {
    /// For arguments: in lower case.
    ///
    /// - Throws: what is expected.
    static func parse(_ argument: String) throws -> String {
        var problems: [SettingsProblem] = []
        let node = SettingsNode(.flag("domain"), .text(argument, plain: true))
        guard let domain = SettingsForm<String>.domain.read(node, &problems) else {
            throw ValidationError("expected a domain, such as voice.example")
        }
        return domain
    }
}
