import ArgumentParser

/// `sipd gateway …`
struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Shows gateways, and takes them out of use and back into it.",
        discussion: """
            Asks the running sipd. What is said here lasts until it is restarted; who the gateways are stands in the settings, \
            which sipd reload reads again.

            Examples:
              sipd gateway show
              sipd gateway disable pstn sip:192.0.2.10
              sipd gateway enable pstn
              sipd gateway probe pstn
            """,
        subcommands: [
            GatewayShowCommand.self, GatewayEnableCommand.self, GatewayDisableCommand.self,
            GatewayProbeCommand.self,
        ])
}

struct GatewayShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Lists the gateways, and whether they take calls.",
        aliases: ["list"])

    @Argument(help: "Only those of this group.")
    var group: String?

    @Flag(
        help:
            "As a JSON array of objects: group, gateway, priority, weight, state, since (seconds, null: always), reason, probes, failed_probes, calls, failed_calls."
    )
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        var listing = Listing([
            "group", "gateway", "priority", "weight", "state", "since", "reason", "probes",
            "failed_probes", "calls", "failed_calls",
        ])
        try options.runningDaemon().perform(.gateways) { reply in
            guard case .gateways(let gateways) = reply else { return true }
            for gateway in gateways where group == nil || gateway.group == group {
                listing.append(gateway.row)
            }
            return true
        }
        listing.print(asJSON: json)
    }
}

/// Which gateways.
struct GatewayOptions: ParsableArguments {
    @Argument(help: "The name of the group.")
    var group: String

    @Argument(help: "The gateway's URI, as the settings have it. Default: all of the group.")
    var uri: String?

    @OptionGroup var options: DatabaseOptions

    func perform(_ verb: GatewayVerb) throws {
        try options.runningDaemon().perform(.gateway(change: verb, group: group, uri: uri)) { _ in
            true
        }
    }
}

struct GatewayEnableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract:
            "Takes gateways into use again, as ones that are up until something shows otherwise.")

    @OptionGroup var gateways: GatewayOptions

    func run() async throws { try gateways.perform(.enable) }
}

struct GatewayDisableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Takes gateways out of use; calls that are up go on.")

    @OptionGroup var gateways: GatewayOptions

    func run() async throws { try gateways.perform(.disable) }
}

struct GatewayProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Probes gateways at once; sipd gateway show says what came of it.")

    @OptionGroup var gateways: GatewayOptions

    func run() async throws { try gateways.perform(.probe) }
}

extension ControlGateway {
    fileprivate var row: [Listing.Cell] {
        [
            .text(group), .text(gateway), .number(Int64(priority)), .number(Int64(weight)),
            .text(state), since.map { .number($0) } ?? .nothing, .text(reason),
            .number(Int64(probes)), .number(Int64(failedProbes)), .number(Int64(calls)),
            .number(Int64(failedCalls)),
        ]
    }
}
