import SIPCore
import SIPLocation
import SIPProxy
import SIPTesting
import Testing

@Suite("a registration") struct RegistrationTests {
    @Test("a REGISTER is challenged, answered 200 with the contact, and found") func whole()
        async throws
    {
        let site = try VirtualSite()
        let alice = site.phone("alice")
        let answer = alice.register()
        await site.run(for: .seconds(1))
        #expect(answer.responses.map(\.status) == [401, 200])
        #expect(answer.final?.values("Contact") == ["<\(alice.contact)>;expires=3600"])
        #expect(site.contacts(of: "alice") == [alice.contact])
        #expect(
            site.recorder.ladder().lines == [
                "alice -> proxy REGISTER", "proxy -> alice 401 REGISTER",
                "alice -> proxy REGISTER", "proxy -> alice 200 REGISTER",
            ])
        await site.settle()
    }

    @Test("the challenge offers SHA-256 and MD5 under one nonce, and names the domain as realm")
    func challenge() async throws {
        let site = try VirtualSite()
        let alice = site.phone("alice")
        alice.answersChallenges = false
        let answer = alice.register()
        await site.run(for: .seconds(1))
        let challenges = try answer.responses[0].lines("WWW-Authenticate").map {
            try DigestChallenge(ByteSlice($0))
        }
        #expect(challenges.map { $0.algorithm.map(String.init) } == ["SHA-256", "MD5"])
        #expect(challenges.allSatisfy { $0.realm == "voice.test" })
        #expect(Set(challenges.map(\.nonce)).count == 1)
        #expect(answer.responses[0].toTag != nil)
    }

    @Test(
        "a wrong password and a name that nobody has are refused alike",
        arguments: [("alice", "wrong"), ("nobody", "pass-nobody")])
    func refused(user: String, password: String) async throws {
        let site = try VirtualSite()
        let phone = site.phone(user, password: password)
        let answer = phone.register()
        await site.run(for: .seconds(1))
        #expect(answer.responses.map(\.status) == [401, 401])
        #expect(answer.final?.lines("WWW-Authenticate").count == 2)
        #expect(answer.final?.lines("WWW-Authenticate").contains { $0.contains("stale") } == false)
        #expect(site.contacts(of: user).isEmpty)
        await site.settle()
    }

    @Test("an account registers no other address: 403, and 401 as the seed has it")
    func another() async throws {
        for (isSeed, expected) in [(false, 403), (true, 401)] {
            let site = try VirtualSite { $0.style = isSeed ? .ser : .closed }
            let mallory = site.phone("carol")
            let answer = mallory.register(for: "sip:alice@voice.test")
            await site.run(for: .seconds(1))
            #expect(answer.status == expected)
            #expect(answer.attempts == 2)
            #expect(site.contacts(of: "alice").isEmpty)
            #expect(site.contacts(of: "carol").isEmpty)
            await site.settle()
        }
    }

    @Test(
        "a REGISTER for another domain's registrar is passed on for a caller, and served for nobody"
    )
    func foreignRegistrar() async throws {
        let site = try VirtualSite()
        let other = site.host("other", 0xC612_0009)
        site.proxy.names["other.test"] = [other.endpoint.address]
        let alice = site.phone("alice")
        let stranger = site.host()
        let register = stranger.request(
            "REGISTER", "sip:other.test", to: "<sip:alice@voice.test>")
        #expect(await stranger.ask(register).map(\.status) == [407])
        #expect(other.inbox.isEmpty)
        alice.ask("REGISTER", "sip:other.test", to: alice.address, contact: alice.contact)
        await site.run(for: .milliseconds(100))
        #expect(other.heard("REGISTER").count == 1)
        #expect(site.contacts(of: "alice").isEmpty)
    }

    @Test("without Contact a REGISTER asks, and changes nothing") func query() async throws {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        await site.run(for: .seconds(99))
        let answer = alice.register(expires: nil, contacts: [])
        await site.run(for: .seconds(1))
        #expect(answer.status == 200)
        #expect(answer.final?.values("Contact") == ["<\(alice.contact)>;expires=3500"])
        #expect(site.contacts(of: "alice") == [alice.contact])
    }

    @Test("all phones of an address are listed, the best first") func several() async throws {
        let site = try VirtualSite()
        let desk = site.phone("alice")
        let pocket = site.phone("alice")
        desk.register(contacts: ["<\(desk.contact)>;q=0.3;+sip.instance=\"<urn:uuid:1>\""])
        await site.run(for: .seconds(1))
        let answer = pocket.register(contacts: ["<\(pocket.contact)>;q=0.9"])
        await site.run(for: .seconds(1))
        #expect(
            answer.final?.values("Contact") == [
                "<\(pocket.contact)>;q=0.9;expires=3600",
                "<\(desk.contact)>;+sip.instance=\"<urn:uuid:1>\";q=0.3;expires=3599",
            ])
    }

    @Test("Contact: * with Expires: 0 removes all; without, it is refused")
    func wildcard() async throws {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let wrong = alice.register(expires: 60, contacts: ["*"])
        await site.run(for: .seconds(1))
        #expect(wrong.status == 400)
        #expect(site.contacts(of: "alice") == [alice.contact])
        let right = alice.register(expires: 0, contacts: ["*"])
        await site.run(for: .seconds(1))
        #expect(right.status == 200)
        #expect(right.final?.values("Contact") == [])
        #expect(site.contacts(of: "alice").isEmpty)
    }

    @Test("Contact: * by another account removes nothing") func foreignWildcard() async throws {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let mallory = site.phone("carol")
        let answer = mallory.register(
            expires: 0, contacts: ["*"], for: "sip:alice@voice.test")
        await site.run(for: .seconds(1))
        #expect(answer.status == 403)
        #expect(site.contacts(of: "alice") == [alice.contact])
    }

    @Test("expires 0 removes one contact, too short an interval is 423 with Min-Expires")
    func intervals() async throws {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let brief = alice.register(expires: 10)
        await site.run(for: .seconds(1))
        #expect(brief.status == 423)
        #expect(brief.final?.value("Min-Expires") == "60")
        let gone = alice.register(expires: 0)
        await site.run(for: .seconds(1))
        #expect(gone.status == 200)
        #expect(site.contacts(of: "alice").isEmpty)
    }

    @Test("after its interval a contact is called no more") func expiry() async throws {
        let site = try VirtualSite()
        let phones = try await site.registered("alice", "bob")
        await site.run(for: .seconds(3601))
        let call = phones[0].call(phones[1])
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 404)
        #expect(phones[1].calls.isEmpty)
    }

    @Test("more contacts than allowed are refused with 403") func maximum() async throws {
        let site = try VirtualSite { $0.registrar.maximumContacts = 2 }
        let alice = site.phone("alice")
        let answer = alice.register(
            contacts: (1...3).map { "<sip:alice@198.51.100.\($0):5062>" })
        await site.run(for: .seconds(1))
        #expect(answer.status == 403)
        #expect(site.contacts(of: "alice").isEmpty)
    }

    @Test("a contact behind a NAT is called where its REGISTER came from") func nat() async throws {
        let site = try VirtualSite()
        let phones = try await site.registered("alice")
        let bob = site.phone("bob")
        bob.habit = .answers(after: .seconds(1))
        bob.register(contacts: ["<sip:bob@10.0.0.7:5060>"])
        await site.run(for: .seconds(1))
        let call = phones[0].call(bob)
        await site.run(for: .seconds(2))
        #expect(call.finalStatus == 200)
        #expect(bob.incoming?.received[0].requestURI == "sip:bob@10.0.0.7:5060")
    }

    @Test("an extension that the registrar must know and does not is 420 with Unsupported")
    func require() async throws {
        let site = try VirtualSite()
        let alice = site.phone("alice")
        let answer = alice.register(contacts: ["<\(alice.contact)>\r\nRequire: path, teleport"])
        await site.run(for: .seconds(1))
        #expect(answer.status == 420)
        #expect(answer.final?.values("Unsupported") == ["teleport"])
        #expect(site.contacts(of: "alice").isEmpty)
    }

    @Test("To without a SIP address is no address of record: 400") func otherScheme() async throws {
        let site = try VirtualSite()
        let stranger = site.host()
        let request = stranger.request(
            "REGISTER", "sip:voice.test", to: "<isbn:2983792873>")
        #expect(await stranger.ask(request).map(\.status) == [400])
    }

    @Test("the path to a contact is kept, and calls go along it") func path() async throws {
        let site = try VirtualSite()
        let phones = try await site.registered("alice")
        let edge = site.host("edge", 0xC633_64FA)
        try await site.bind(
            "bob", to: "sip:bob@10.0.0.7", path: [ByteSlice("<sip:\(edge.hostPort);lr>")])
        _ = phones[0].call("sip:bob@voice.test")
        await site.run(for: .milliseconds(100))
        let invite = try #require(edge.heard("INVITE").first)
        #expect(invite.requestURI == "sip:bob@10.0.0.7")
        #expect(invite.values("Route") == ["<sip:\(edge.hostPort);lr>"])
    }

    @Test("a caller's own Route comes before what is known of the contact") func routeFirst()
        async throws
    {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = site.phone("bob")
        bob.register(contacts: ["<sip:bob@10.0.0.7:5060>"])
        await site.run(for: .seconds(1))
        let edge = site.host("edge", 0xC633_64FA)
        let peer = try await site.peer()
        let invite = peer.request("INVITE", "sip:bob@voice.test").with {
            $0.routes = ["<sip:192.0.2.1;lr>", "<sip:\(edge.hostPort);lr>"]
        }
        #expect(await peer.ask(invite).map(\.status) == [100])
        #expect(bob.calls.isEmpty)
        #expect(edge.heard("INVITE").map(\.requestURI) == ["sip:bob@10.0.0.7:5060"])
        #expect(edge.heard("INVITE").map { $0.values("Route") } == [["<sip:\(edge.hostPort);lr>"]])
    }
}
