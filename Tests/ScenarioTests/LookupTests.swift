import SIPCore
import SIPTesting
import Testing

@Suite("a name on the way") struct LookupTests {
    @Test("is looked up for the ACK and the BYE too") func dialog() async throws {
        let (site, alice, other) = try await site()
        let call = alice.call("sip:carol@other.test")
        await site.run(for: .milliseconds(100))
        other.respond(
            200, to: try #require(other.heard("INVITE").first), contact: "sip:carol@other.test")
        await site.run(for: .milliseconds(100))
        #expect(other.heard("ACK").count == 1)
        call.hangUp()
        await site.run(for: .milliseconds(100))
        other.respond(200, to: try #require(other.heard("BYE").first))
        await site.run(for: .milliseconds(100))
        #expect(call.hangUpStatus == 200)
        await site.settle()
    }

    @Test("without addresses lets an ACK go nowhere, in silence") func lostAck() async throws {
        let (site, alice, other) = try await site()
        let call = alice.call("sip:carol@other.test")
        await site.run(for: .milliseconds(100))
        other.respond(
            200, to: try #require(other.heard("INVITE").first), contact: "sip:carol@nowhere.test")
        await site.run(for: .milliseconds(100))
        #expect(call.state == .answered)
        #expect(other.heard("ACK").isEmpty)
        await site.settle()
    }

    @Test("goes to the first address that one of our listeners reaches") func families()
        async throws
    {
        let (site, alice, other) = try await site()
        site.proxy.names["other.test"] = [
            .v6(high: 0x2001_0DB8_0000_0000, low: 9), .v4(0xE000_0001), other.endpoint.address,
            .v4(0xC612_000A),
        ]
        _ = alice.call("sip:carol@other.test")
        await site.run(for: .milliseconds(100))
        #expect(other.heard("INVITE").count == 1)
    }

    @Test("that has no address is one branch less") func fork() async throws {
        let (site, _, _) = try await site()
        let bob = try await site.callee("bob")
        try await site.bind("bob", to: "sip:bob@nowhere.test")
        let stranger = site.host()
        #expect(await stranger.ask(stranger.request("MESSAGE", "sip:bob@voice.test")).isEmpty)
        bob.respond(404, to: try #require(bob.heard("MESSAGE").first))
        await site.run(for: .milliseconds(100))
        #expect(stranger.inbox.map(\.status) == [404])
        await site.settle()
    }

    @Test("whose address comes after another phone has answered is called no more")
    func late() async throws {
        let (site, alice, other) = try await site()
        let bob = try await site.callee("bob")
        try await site.bind("bob", to: "sip:bob@other.test")
        site.proxy.holdsLookups = true
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(100))
        bob.respond(200, to: bob.heard("INVITE")[0], contact: "sip:bob@\(bob.hostPort)")
        await site.run(for: .milliseconds(100))
        #expect(call.state == .answered)
        await site.proxy.releaseLookups()
        await site.run(for: .seconds(1))
        #expect(other.inbox.isEmpty)
        await site.settle()
    }

    @Test("that nobody ever looks up costs a session its time, and no more") func never()
        async throws
    {
        let (site, _, _) = try await site()
        try await site.bind("bob", to: "sip:bob@other.test")
        site.proxy.holdsLookups = true
        let stranger = site.host()
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.settle()
    }

    /// Alice, and a host that is other.test.
    private func site() async throws -> (VirtualSite, Phone, BareHost) {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let other = site.host("other", 0xC612_0009)
        site.proxy.names["other.test"] = [other.endpoint.address]
        return (site, alice, other)
    }
}
