import Foundation
import TestPrograms
import Testing

extension Loopback {
    @Suite("commands")
    struct CommandTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        private func sipd(_ arguments: String..., input: String? = nil) throws -> (
            code: ChildProcess.End, output: String, error: String
        ) {
            try Sipd.run(arguments + ["--database", folder.database], input: input, in: folder)
        }

        @Test("an account is added, listed, given another password, and removed")
        func account() throws {
            #expect(try sipd("user", "add", "alice@voice.test", input: "secret\n").code == .exit(0))
            #expect(try sipd("user", "list").output == "USER   DOMAIN\nalice  voice.test\n")
            #expect(
                try sipd("user", "list", "--json").output
                    == "[\n  {\"user\": \"alice\", \"domain\": \"voice.test\"}\n]\n")
            #expect(
                try sipd("user", "passwd", "alice@voice.test", input: "other\n").code == .exit(0))
            #expect(try sipd("user", "rm", "alice@voice.test").code == .exit(0))
            #expect(try sipd("user", "list", "--json").output == "[]\n")
        }

        @Test("the file is for its owner alone, and holds no password")
        func secrecy() throws {
            _ = try sipd("user", "add", "alice@voice.test", input: "mellonmellon\n")
            let path = folder.path("sipd.sqlite")
            for file in [path, path + "-wal"] where FileManager.default.fileExists(atPath: file) {
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
                #expect(mode as? Int == 0o600)
                let content = try Data(contentsOf: URL(filePath: file))
                #expect(content.range(of: Data("mellon".utf8)) == nil)
            }
        }

        @Test("an alias is added, listed and removed")
        func alias() throws {
            #expect(
                try sipd("alias", "add", "sales@voice.test", "alice@voice.test").code == .exit(0))
            #expect(
                try sipd("alias", "list").output
                    == "ALIAS             TARGET                KIND\n"
                    + "sales@voice.test  sip:alice@voice.test  uri\n")
            #expect(try sipd("alias", "rm", "sales@voice.test").code == .exit(0))
            #expect(try sipd("alias", "rm", "sales@voice.test").code == .exit(1))
        }

        @Test("20,000 accounts are imported in seconds, and again with other passwords")
        func importing() throws {
            try Sipd.makeAccounts(20_000, in: folder)
            let list = try sipd("user", "list")
            #expect(list.output.split(separator: "\n").count == 20_001)
            let again = try sipd("user", "import", "-", input: "user7@voice.test,other\n")
            #expect(again.error == "1 accounts imported\n")
        }

        @Test("a wrong line stops an import before the first account")
        func wrongImport() throws {
            let result = try sipd("user", "import", "-", input: "a@voice.test,x\nb@voice.test\n")
            #expect(result.code == .exit(65))
            #expect(
                result.error
                    == "sipd: standard input:2: expected user@domain,password; nothing was imported\n"
            )
            #expect(try sipd("user", "list").code == .exit(66))
        }

        @Test("check tells every problem with its place, and says so when there is none")
        func check() throws {
            let file = folder.path("sipd.yaml")
            try "listne: []\nlog: {level: loud}\n".write(
                toFile: file, atomically: false, encoding: .utf8)
            let wrong = try Sipd.run(["check", file], in: folder)
            #expect(wrong.code == .exit(1))
            #expect(
                wrong.error == """
                    \(file):1:1: unknown key 'listne', did you mean 'listen'?
                    \(file):2:14: expected one of trace, debug, info, notice, warning, error, \
                    critical, found 'loud'

                    """)
            try "domains: [voice.test]\n".write(toFile: file, atomically: false, encoding: .utf8)
            #expect(try Sipd.run(["check", file], in: folder).code == .exit(0))
        }

        @Test("a file that is no database is refused and left alone")
        func noDatabase() throws {
            let text = String(repeating: "not a database\n", count: 100)
            try text.write(
                toFile: folder.path("sipd.sqlite"), atomically: false, encoding: .utf8)
            let result = try sipd("user", "add", "alice@voice.test", input: "secret\n")
            #expect(result.code == .exit(65))
            #expect(result.error.contains("not an SQLite database"))
            #expect(try String(contentsOfFile: folder.path("sipd.sqlite"), encoding: .utf8) == text)
        }

        @Test("failures are one line and an exit code that says which kind", arguments: failures)
        func failure(failure: CommandFailure) throws {
            let result = try Sipd.run(failure.arguments, input: failure.input, in: folder)
            #expect(result.code == .exit(failure.code))
            #expect(result.error.hasSuffix("\n"))
            #expect(result.error.split(separator: "\n").count == 1)
            #expect(result.error.contains(failure.text), "\(result.error)")
        }
    }
}

struct CommandFailure: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    var input: String?
    let code: Int32
    let text: String
    var testDescription: String { arguments.joined(separator: " ") }
}

private let failures = [
    CommandFailure(
        arguments: ["user", "list", "--database", "sqlite:/nowhere/x"], code: 66,
        text: "there is no database /nowhere/x: name another with --database"),
    CommandFailure(
        arguments: ["user", "add", "a@b", "--database", "sqlite:/nowhere/x"], input: "pw\n",
        code: 73,
        text: "/nowhere/x"),
    CommandFailure(
        arguments: ["user", "list", "--database", "x"], code: 78,
        text: "--database: expected a database such as"),
    CommandFailure(
        arguments: ["user", "list", "--config", "/nowhere/sipd.yaml"], code: 66,
        text: "can not read the settings file /nowhere/sipd.yaml: No such file"),
    CommandFailure(
        arguments: ["user", "import", "/nowhere/a.csv"], code: 66,
        text: "can not read the import file /nowhere/a.csv: No such file"),
]
