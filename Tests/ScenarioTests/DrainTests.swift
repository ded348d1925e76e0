import SIPCore
import SIPTesting
import Testing

@Suite("a proxy that drains") struct DrainTests {
    @Test(
        "answers new calls 503 with Retry-After, whatever they ask",
        arguments: [
            "INVITE", "REGISTER", "MESSAGE", "OPTIONS",
        ]) func new(method: String) async throws
    {
        let site = try VirtualSite()
        site.proxy.drain()
        let stranger = site.host()
        let answers = await stranger.ask(stranger.request(method, "sip:voice.test"))
        #expect(answers.map(\.status) == [503])
        #expect(answers.last?.value("Retry-After") == "5")
        #expect(site.proxy.sessionCount == 0)
        await site.settle()
    }

    @Test("ends calls under way as ever: they ring, are answered, and hung up") func underWay()
        async throws
    {
        let site = try VirtualSite()
        let phones = try await site.registered("alice", "bob")
        let call = phones[0].call(phones[1])
        await site.run(for: .seconds(1))
        site.proxy.drain()
        #expect(site.proxy.unansweredCount == 1)
        phones[1].incoming?.ring()
        await site.run(for: .seconds(5))
        phones[1].incoming?.answer()
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 200)
        #expect(phones[1].incoming?.isAcknowledged == true)
        #expect(site.proxy.unansweredCount == 0)
        phones[1].incoming?.hangUp()
        await site.run(for: .seconds(1))
        #expect(phones[1].incoming?.hangUpStatus == 200)
        await site.settle()
    }

    @Test("lets a caller hang up while it rings") func cancelled() async throws {
        let site = try VirtualSite()
        let phones = try await site.registered("alice", "bob")
        phones[1].habit = .rings
        let call = phones[0].call(phones[1])
        await site.run(for: .seconds(1))
        site.proxy.drain()
        call.cancel()
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 487)
        #expect(site.proxy.unansweredCount == 0)
        await site.settle()
    }
}
