import ArgumentParser
import SIPAuth
import SIPCore
import SIPLocation

/// `sipd address …`
struct AddressCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "address",
        abstract: "Shows, adds and removes trusted addresses: gateways and other proxies.",
        discussion: """
            They are in table address, in groups; those of the groups that permissions: {trusted_groups: [1]} names in the \
            settings call without credentials, at your expense. A running sipd goes by a change at once.

            Examples:
              sipd address add 192.0.2.7 --tag gateway
              sipd address add 2001:db8:7::/48 --group 2 --port 5060
              sipd address show --json
              sipd address rm 192.0.2.7
            """,
        subcommands: [AddressShowCommand.self, AddressAddCommand.self, AddressRemoveCommand.self])
}

struct AddressShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Lists the addresses, and whether they are trusted.",
        aliases: ["list"])

    @Flag(help: "As a JSON array of objects: network, group, port (null: any), tag, trusted.")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let groups = try options.settings().permissions.trustedGroups
        var listing = Listing(["network", "group", "port", "tag", "trusted"])
        for address in try await options.use({ try await $0.addresses().list() }) {
            listing.append([
                .text("\(address.networkText)/\(address.prefixLength)"),
                .number(Int64(address.group)),
                address.port.map { .number(Int64($0)) } ?? .nothing, .text("\(address.tag)"),
                groups.contains(address.group) ? "yes" : "no",
            ])
        }
        listing.print(asJSON: json)
    }
}

/// A network with its group and port.
struct NetworkOptions: ParsableArguments {
    @Argument(
        help: "An address or a network, such as 192.0.2.7 or 2001:db8:7::/48.",
        transform: Network.parse)
    var network: Network

    @Option(help: "The group that it is in.")
    var group: UInt32 = 1

    @Option(help: "The port that its requests come from, 1 to 65535. Default: any.")
    var port: UInt16?

    func validate() throws {
        guard port != 0 else { throw ValidationError("the port is 1 to 65535") }
    }

    func address(tag: String = "") -> TrustedAddress {
        TrustedAddress(
            group: Int(group), network: network.address, prefixLength: network.prefixLength,
            port: port, tag: ByteSlice(tag))
    }
}

struct AddressAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Adds a network.")

    @OptionGroup var network: NetworkOptions

    @Option(help: "A word to know it by.", transform: Word.parse)
    var tag: String?

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let address = network.address(tag: tag ?? "")
        let isNew = try await options.use(make: true) { try await $0.addresses().add(address) }
        guard isNew else {
            throw Failure(.data, "\(network.network) is in group \(network.group) already")
        }
        if try !options.settings().permissions.trustedGroups.contains(address.group) {
            StandardError.write(
                "sipd: stored; nobody trusts group \(address.group): "
                    + "name it in permissions.trusted_groups\n")
        }
        try options.tellDaemon(.refreshTables)
    }
}

struct AddressRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Removes a network from a group.")

    @OptionGroup var network: NetworkOptions

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let address = network.address()
        let wasThere = try await options.use { try await $0.addresses().remove(address) }
        guard wasThere else {
            throw Failure(
                .negative,
                "table address has no \(network.network) in group \(network.group)"
                    + (network.port.map { " with port \($0)" } ?? ""))
        }
        try options.tellDaemon(.refreshTables)
    }
}

extension Network {
    /// For arguments.
    ///
    /// - Throws: what is expected.
    static func parse(_ argument: String) throws -> Network {
        var problems: [SettingsProblem] = []
        let node = SettingsNode(.flag("network"), .text(argument, plain: true))
        guard let network = SettingsForm<Network>.network.read(node, &problems) else {
            throw ValidationError("expected an address or a network, such as 192.0.2.0/24")
        }
        return network
    }
}
