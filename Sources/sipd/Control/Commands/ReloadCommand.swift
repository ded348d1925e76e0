import ArgumentParser

/// `sipd reload`
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Makes the running sipd read accounts, aliases, tables and settings again.",
        discussion: """
            Of the settings, log.level changes while it runs; those that were changed and wait for a restart are named. \
            What can't be read stays as it was, and the command says so. SIGHUP does the same.

            Example:
              sipd reload --config /etc/sipd.yaml
            """)

    @Flag(help: "As a JSON object: accounts, tables, logLevel, needRestart.")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        try options.runningDaemon().perform(.reload) { reply in
            guard case .reloaded(let report) = reply else { return true }
            if json {
                try JSONLine.print(report)
            } else {
                print("\(report.accounts) accounts in memory, log level \(report.logLevel)")
                for (table, count) in report.tables.sorted(by: { $0.key < $1.key }) {
                    print("table \(table): \(count) in memory")
                }
                for setting in report.needRestart { print("\(setting): waits for a restart") }
            }
            return true
        }
    }
}
