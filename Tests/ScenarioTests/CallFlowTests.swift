import SIPTesting
import Testing

@Suite("a call flow of RFC 3665") struct CallFlowTests {
    static let sections = (2...11).map { "3.\($0)" }

    @Test("our proxies say what the RFC prints, message by message", arguments: sections)
    func flow(section: String) async throws {
        let flow = try CallFlow(section)
        let run = try CallFlowRun(flow)
        try await run.run()
        #expect(run.confirmed.isSuperset(of: flow.forwarded))
        #expect(run.surplus.isEmpty)
    }
}
