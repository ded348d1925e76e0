import ArgumentParser

/// `sipd stop`
struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stops the running sipd cleanly, and waits until it has ended.",
        discussion: """
            A service manager that restarts what ends should be asked instead.

            Example:
              sipd stop --config /etc/sipd.yaml
            """)

    @OptionGroup var options: DatabaseOptions

    func run() async throws {
        let daemon = try options.runningDaemon()
        try daemon.perform(.stop) { _ in true }
        try daemon.waitForEnd()
    }
}
