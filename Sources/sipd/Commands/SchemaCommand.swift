import ArgumentParser
import SIPMariaDB

/// `sipd schema …`
struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Makes or checks the tables of a database.",
        discussion: """
            The tables are those of Kamailio 5.6 to 6.1. An existing database of Kamailio, OpenSIPS or SER is used as it \
            is; check says what sipd would miss in it.

            Examples:
              sipd schema create --database 'mysql://ser@127.0.0.1/ser?password_file=/etc/sipd.password'
              sipd schema check --config /etc/sipd.yaml
            """,
        subcommands: [SchemaCreateCommand.self, SchemaCheckCommand.self])
}

struct SchemaCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes the tables that are not there; those that are stay as they are.")

    @Flag(
        help: ArgumentHelp(
            """
            Adds columns to new tables that others do not know: SHA-256 and SHA-512-256 hashes and mail addresses of \
            accounts, parameters of contacts.
            """))
    var extensions = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try await options.use(make: true) { databases in
            // A file gets its tables when it is opened.
            guard case .mariadb(let databases) = databases else { return }
            for database in databases.all {
                let made = try await database.createSchema(withExtensions: extensions)
                let list = made.isEmpty ? "all tables are there" : made.joined(separator: ", ")
                StandardError.write("\(database.url): \(list)\n")
            }
        }
    }
}

struct SchemaCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Says what is wrong with the tables.",
        discussion: "The exit code is 1 when sipd can't work with them.")

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let settings = try options.settings()
        let isUsable = try await options.use { databases in
            guard case .mariadb(let databases) = databases else { return true }
            var isUsable = true
            for (url, services) in databases.urls.byURL.sorted(by: { "\($0.key)" < "\($1.key)" }) {
                isUsable =
                    try await check(
                        databases.all.first { $0.url == url }, services, settings.neededServices)
                    && isUsable
            }
            return isUsable
        }
        guard isUsable else { throw ExitCode(Failure.Code.negative.rawValue) }
    }

    private func check(
        _ database: MariaDBDatabase?, _ services: Set<MariaDBDatabase.Service>,
        _ needed: Set<MariaDBDatabase.Service>
    ) async throws -> Bool {
        guard let database else { return true }
        let problems = try await database.checkSchema(services.intersection(needed))
        // What sipd can do without is told, and is no failure.
        let others = try await database.checkSchema(services.subtracting(needed))
        for finding in problems + others {
            let isProblem = finding.isFatal && problems.contains(finding)
            StandardError.write("\(database.url): \(isProblem ? "" : "note: ")\(finding)\n")
        }
        let isUsable = !problems.contains(where: \.isFatal)
        StandardError.write(
            isUsable
                ? "\(database.url): no problem found\n"
                : "\(database.url): sipd schema create makes missing tables\n")
        return isUsable
    }
}
