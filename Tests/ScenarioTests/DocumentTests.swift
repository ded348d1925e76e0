import Foundation
import Testing

@Suite("the documents") struct DocumentTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test(
        "show code that is compiled",
        arguments: [
            "README.md", "Sources/SIPProxy/SIPProxy.docc/Routing.md",
            "Sources/SIPTesting/SIPTesting.docc/Testing.md",
        ])
    func snippets(path: String) throws {
        let snippets = try Self.texts(in: "Snippets").map(\.normalized)
        let blocks = try Self.text(path).components(separatedBy: "```swift\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        #expect(!blocks.isEmpty)
        for block in blocks {
            #expect(snippets.contains { $0.contains(block.normalized) }, "\(block)")
        }
    }

    @Test("name files that are there") func files() throws {
        let text = try Self.text("Docs/architecture.md")
        let paths = try Self.files(in: "Sources").map(\.path) + ["/Package.swift"]
        let named = text.quoted("`").filter { $0.hasSuffix(".swift") }
        #expect(named.count > 20)
        for name in named {
            #expect(paths.contains { $0.hasSuffix("/\(name)") }, "no file \(name)")
        }
    }

    @Test("name the lines of the route and the tests of each line of ser.cfg") func seed() throws {
        let route = try Self.text("Sources/SIPProxy/Routing/HomeRouter.swift").normalized
        let tests = try Self.texts(in: "Tests").joined()
        var lines = 0
        for line in try Self.text("Docs/seed.md").split(separator: "\n") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map(
                String.init)
            guard cells.count == 5, cells[3].contains("\"") else { continue }
            lines += 1
            for name in cells[3].quoted("\"") {
                #expect(tests.contains("\"\(name)\""), "no test \(name)")
            }
            for code in cells[2].quoted("`")
            where code.contains("request") || code.contains("case ") {
                #expect(route.contains(code.normalized), "not in the route: \(code)")
            }
        }
        #expect(lines > 25)
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// All Swift files under a folder.
    private static func files(in folder: String) throws -> [URL] {
        let files = try #require(
            FileManager.default.enumerator(
                at: root.appending(path: folder), includingPropertiesForKeys: nil))
        return files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    }

    private static func texts(in folder: String) throws -> [String] {
        try files(in: folder).map { try String(contentsOf: $0, encoding: .utf8) }
    }
}

extension String {
    /// One blank for each run of white space.
    fileprivate var normalized: String {
        split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// What stands between pairs of a mark.
    fileprivate func quoted(_ mark: Character) -> [String] {
        split(separator: mark, omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
}
