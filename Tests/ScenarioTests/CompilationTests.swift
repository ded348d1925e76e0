import Foundation
import TestPrograms
import Testing

@Suite("the compiler", .onOwnThread(atOnce: 1)) struct CompilationTests {
    private static let fixtures = Bundle.module.bundleURL.appending(path: "Fixtures")
    static let files = [
        "BranchWithoutEnd", "FailedWithoutEnd", "ForeignWithUncheckedCaller",
        "ForeignWithoutProof", "ForgedAction", "ForgedBestResponse", "ForgedCaller",
        "ForgedContacts", "ForgedDialog", "ForgedMember", "ForgedOwner", "ForgedPeer",
        "ForgedTarget", "GatewayWithoutProof", "RelayToForeignAddress", "RelayWithUncheckedDialog",
        "RelayWithUncheckedPeer", "RelayWithoutGroup", "RelayWithoutProof", "RouteWithoutEnd",
        "SaveForCaller", "SaveWithoutOwner", "StolenProof",
        "ThenForeignAddress",
    ]

    @Test("accepts a route that ends everywhere and shows its proofs") func accepted() throws {
        let verdict = try CompilerVerdict(
            of: Self.fixtures.appending(path: "accepted/Office.swift"))
        #expect(verdict.errors.isEmpty, "\(verdict.text)")
        #expect(verdict.text.isEmpty)
    }

    @Test(
        "refuses a route without an end, a way out without a proof and a forged proof, and says why",
        arguments: files)
    func refused(name: String) throws {
        let file = Self.fixtures.appending(path: "refused/\(name).swift")
        let expected = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .prefix { $0.hasPrefix("// error: ") }.map { String($0.dropFirst("// error: ".count)) }
        let verdict = try CompilerVerdict(of: file)
        #expect(verdict.errors == expected, "\(verdict.text)")
        #expect(!expected.isEmpty)
    }

    @Test("every file that is to be refused is among the arguments") func complete() throws {
        let files = try FileManager.default.contentsOfDirectory(
            atPath: Self.fixtures.appending(path: "refused").path(percentEncoded: false))
        #expect(files.sorted() == Self.files.map { "\($0).swift" })
    }
}
