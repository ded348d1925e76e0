import Foundation
import Testing
import sipd

@Suite("example file")
struct ExampleFileTests {
    private let text: String

    init() throws {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        text = try String(
            contentsOf: root.appending(path: "Docs/sipd.example.yaml"), encoding: .utf8)
    }

    @Test("it holds the defaults")
    func defaults() throws {
        var expected = Settings()
        expected.domains = ["voice.example"]
        #expect(try settings(text) == expected)
    }

    @Test("it names every setting, and with its examples uncommented it is still right")
    func complete() throws {
        // "# pid_file: …" is an example, "# unit: …" would be prose.
        let names = Set(SettingsKey.all.compactMap { $0.path.split(separator: ".").last })
        let yaml = text.replacing(/#\ ([a-z_]+):\ /) { match in
            names.contains(match.output.1) ? "\(match.output.1): " : match.output.0
        }
        let file = try SettingsFile.parse(yaml, path: "example")
        _ = try Settings(.init(file: file))
        #expect(paths(in: file) == SettingsKey.all.map(\.path))
    }

    private func paths(in node: SettingsNode, under section: String = "") -> [String] {
        guard case .table(let entries) = node.content else { return [] }
        return entries.flatMap { entry in
            section.isEmpty && SettingsKey.sections.contains(entry.key)
                ? paths(in: entry.value, under: entry.key + ".") : [section + entry.key]
        }
    }
}
