import ArgumentParser
import SIPAuth

/// `sipd acl …`
struct GroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acl",
        abstract: "Shows, grants and revokes groups: who may call gateways, say.",
        discussion: """
            A group is a word that a route asks for. With permissions: {relay_group: pstn} in the settings, only members \
            of pstn call foreign domains. The groups are in table grp; a running sipd goes by a change at once.

            Examples:
              sipd acl grant alice@voice.example pstn
              sipd acl show alice@voice.example
              sipd acl revoke alice@voice.example pstn
              sipd acl revoke alice@voice.example
            """,
        subcommands: [
            GroupShowCommand.self, GroupGrantCommand.self, GroupRevokeCommand.self,
        ])
}

struct GroupShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Lists who is in which group.", aliases: ["list"])

    @Argument(help: "Only those of this account: user@domain.", transform: AccountName.parse)
    var account: AccountName?

    @Flag(help: "As a JSON array of objects: user, domain, group.")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await options.use { try await $0.groups.list() }
            .print(of: account, as: ["user", "domain", "group"], json: json)
    }
}

struct GroupGrantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Puts an account into a group.", aliases: ["add"])

    @Argument(help: "The account: user@domain.", transform: AccountName.parse)
    var account: AccountName

    @Argument(help: "The group, such as pstn.", transform: Word.parse)
    var group: String

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await options.add(group, of: account) { try $0.groups }
    }
}

struct GroupRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Takes an account out of a group, or of all.",
        aliases: ["rm"])

    @Argument(help: "The account: user@domain.", transform: AccountName.parse)
    var account: AccountName

    @Argument(help: "The group. Default: all groups of the account.", transform: Word.parse)
    var group: String?

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let count = try await options.remove(group, of: account) { try $0.groups }
        guard count > 0 else {
            throw Failure(
                .negative, "\(account) is in no group" + (group.map { " \($0)" } ?? ""))
        }
    }
}
