import ArgumentParser
import SIPAuth

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
        let lines = try AccountFile(
            TextFile.read(file, noun: "import file"), name: file == "-" ? "standard input" : file
        ).lines
        let hasTable = try options.settings().permissions.names != .own
        try await options.use(make: true) { databases in
            let accounts = try databases.accounts
            let progress = Progress("accounts")
            let total = lines.count
            // One realm at a time, since the hashes hold it.
            let realms = Dictionary(grouping: lines, by: \.account.domain)
            var before = 0
            for (realm, lines) in realms.sorted(by: { $0.key < $1.key }) {
                try await accounts.importAll(
                    lines.lazy.map { $0.account.new($0.password) },
                    as: databases.storage(realm: realm)
                ) { done in progress.report(before + done, of: total) }
                before += lines.count
            }
            // Else the accounts could not use their own names.
            guard hasTable else { return }
            for start in stride(from: 0, to: total, by: 1000) {
                let page = lines[start..<min(start + 1000, total)]
                try await databases.names.add(
                    page.map { $0.account.word($0.account.user) }, at: .now)
            }
        }
        try options.tellDaemon(.refresh)
        StandardError.write("\(lines.count) accounts imported\n")
    }
}
