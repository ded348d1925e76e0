import Foundation
import SIPProxy
import SIPTesting
import Testing

@Suite("the core, whatever it is told") struct CoreInvariantTests {
    static let programs = Fixture.files(in: "programs")

    @Test("keeps nothing and sends nothing that is not allowed", arguments: programs)
    func program(name: String) throws {
        try CoreInvariant.check(try Fixture.bytes("programs/\(name)"))
    }

    @Test("does all that, in these programs") func tally() throws {
        var tally = Tally()
        for name in Self.programs {
            tally = tally + (try CoreInvariant.check(try Fixture.bytes("programs/\(name)")))
        }
        #expect(tally.requests > 100)
        #expect(tally.responses > 100)
        #expect(tally.relayedHome > 20)
        for proof in Tally.Proof.allCases {
            #expect(tally.relayedAway[proof, default: 0] > 0, "\(proof)")
        }
        #expect(tally.challenges > 1)
        #expect(tally.refusals > 0)
    }

    @Test("keeps to it in programs of dice", arguments: [1, 2, 3, 4] as [UInt64])
    func dice(seed: UInt64) throws {
        let known = try Self.programs.map { try Fixture.bytes("programs/\($0)") }
        var mutation = Mutation(seed: seed)
        for round in 0..<60 {
            let program = mutation.damaged(known[round % known.count], others: known)
            do {
                try CoreInvariant.check(program)
            } catch {
                Issue.record("\(error), of \(Data(program).base64EncodedString())")
                return
            }
        }
    }

    @Test("what the fuzzer found stays fixed", arguments: Fixture.files(in: "fuzz-finds/core"))
    func find(name: String) throws {
        try CoreInvariant.check(try Fixture.bytes("fuzz-finds/core/\(name)"))
    }

    @Test("a route that relays for anybody breaks it") func openRelay() throws {
        let router = ClosureRouter { request in
            request.recordRoute()
            return .relay(unchecked: .anybodyToAnywhere)
        }
        #expect(throws: Breach.self) {
            try CoreInvariant.check(try Fixture.bytes("programs/stranger"), router: router)
        }
    }
}

private enum Fixture {
    static let folder = Bundle.module.bundleURL.appending(path: "Fixtures")

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: path)))
    }

    static func files(in path: String) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(
            atPath: folder.appending(path: path).path)
        return (names ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }
}
