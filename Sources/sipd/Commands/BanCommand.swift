import ArgumentParser

/// `sipd ban …`
struct BanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ban",
        abstract: "Shows, adds and removes bans of addresses.",
        discussion: """
            Asks the running sipd; a restart forgets all bans. Of an IPv6 address its /64 network is banned. Trusted addresses are \
            never turned away.

            Examples:
              sipd ban show
              sipd ban add 192.0.2.7 --seconds 3600
              sipd ban remove 192.0.2.7
            """,
        subcommands: [BanShowCommand.self, BanAddCommand.self, BanRemoveCommand.self])
}

struct BanShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Lists who is banned.", aliases: ["list"])

    @Flag(help: "Print nothing but what was dropped since the start, as a JSON object.")
    var counts = false

    @Flag(
        help:
            "As a JSON array of objects: source, cause, rest (seconds, null: until it is removed), count."
    )
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        var listing = Listing(["source", "cause", "rest", "count"])
        try options.runningDaemon().perform(.bans) { reply in
            guard case .bans(let bans, let dropped) = reply else { return true }
            if counts { try JSONLine.print(dropped) }
            for ban in bans {
                listing.append([
                    .text(ban.source), .text(ban.cause), ban.rest.map { .number($0) } ?? .nothing,
                    .number(Int64(ban.count)),
                ])
            }
            return true
        }
        if !counts { listing.print(asJSON: json) }
    }
}

struct BanAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Bans an address.")

    @Argument(help: "An address, such as 192.0.2.7 or 2001:db8::7.")
    var address: String

    @Option(help: "For so many seconds. Default: until it is removed.")
    var seconds: Int?

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        guard seconds ?? 1 > 0 else { throw ValidationError("seconds is 1 or more") }
    }

    func run() async throws {
        try options.runningDaemon().perform(.ban(address: address, seconds: seconds)) { _ in true }
    }
}

struct BanRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Takes a ban back, and forgets what led to it.", aliases: ["rm"])

    @Argument(help: "The address, or the network as sipd ban show has it.")
    var address: String

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try options.runningDaemon().perform(.unban(address: address)) { reply in
            guard reply.count == 0 else { return true }
            throw Failure(.negative, "\(address) is not banned")
        }
    }
}
