package import ArgumentParser

/// `sipd run`
package struct RunCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs the registrar and proxy in the foreground until SIGTERM or SIGINT.",
        discussion: """
            A value is looked for in this order: a flag, the environment (SIPD_LISTEN, SIPD_LOCATION_MODE, …: the \
            settings' names in capitals, lists with commas), the settings file, the default. Docs/sipd.example.yaml has \
            them all.

            Examples:
              sipd run --domain voice.example
              sipd run --config /etc/sipd.yaml --location-mode 2
              sipd run --listen udp:192.0.2.1:5060 --listen 'udp:[2001:db8::1]:5060' --domain voice.example
            """)

    @Option(help: "The settings file. Default: what SIPD_CONFIG says.", completion: .file())
    package var config: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Where to listen, may be repeated; an IPv6 address in brackets, port 0: any free port.",
            valueName: "udp:address:port"))
    package var listen: [String] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("A domain we are responsible for, may be repeated.", valueName: "name"))
    package var domain: [String] = []

    @Option(
        help: ArgumentHelp(
            "The database: sqlite:PATH, made when it is not there, or mysql://user@host/name.",
            valueName: "url"))
    package var database: String?

    @Option(
        help: ArgumentHelp(
            """
            0: memory alone, 1: answered after the commit, 2: memory now, the database soon, 3: the database alone, \
            which several sipd may share.
            """,
            valueName: "0|1|2|3"))
    package var locationMode: String?

    @Option(help: "A file for the process's number, locked while it runs.", completion: .file())
    package var pidFile: String?

    /// The flags that were given.
    package var flags: [Settings.Flag] {
        let all = [
            Settings.Flag("listen", "--listen", listen),
            Settings.Flag("domains", "--domain", domain),
            Settings.Flag("database", "--database", database.map { [$0] } ?? []),
            Settings.Flag("location.mode", "--location-mode", locationMode.map { [$0] } ?? []),
            Settings.Flag("pid_file", "--pid-file", pidFile.map { [$0] } ?? []),
        ]
        return all.filter { !$0.values.isEmpty }
    }

    package init() {}

    package func run() async throws {
        let reread: @Sendable () throws -> Settings = { [config, flags] in
            try Settings.load(file: config, flags: flags)
        }
        try await Daemon(reread(), reread: reread).run()
    }
}
