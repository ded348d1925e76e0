import Foundation
import SIPAuth
import SIPCore
import Testing

/// One row of the tables of digests that others computed.
struct Vector: Sendable, CustomTestStringConvertible {
    let algorithm: DigestAlgorithm
    let username: String
    let realm: String
    let password: String
    let method: String
    let uri: String
    let nonce: String
    let nonceCount: String?
    let cnonce: String?
    let qop: QualityOfProtection?
    let response: String
    let source: String
    let body: [UInt8]
    /// Printed in an RFC and corrected by an erratum since.
    let isKnownWrong: Bool

    var testDescription: String { "\(algorithm) \(source)" }

    var input: DigestInput {
        DigestInput(
            algorithm: algorithm, username: ByteSlice(username), realm: ByteSlice(realm),
            nonce: ByteSlice(nonce), method: ByteSlice(method), uri: ByteSlice(uri), qop: qop,
            nonceCount: ByteSlice(nonceCount ?? ""), cnonce: ByteSlice(cnonce ?? ""),
            body: ByteSlice(body))
    }

    static let published = rows("published.tsv").map(Vector.init)
    static let derived = rows("derived.tsv").map(Vector.init)

    private init(_ row: [String]) {
        func value(_ column: Int) -> String? { row[column] == "-" ? nil : row[column] }
        algorithm = DigestAlgorithm(rawValue: row[0]) ?? .md5
        username = row[1]
        realm = row[2]
        password = row[3]
        method = row[4]
        uri = row[5]
        nonce = row[6]
        nonceCount = value(7)
        cnonce = value(8)
        qop = value(9).flatMap { QualityOfProtection(rawValue: $0) }
        response = row[10]
        source = row[11]
        body = value(12).map { fixture($0) } ?? []
        isKnownWrong = row.count > 13 && row[13].hasPrefix("MISMATCH")
    }
}

/// One H(A1) that others computed.
struct HashedVector: Sendable, CustomTestStringConvertible {
    let algorithm: DigestAlgorithm
    let username: String
    let realm: String
    let password: String
    let ha1: String

    var testDescription: String { "\(algorithm) \(username) \(realm)" }

    static let all = rows("ha1.tsv").map { row in
        HashedVector(
            algorithm: DigestAlgorithm(rawValue: row[0]) ?? .md5, username: row[1], realm: row[2],
            password: row[3], ha1: row[4])
    }
}

/// The rows of a table without its heading.
private func rows(_ name: String) -> [[String]] {
    String(decoding: fixture(name), as: UTF8.self)
        .split(separator: "\n").dropFirst()
        .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
}

/// A fixture's bytes; empty when it is missing, which the tests that count the rows notice.
func fixture(_ name: String) -> [UInt8] {
    let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)
    return url.flatMap { try? Data(contentsOf: $0) }.map(Array.init) ?? []
}
