import Foundation
import Testing

/// What an archive of test messages says of one of them: a line of its `expect.tsv`.
struct Expectation: CustomTestStringConvertible, Sendable {
    let file: String
    let archive: String
    /// The column of replies that a proxy or registrar may give.
    let replies: String

    var testDescription: String { file }

    /// The message, byte for byte.
    var bytes: [UInt8] {
        get throws { Array(try Data(contentsOf: Self.folder(archive).appending(path: file))) }
    }

    /// Whether no reply at all is right: for a response, which is dropped.
    var isSilent: Bool { replies.hasPrefix("-") }

    /// Whether a status is among the replies, or, where any result of routing will do, is no 400.
    func allows(_ status: Int) -> Bool {
        if numbers.contains(status) { return true }
        // Where a registrar may accept, it may also ask who is there, and say no to who should not be.
        if numbers.contains(200), [401, 403, 404].contains(status) { return true }
        guard status != 400 else { return replies.contains("400 tolerated") }
        return ["any routing result", "forward", "routing result", "by policy"].contains {
            replies.contains($0)
        }
    }

    /// The three-digit numbers of the column, but for those that it forbids.
    private var numbers: [Int] {
        let permitted = replies.replacing("never 400", with: "").replacing("400 only if", with: "")
        return permitted.split { !$0.isNumber }.filter { $0.count == 3 }.compactMap { Int($0) }
    }

    static func all(_ archive: String, column: Int) throws -> [Expectation] {
        let text = try String(
            contentsOf: folder(archive).appending(path: "expect.tsv"), encoding: .utf8)
        return text.split(separator: "\n").dropFirst().map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            return Expectation(
                file: String(fields[0]), archive: archive, replies: String(fields[column]))
        }
    }

    private static func folder(_ archive: String) -> URL {
        Bundle.module.bundleURL.appending(path: "Fixtures").appending(path: archive)
    }
}
