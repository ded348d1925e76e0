import Foundation
import Logging
import Synchronization
import Testing
import sipd

@Suite("log line")
struct LogLineTests {
    @Test(
        "a value stays on its line and can be told from its neighbours",
        arguments: [
            ("alice@voice.example", "alice@voice.example"),
            ("", "\"\""),
            ("two words", "\"two words\""),
            ("a=b", "\"a=b\""),
            ("say \"hi\" \\", #""say \"hi\" \\""#),
            ("x\r\n2026 info forged", #""x\r\n2026 info forged""#),
            ("tab\there", #""tab\there""#),
            ("\u{1B}[2J\0\u{7F}\u{85}", #""\u001b[2J\u0000\u007f\u0085""#),
            ("right\u{202E}left\u{2028}", #""right\u202eleft\u2028""#),
            ("Grüße", "Grüße"),
            ("\u{E0001}", #""\udb40\udc01""#),
        ])
    func value(raw: String, expected: String) {
        var line = LogLine(time: "T", level: "info", event: "registered")
        line.append("value", raw)
        #expect(line.line == "T info registered value=\(expected)\n")
    }

    @Test("a key and an event can not forge a line either")
    func keyAndEvent() {
        var line = LogLine(time: "T", level: "info", event: "a\nb")
        line.append("k =\n", "v")
        #expect(line.line == #"T info "a\nb" k___=v"# + "\n")
    }
}

@Suite("log handler")
struct LineLogHandlerTests {
    @Test("an event is one line, its fields in alphabetical order, without credentials")
    func text() {
        let lines = log(.text)
        #expect(
            lines == [
                "2026-01-02T03:04:05.000Z info registered aor=alice@voice.example "
                    + "authorization=\"(left out)\" contacts=2 loop=1\n"
            ])
    }

    @Test("JSON is an object a line")
    func json() throws {
        let lines = log(.json)
        #expect(lines.count == 1)
        let object = try JSONDecoder().decode([String: String].self, from: Data(lines[0].utf8))
        #expect(object["event"] == "registered")
        #expect(object["aor"] == "alice@voice.example")
        #expect(object["authorization"] == "(left out)")
        #expect(lines[0].hasSuffix("}\n"))
    }

    private func log(_ format: Settings.LogFormat) -> [String] {
        let lines = Lines()
        let time = Date(timeIntervalSince1970: 1_767_323_045)
        var logger = Logger(label: "sipd") { _ in
            LineLogHandler(
                threshold: LogThreshold(.info), format: format, now: { time }, write: lines.append)
        }
        logger[metadataKey: "loop"] = "1"
        logger.debug("not shown")
        logger.info(
            "registered",
            metadata: [
                "contacts": "2", "aor": "alice@voice.example", "authorization": "Digest x",
            ])
        return lines.all
    }
}

private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func append(_ line: String) { lines.withLock { $0.append(line) } }
}
