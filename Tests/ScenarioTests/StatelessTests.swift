import SIPCore
import SIPProxy
import SIPTesting
import Testing

@Suite("a request that is relayed without a transaction (16.11)") struct StatelessTests {
    @Test("goes there and back, and nothing is kept", arguments: ["MESSAGE", "OPTIONS", "PUBLISH"])
    func thereAndBack(method: String) async throws {
        let (site, bob, stranger) = try await site()
        stranger.send(
            stranger.request(method, "sip:bob@voice.test").with { $0.body = "line\r\n\r\n" })
        await site.run(for: .milliseconds(20))
        let request = try #require(bob.heard(method).first)
        #expect(site.proxy.sessionCount == 0)
        #expect(site.proxy.timerCount == 0)
        #expect(request.requestURI == "sip:bob@\(bob.hostPort)")
        #expect(request.value("Max-Forwards") == "69")
        #expect(request.values("Via").count == 2)
        #expect(request.body == "line\r\n\r\n")
        bob.respond(202, "Fine", to: request, lines: ["X-Kept: yes"])
        await site.settle()
        let answer = try #require(stranger.inbox.first)
        #expect(stranger.inbox.count == 1)
        #expect(answer.status == 202)
        #expect(answer.values("Via").count == 1)
        #expect(answer.value("X-Kept") == "yes")
    }

    @Test("goes on as often as it comes, with the same branch") func copies() async throws {
        let (site, bob, stranger) = try await site()
        let message = stranger.request("MESSAGE", "sip:bob@voice.test")
        for _ in 0..<3 {
            stranger.send(message)
            await site.run(for: .seconds(1))
        }
        #expect(bob.heard("MESSAGE").count == 3)
        #expect(Set(bob.heard("MESSAGE").map(\.branch)).count == 1)
        stranger.send(message.with { $0.cseq = 2 })
        await site.run(for: .seconds(1))
        #expect(Set(bob.heard("MESSAGE").map(\.branch)).count == 2)
    }

    @Test("goes to the first contact alone") func firstContact() async throws {
        let (site, bob, stranger) = try await site()
        let second = try await site.callee("bob", 0xC633_64C9)
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .seconds(40))
        #expect(bob.inbox.count + second.inbox.count == 1)
    }

    /// What a callee may try: the response's second Via, its Call-ID and its CSeq, changed.
    static let forgeries: [@Sendable (String) -> String] = [
        { $0.replacing("received=203.0.113.66", with: "received=203.0.113.67") },
        { $0.replacing("rport=5060", with: "rport=5061") },
        { $0.replacing("branch=z9hG4bK5060x", with: "branch=z9hG4bK5060y") },
        { $0.replacing("Call-ID: ", with: "Call-ID: x") },
        { $0.replacing("CSeq: 1 ", with: "CSeq: 2 ") },
        { $0.replacing("z9hG4bK00ffffffff00010", with: "z9hG4bK00ffffffff00011") },
        { $0.replacing("z9hG4bK00ffffffff0001", with: "z9hG4bK00ffffffff0000") },
    ]

    @Test("is answered to nobody else, whatever the callee writes", arguments: forgeries.indices)
    func forged(index: Int) async throws {
        let (site, bob, stranger) = try await site()
        let victim = site.host("victim", 0xCB00_7143)
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(20))
        bob.respond(200, to: try #require(bob.heard("MESSAGE").first))
        let right = try #require(site.recorder.transmissions.last).bytes
        await site.run(for: .milliseconds(20))
        try #require(stranger.inbox.count == 1)

        let text = String(decoding: right, as: UTF8.self)
        let wrong = Self.forgeries[index](text)
        // The cookie begins with any digit.
        try #require(wrong != text || index == 5)
        if wrong != text { bob.send(wrong) }
        await site.run(for: .milliseconds(20))
        #expect(stranger.inbox.count == 1)
        #expect(victim.inbox.isEmpty)
        await site.settle()
    }

    @Test("is an INVITE with its transaction: it rings, is cancelled, and gets its 487")
    func invite() async throws {
        let (site, bob, stranger) = try await site()
        let invite = stranger.request("INVITE", "sip:bob@voice.test")
        stranger.send(invite)
        await site.run(for: .milliseconds(20))
        #expect(site.proxy.sessionCount == 1)
        bob.respond(180, to: try #require(bob.heard("INVITE").first))
        stranger.send(invite.hopByHop("CANCEL"))
        await site.run(for: .milliseconds(20))
        #expect(bob.heard("CANCEL").count == 1)
        bob.respond(487, to: bob.heard("INVITE")[0])
        await site.run(for: .milliseconds(20))
        #expect(stranger.heard("487").count == 1)
    }

    @Test("to a name waits for its address; without one it is answered") func names() async throws {
        let (site, _, stranger) = try await site()
        let far = site.host("far", 0x0A00_0001)
        site.names["far.test"] = [far.endpoint.address]
        try await site.bind("carol", to: "sip:carol@far.test")
        try await site.bind("dave", to: "sip:dave@nowhere.test")
        stranger.send(stranger.request("MESSAGE", "sip:carol@voice.test"))
        await site.run(for: .milliseconds(20))
        #expect(far.heard("MESSAGE").count == 1)
        let answers = await stranger.ask(stranger.request("MESSAGE", "sip:dave@voice.test"))
        #expect(answers.map(\.status) == [500])
        await site.settle()
    }

    @Test("that nobody can be found for is answered as ever") func nobody() async throws {
        let (site, _, stranger) = try await site()
        let answers = await stranger.ask(stranger.request("MESSAGE", "sip:eve@voice.test"))
        #expect(answers.map(\.status) == [404])
        let narrow = stranger.request("MESSAGE", "sip:bob@voice.test").with {
            $0.lines = ["Max-Breadth: 0"]
        }
        #expect(await stranger.ask(narrow).map(\.status) == [440])
        await site.settle()
    }

    private func site() async throws -> (VirtualSite, BareHost, BareHost) {
        let site = try VirtualSite { $0.stripes = 1 }
        let location = site.location
        site.proxy.router = ClosureRouter { request in
            .relay(to: try await request.contacts(in: location)).stateless
        }
        return (site, try await site.callee("bob"), site.host())
    }
}
