import ArgumentParser

/// `sipd check FILE`
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Says what is wrong with a settings file, without starting.",
        discussion: """
            Every problem is one line, "file:line:column: what"; the exit code is 1 when there is one. What the \
            environment would override is not looked at.

            Example:
              sipd check /etc/sipd.yaml && systemctl restart sipd
            """)

    @Argument(help: "The settings file; - reads standard input.", completion: .file())
    var file: String

    func run() throws {
        let problems = try Settings.problems(inFile: file)
        guard problems.isEmpty else {
            for problem in problems { StandardError.write("\(problem)\n") }
            throw ExitCode(Failure.Code.negative.rawValue)
        }
        StandardError.write("\(file): no problem found\n")
    }
}
