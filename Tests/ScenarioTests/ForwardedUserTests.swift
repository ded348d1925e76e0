import SIPCore
import SIPTesting
import Testing

@Suite("a contact that is one of our own users") struct ForwardedUserTests {
    @Test("rings that user's phones") func forwarded() async throws {
        let (site, alice) = try await site()
        let carol = try await site.registered("carol")[0]
        try await site.bind("bob", to: "sip:carol@voice.test")
        carol.habit = .answers(after: .zero)
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 200)
        #expect(carol.incoming?.received.first?.requestURI == carol.contact)
        call.hangUp()
        await site.settle()
    }

    @Test("is also known by our address, and by an alias") func spelled() async throws {
        let (site, alice) = try await site {
            $0.aliases = ["desk@voice.test": "sip:carol@voice.test"]
        }
        let carol = try await site.registered("carol")[0]
        try await site.bind("bob", to: "sip:carol@192.0.2.1")
        try await site.bind("dave", to: "sip:desk@192.0.2.1:5060")
        for callee in ["bob", "dave"] {
            let call = alice.call("sip:\(callee)@voice.test")
            await site.run(for: .seconds(1))
            carol.incoming?.refuse(486)
            await site.run(for: .seconds(1))
            #expect(call.finalStatus == 486)
        }
        #expect(carol.calls.count == 2)
        await site.settle()
    }

    @Test("who forwards back ends there: each address is looked up once") func circle() async throws
    {
        let (site, alice) = try await site()
        try await site.bind("bob", to: "sip:carol@voice.test")
        try await site.bind("carol", to: "sip:bob@voice.test")
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 404)
        await site.settle()
    }

    @Test("in two ways rings once") func twice() async throws {
        let (site, alice) = try await site()
        let dave = try await site.registered("dave")[0]
        for user in ["sip:carol@voice.test", "sip:dave@voice.test"] {
            try await site.bind("bob", to: user)
        }
        try await site.bind("carol", to: "sip:dave@voice.test")
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(dave.calls.count == 1)
        dave.incoming?.refuse(486)
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 486)
        await site.settle()
    }

    @Test("rings with the preference of the forward, before his own phones'") func preference()
        async throws
    {
        let (site, alice) = try await site()
        let carol = try await site.registered("carol")[0]
        let desk = site.host("desk", 0xC633_64C8)
        try await site.bind("bob", to: "sip:carol@voice.test", q: 500)
        try await site.bind("bob", to: "sip:bob@\(desk.hostPort)", q: 900)
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(100))
        #expect(carol.calls.isEmpty)
        desk.respond(486, to: try #require(desk.heard("INVITE").first))
        await site.run(for: .seconds(1))
        carol.incoming?.refuse(480)
        await site.run(for: .seconds(1))
        #expect(carol.calls.count == 1)
        #expect(call.finalStatus == 486)
        await site.settle()
    }

    @Test("who has no phone is nobody") func nobody() async throws {
        let (site, alice) = try await site()
        try await site.bind("bob", to: "sip:carol@voice.test")
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 404)
        await site.settle()
    }

    private func site(
        _ change: (inout VirtualSite.Home) -> Void = { _ in }
    ) async throws -> (VirtualSite, Phone) {
        let site = try VirtualSite(change)
        return (site, try await site.registered("alice")[0])
    }
}
