import ArgumentParser

/// `sipd online`
struct OnlineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "online",
        abstract: "Lists who is registered.",
        discussion: """
            An address a line, with the number of its contacts; sipd location show has the contacts themselves. Asks the \
            running sipd, and the database when none runs.

            Examples:
              sipd online
              sipd online --count
            """)

    @Flag(help: "Print nothing but the number of addresses.")
    var count = false

    @Flag(help: "As a JSON array of objects: address, contacts.")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        var contacts: [String: Int64] = [:]
        try await options.perform(.online) { reply in
            guard case .addresses(let addresses, _) = reply else { return }
            for address in addresses { contacts[address, default: 0] += 1 }
        }
        guard !count else {
            print(contacts.count)
            return
        }
        var listing = Listing(["address", "contacts"])
        for (address, count) in contacts.sorted(by: { $0.key < $1.key }) {
            listing.append([.text(address), .number(count)])
        }
        listing.print(asJSON: json)
    }
}
