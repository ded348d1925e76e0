import ArgumentParser
import Foundation

/// `sipd monitor`
struct MonitorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor",
        abstract: "Shows live what the running sipd does, until Ctrl-C.",
        discussion: """
            Examples:
              sipd monitor
              sipd monitor --interval 10 --json >> figures.jsonl
              sipd monitor --count 1
            """,
        aliases: ["moni"])

    @Option(help: "Seconds between two looks, 0.1 to 3600.")
    var interval = 1.0

    @Option(help: "End after so many looks. Default: at Ctrl-C.")
    var count: Int?

    @Flag(help: "A JSON object a look, on a line: figures, and rates a second since the last.")
    var json = false

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        guard (0.1...3_600).contains(interval) else {
            throw ValidationError("the interval is 0.1 to 3600 seconds")
        }
        guard count ?? 1 > 0 else { throw ValidationError("count is 1 or more") }
    }

    func run() async throws {
        var before: Figures?
        var left = count ?? .max
        try options.runningDaemon().perform(.monitor(interval: interval)) { reply in
            guard case .figures(let figures) = reply else { return true }
            let rates = before.flatMap { FigureRates(from: $0, to: figures) }
            if json {
                try JSONLine.print(Look(figures: figures, rates: rates))
            } else {
                // The terminal is cleared, so that the figures stay where they are.
                let start = isatty(STDOUT_FILENO) == 1 ? "\u{1B}[H\u{1B}[2J" : ""
                let text = start + Self.page(figures, rates)
                FileHandle.standardOutput.write(Data(text.utf8))
            }
            before = figures
            left -= 1
            return left > 0
        }
    }

    private struct Look: Encodable {
        let figures: Figures
        let rates: FigureRates?
    }

    /// The figures for eyes.
    static func page(_ figures: Figures, _ rates: FigureRates?) -> String {
        var lines = [
            ("process", "\(figures.process), up \(time(figures.uptime))"),
            (
                "registrations",
                Self.registrations(figures)
                    + (figures.unsaved > 0 ? ", \(figures.unsaved) not yet written" : "")
                    + (figures.waiting > 0 ? ", \(figures.waiting) wait for the database" : "")
            ),
            ("accounts", "\(figures.accounts) in memory"),
            ("transactions", "\(figures.transactions)"),
            ("received", "\(figures.received)" + rate(rates?.received)),
            ("sent", "\(figures.sent)" + rate(rates?.sent)),
        ]
        for (name, count) in figures.replies.sorted(by: { $0.key < $1.key }) {
            lines.append(("replies \(name)", "\(count)" + rate(rates?.replies[name])))
        }
        lines.append(("memory", "\(figures.memory / 1_048_576) MB"))
        lines.append(
            (
                "processor",
                decimal(figures.processor) + " s"
                    + (rates.map { ", \(decimal($0.processor)) % of one" } ?? "")
            ))
        let width = lines.map(\.0.count).max() ?? 0
        return lines.map { name, value in
            name + String(repeating: " ", count: width - name.count) + "  " + value + "\n"
        }.joined()
    }

    private static func registrations(_ figures: Figures) -> String {
        guard let contacts = figures.registrations, let addresses = figures.addresses else {
            return "in the database"
        }
        return "\(contacts) contacts of \(addresses) addresses"
    }

    private static func rate(_ rate: Double?) -> String {
        rate.map { ", \(decimal($0))/s" } ?? ""
    }

    private static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    /// 1d 02:03:04
    private static func time(_ seconds: Double) -> String {
        let whole = Int(seconds)
        let parts = [whole / 3_600 % 24, whole / 60 % 60, whole % 60]
        let clock = parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        return whole >= 86_400 ? "\(whole / 86_400)d \(clock)" : clock
    }
}
