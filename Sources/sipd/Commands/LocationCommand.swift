import ArgumentParser
import SIPCore
import SIPLocation

/// `sipd location …`
struct LocationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "location",
        abstract: "Shows, adds and removes registrations.",
        discussion: """
            A running sipd is asked: what is added or removed is so at once, in its memory and in the database. While \
            none runs, these work on the database.

            Examples:
              sipd location show
              sipd location show alice@voice.example --json
              sipd location add alice@voice.example sip:alice@192.0.2.9:5060
              sipd location add alice@voice.example sip:alice@192.0.2.9 --q 0.5 --expires 3600
              sipd location rm alice@voice.example sip:alice@192.0.2.9
              sipd location rm alice@voice.example --database mysql://ser@127.0.0.1/ser
            """,
        subcommands: [
            LocationShowCommand.self, LocationAddCommand.self, LocationRemoveCommand.self,
        ],
        aliases: ["ul"])
}

struct LocationShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Lists the registrations that have not expired.",
        aliases: ["list"])

    @Argument(help: "Only those of this address: user@domain.", transform: AccountName.parse)
    var address: AccountName?

    @Flag(help: "Those in the database, also while sipd runs and holds newer ones.")
    var stored = false

    @Flag(
        help:
            "As a JSON array of objects: address, contact, expires_in (seconds, null: never), q, user_agent, received."
    )
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await Self.run(address, stored: stored, json: json, options)
    }

    static func run(
        _ address: AccountName?, stored: Bool, json: Bool, _ options: DatabaseOptions
    ) async throws {
        var listing = Listing(["address", "contact", "expires_in", "q", "user_agent", "received"])
        var found: [ControlRegistration] = []
        let receive = { (reply: ControlReply) in
            guard case .registrations(let registrations, _) = reply else { return }
            found += registrations
        }
        let request = ControlRequest.show(address: address?.description)
        if stored {
            try await options.performOnDatabase(request, receive)
        } else {
            try await options.perform(request, receive)
        }
        for registration in found.sorted(by: { $0.address < $1.address }) {
            listing.append(registration.row)
        }
        listing.print(asJSON: json)
    }
}

struct LocationAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Adds a contact, a permanent one unless it is told when to expire.")

    @Argument(help: "The address: user@domain.", transform: AccountName.parse)
    var address: AccountName

    @Argument(help: "Where it can be reached, a URI such as sip:alice@192.0.2.9:5060.")
    var contact: String

    @Option(help: "Which contacts are tried first: 0 to 1.")
    var q: Double?

    @Option(help: "Seconds until it expires. Default: never.")
    var expires: UInt32?

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        guard (0...1).contains(q ?? 1) else { throw ValidationError("q is a number from 0 to 1") }
        guard expires != 0 else { throw ValidationError("expires is 1 or more") }
    }

    func run() async throws {
        let request = ControlRequest.add(
            address: address.description, contact: contact,
            q: q.map { UInt16(($0 * 1000).rounded()) }, expires: expires)
        try await options.perform(request) { _ in }
    }
}

struct LocationRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Removes a contact of an address, or all of them.")

    @Argument(help: "The address: user@domain.", transform: AccountName.parse)
    var address: AccountName

    @Argument(help: "The contact's URI. Default: all contacts of the address.")
    var contact: String?

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let request = ControlRequest.remove(address: address.description, contact: contact)
        try await options.perform(request) { reply in
            guard reply.count == 0 else { return }
            throw Failure(
                .negative,
                contact.map { "\(address) has no contact \($0)" } ?? "\(address) is not registered")
        }
    }
}

extension ControlRegistration {
    fileprivate var row: [Listing.Cell] {
        [
            .text(address), .text(contact), expiresIn.map { .number($0) } ?? .nothing,
            .text(Self.text(thousandths: Int(q))), .text(userAgent),
            received.map { .text($0) } ?? .nothing,
        ]
    }

    /// As the header has it: 1, 0.5.
    private static func text(thousandths: Int) -> String {
        guard thousandths < 1000 else { return "1" }
        var digits = String(1000 + max(0, thousandths)).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return digits.isEmpty ? "0" : "0.\(digits)"
    }
}
