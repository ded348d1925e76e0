import SIPCore
import SIPProxy
import SIPTesting
import Testing

@Suite("a redirect") struct RedirectTests {
    @Test("goes back to the caller, when the route does not follow it") func passedOn()
        async throws
    {
        let (site, alice, bob) = try await site(follows: false)
        let call = alice.call("sip:bob@voice.test")
        await redirect(site, bob, to: "<sip:carol@voice.test>")
        #expect(call.finalStatus == 302)
        #expect(call.responses.last?.value("Contact") == "<sip:carol@voice.test>")
        await site.settle()
    }

    @Test("to a colleague is followed, and the 302 left out of the choice") func colleague()
        async throws
    {
        let (site, alice, bob) = try await site()
        let carol = try await site.registered("carol")[0]
        carol.habit = .refuses(500)
        let call = alice.call("sip:bob@voice.test")
        await redirect(site, bob, to: "<sip:carol@voice.test>")
        #expect(carol.calls.count == 1)
        #expect(carol.incoming?.received.first?.requestURI == carol.contact)
        #expect(call.finalStatus == 500)
        await site.settle()
    }

    @Test("to several is followed by their q") func several() async throws {
        let (site, alice, bob) = try await site()
        let phones = try await site.registered("carol", "dave")
        let call = alice.call("sip:bob@voice.test")
        await redirect(
            site, bob, to: "<sip:carol@voice.test>;q=0.2, <sip:dave@voice.test>;q=0.7")
        #expect(phones[0].calls.isEmpty)
        phones[1].incoming?.refuse(486)
        await site.run(for: .seconds(1))
        phones[0].incoming?.answer()
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 200)
        call.hangUp()
        await site.settle()
    }

    @Test("to a foreign address is followed for a caller who has proven who he is")
    func foreign() async throws {
        let (site, alice, bob) = try await site()
        let other = site.host("other", 0xC612_0009)
        let call = alice.call("sip:bob@voice.test")
        await redirect(site, bob, to: "<sip:bob@198.18.0.9>")
        other.respond(486, to: try #require(other.heard("INVITE").first))
        await site.run(for: .milliseconds(100))
        #expect(call.finalStatus == 486)
        await site.settle()
    }

    @Test("to a foreign address is not followed for a stranger") func stranger() async throws {
        let (site, _, _) = try await site()
        let bob = try await site.callee("carol")
        let other = site.host("other", 0xC612_0009)
        let stranger = site.host()
        stranger.send(stranger.request("MESSAGE", "sip:carol@voice.test"))
        await site.run(for: .milliseconds(100))
        bob.respond(
            302, to: try #require(bob.heard("MESSAGE").first),
            lines: ["Contact: <sip:carol@198.18.0.9>"])
        await site.run(for: .milliseconds(100))
        #expect(other.inbox.isEmpty)
        #expect(stranger.inbox.last?.status == 302)
        await site.settle()
    }

    @Test(
        "to nobody, or to what is no address, goes back",
        arguments: [
            "<sip:nobody@voice.test>", "<tel:900>", "<sip:bob@voice.test>", "<sip:@@>",
        ]) func nowhere(contact: String) async throws
    {
        let (site, alice, bob) = try await site()
        let call = alice.call("sip:bob@voice.test")
        await redirect(site, bob, to: contact)
        #expect(call.finalStatus == 302)
        await site.settle()
    }

    @Test("that goes in circles ends") func circle() async throws {
        let (site, alice, bob) = try await site()
        let carol = try await site.callee("carol", 0xC633_64C9)
        let call = alice.call("sip:bob@voice.test")
        await redirect(site, bob, to: "<sip:carol@voice.test>")
        let invite = try #require(carol.heard("INVITE").first)
        carol.respond(302, to: invite, lines: ["Contact: <sip:bob@voice.test>"])
        await site.run(for: .seconds(1))
        #expect(bob.heard("INVITE").count == 1)
        #expect(Set(carol.heard("INVITE").map(\.branch)).count == 1)
        #expect(call.finalStatus == 302)
        await site.settle()
    }

    @Test("of the proxy's own names the contacts, groups by q") func own() async throws {
        let site = try VirtualSite()
        try await site.bind("bob", to: "sip:bob@198.51.100.7", q: 900)
        try await site.bind("bob", to: "sip:bob@198.51.100.8", q: 100)
        let location = site.location
        site.proxy.router = ClosureRouter { request in
            try .redirect(to: try await request.contacts(in: location)).with("X-Why", "moved")
        }
        let stranger = site.host()
        let answer = await stranger.ask(stranger.request("MESSAGE", "sip:bob@voice.test")).last
        #expect(answer?.status == 302)
        #expect(
            answer?.lines("Contact") == ["<sip:bob@198.51.100.7>", "<sip:bob@198.51.100.8>;q=0.9"])
        #expect(answer?.value("X-Why") == "moved")
        let nobody = await stranger.ask(stranger.request("MESSAGE", "sip:x@voice.test"))
        #expect(nobody.map(\.status) == [404])
    }

    /// Alice, and Bob, who is played by hand.
    private func site(follows: Bool = true) async throws -> (VirtualSite, Phone, BareHost) {
        let site = try VirtualSite { $0.limits.followsRedirects = follows }
        let alice = try await site.registered("alice")[0]
        return (site, alice, try await site.callee("bob"))
    }

    private func redirect(_ site: VirtualSite, _ bob: BareHost, to contacts: String) async {
        await site.run(for: .milliseconds(100))
        if let invite = bob.heard("INVITE").first {
            bob.respond(302, to: invite, lines: ["Contact: \(contacts)"])
        }
        await site.run(for: .seconds(1))
    }
}
