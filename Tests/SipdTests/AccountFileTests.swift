import Testing
import sipd

@Suite("account file")
struct AccountFileTests {
    @Test("a line is an account and all behind the comma its password")
    func lines() throws {
        let file = try AccountFile(
            "\u{FEFF}# ours\r\nalice@voice.example,pw, with comma\r\n\r\n"
                + "bob@Voice.Example,\"quoted \"\"pw\"\", too\"\n",
            name: "a.csv")
        #expect(file.lines.map(\.number) == [2, 4])
        #expect(
            file.lines.map(\.account.description) == ["alice@voice.example", "bob@voice.example"])
        #expect(file.lines.map(\.password) == ["pw, with comma", "quoted \"pw\", too"])
    }

    @Test(
        "a wrong line is named, and nothing is imported",
        arguments: [
            ("alice", "a.csv:1: expected user@domain,password"),
            ("alice,pw", "a.csv:1: 'alice' is no user@domain"),
            ("@voice.example,pw", "a.csv:1: '@voice.example' is no user@domain"),
            ("a@b@c,pw", "a.csv:1: 'a@b@c' is no user@domain"),
            ("a b@c,pw", "a.csv:1: 'a b@c' is no user@domain"),
            ("a@b,", "a.csv:1: the password is empty"),
            ("a@b,\u{7}", "a.csv:1: the password holds a control character"),
            ("a@b,\"pw", "a.csv:1: the quotes around the password do not close"),
            ("a@b,\"p\"w\"", "a.csv:1: the quotes around the password do not close"),
            ("a@b,\"", "a.csv:1: the quotes around the password do not close"),
            ("a@b,pw\n\na@B,pw", "a.csv:3: a@b stands in line 1 already"),
            ("x\na@b,pw\ny", "a.csv:1: expected user@domain,password (and 1 more lines)"),
        ])
    func wrong(text: String, expected: String) {
        #expect(throws: Failure(.data, expected + "; nothing was imported")) {
            try AccountFile(text, name: "a.csv")
        }
    }

    @Test("20,000 lines are read")
    func many() throws {
        let text = (0..<20_000).map { "user\($0)@voice.test,pw\($0)\n" }.joined()
        #expect(try AccountFile(text, name: "-").lines.count == 20_000)
    }
}
