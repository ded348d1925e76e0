import ArgumentParser
import SIPCore
import SIPLocation

/// `sipd location …`
struct LocationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "location",
        abstract: "Lists and removes registrations.",
        discussion: """
            These work on the database. A running sipd keeps registrations in memory as well: in mode 0 nothing is in \
            the database, in mode 2 what is there is up to flush_interval old, and what is removed here a running sipd \
            forgets at its next start.

            Examples:
              sipd location list
              sipd location list alice@voice.example --json
              sipd location rm alice@voice.example --database mysql://ser@127.0.0.1/ser
            """,
        subcommands: [LocationListCommand.self, LocationRemoveCommand.self])
}

struct LocationListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the registrations that have not expired.")

    @Argument(help: "Only those of this address: user@domain.", transform: AccountName.parse)
    var address: AccountName?

    @Flag(
        help:
            "As a JSON array of objects: address, contact, expires_in (seconds, null: never), q, user_agent, received."
    )
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let now = UnixTime.now
        let bindings = try await options.use { databases in
            try await databases.bindings.list(address?.address, at: now)
        }
        var listing = Listing(["address", "contact", "expires_in", "q", "user_agent", "received"])
        for binding in bindings.sorted(by: { "\($0.address)" < "\($1.address)" }) {
            listing.append([
                .text(binding.address.description), .text(binding.uri.description),
                binding.remaining(at: now).map { .number($0) } ?? .nothing,
                .text(Self.q(Int(binding.preference))), .text(binding.userAgent.description),
                binding.received.map { .text($0.description) } ?? .nothing,
            ])
        }
        listing.print(asJSON: json)
    }

    /// Thousandths as the header has them: 1, 0.5.
    private static func q(_ thousandths: Int) -> String {
        guard thousandths < 1000 else { return "1" }
        var digits = String(1000 + max(0, thousandths)).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return digits.isEmpty ? "0" : "0.\(digits)"
    }
}

struct LocationRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Removes all registrations of an address.")

    @Argument(help: "The address: user@domain.", transform: AccountName.parse)
    var address: AccountName

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let count = try await options.use { databases in
            try await databases.bindings.remove(address.address)
        }
        guard count > 0 else { throw Failure(.negative, "\(address) is not registered") }
    }
}
