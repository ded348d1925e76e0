import ArgumentParser
import SIPSQLite

/// `sipd user import FILE`
struct UserImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Adds the accounts of a file, or gives those that are there the new password.",
        discussion: """
            A line an account, "user@domain,password". Everything behind the first comma is the password, unless it \
            begins with a quote: then it is quoted as spreadsheets do. Empty lines and lines that begin with # are \
            skipped. The whole file is checked before the first account is stored; a wrong line is named.

            Examples:
              sipd user import accounts.csv
              some-export | sipd user import -
            """)

    @Argument(help: "The file; - reads standard input.", completion: .file())
    var file: String

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let settings = try options.settings()
        let lines = try AccountFile(
            TextFile.read(file, noun: "import file"), name: file == "-" ? "standard input" : file
        ).lines
        try await options.use(make: true) { database, _ in
            let subscribers = SQLiteSubscribers(database)
            let progress = Progress("accounts")
            // One realm at a time, since the hashes hold it.
            let realms = Dictionary(grouping: lines) { line in
                settings.authentication.realm ?? line.account.domain
            }
            var done = 0
            for (realm, lines) in realms.sorted(by: { $0.key < $1.key }) {
                let before = done
                try await subscribers.importAll(
                    lines.lazy.map { $0.account.new($0.password) }, as: .hashes(realm: realm)
                ) { count in
                    done = before + count
                    progress.report(done, of: realms.values.map(\.count).reduce(0, +))
                }
            }
        }
        StandardError.write("\(lines.count) accounts imported\n")
    }
}
