import Foundation
import SIPCore
import Testing

/// The files beside these tests.
enum Fixture {
    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: try url(path)))
    }

    static func message(_ path: String) throws -> SIPMessage {
        try SIPMessage(try bytes(path))
    }

    static func request(_ path: String) throws -> SIPRequest {
        try #require(try message(path).request, "\(path) is a request")
    }

    static func response(_ path: String) throws -> SIPResponse {
        try #require(try message(path).response, "\(path) is a response")
    }

    /// A row of a table by its column names, shown as its first cell.
    struct Row: Sendable, CustomTestStringConvertible {
        let cells: [String: String]
        let testDescription: String

        subscript(name: String) -> String? { cells[name] }
    }

    /// The rows of a table.
    static func rows(_ path: String) -> [Row] {
        guard let url = try? url(path), let text = try? String(contentsOf: url, encoding: .utf8)
        else { return [] }
        let lines = text.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
        }
        guard let names = lines.first else { return [] }
        return lines.dropFirst().map { cells in
            Row(
                cells: Dictionary(zip(names, cells), uniquingKeysWith: { first, _ in first }),
                testDescription: cells[0])
        }
    }

    /// The paths of the files under a folder, in order.
    static func paths(under folder: String, suffix: String) -> [String] {
        guard let root = try? url(folder),
            let names = FileManager.default.subpaths(atPath: root.path)
        else { return [] }
        return names.filter { $0.hasSuffix(suffix) }.sorted().map { "\(folder)/\($0)" }
    }

    private static func url(_ path: String) throws -> Foundation.URL {
        let root = try #require(Bundle.module.resourceURL)
        return root.appendingPathComponent("Fixtures").appendingPathComponent(path)
    }
}

extension SIPMessage {
    var request: SIPRequest? {
        if case .request(let request) = self { request } else { nil }
    }

    var response: SIPResponse? {
        if case .response(let response) = self { response } else { nil }
    }

    /// A message from text whose lines end in LF here and in CRLF there.
    init(lines text: String) throws {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte == 0x0A { bytes.append(0x0D) }
            bytes.append(byte)
        }
        try self.init(bytes)
    }
}

/// A well-formed request, with header lines changed, left out or added.
func request(
    _ method: String = "OPTIONS", uri: String = "sip:bob@example.com",
    without: [String] = [], adding: [String] = [], body: String = ""
) throws -> SIPRequest {
    let lines = [
        "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc;rport",
        "Max-Forwards: 70",
        "From: <sip:alice@example.com>;tag=1",
        "To: <sip:bob@example.com>",
        "Call-ID: a84b4c76e66710@192.0.2.1",
        "CSeq: 1 \(method)",
    ].filter { line in !without.contains { line.hasPrefix($0 + ":") } }
    let text = (["\(method) \(uri) SIP/2.0"] + lines + adding + ["", body]).joined(
        separator: "\r\n")
    return try #require(try SIPMessage(Array(text.utf8)).request)
}

/// The status of the refusal, or nil when the request is taken.
func refusal(of request: SIPRequest) -> UInt16? {
    do {
        _ = try request.check()
        return nil
    } catch {
        return error.status.code
    }
}
