import SIPTesting
import SIPTransaction
import TestPrograms
import Testing

@Suite("a call flow of RFC 3665") struct CallFlowTests {
    static let sections = (2...11).map { "3.\($0)" }

    @Test("our proxies say what the RFC prints, message by message", arguments: sections)
    func flow(section: String) async throws {
        try await check(section, on: VirtualCallFlow())
    }

    @Test("they say it on sockets too", .onOwnThread(atOnce: 8), arguments: sections)
    func sockets(section: String) async throws {
        var timers = TimerValues.forgetful
        // Bob does not answer in 3.10; in the others he may take his time.
        if section == "3.10" { timers.b = .seconds(1) }
        try await check(section, on: SocketCallFlow(timers))
    }

    private func check(_ section: String, on stage: some CallFlowStage) async throws {
        let flow = try CallFlow(section)
        let run = try await CallFlowRun(flow, on: stage)
        try await run.run()
        #expect(run.confirmed.isSuperset(of: flow.forwarded))
        #expect(run.surplus.isEmpty)
    }
}
