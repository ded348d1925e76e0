import SIPCore
import SIPTesting
import Testing

@Suite("a copy") struct RetransmissionTests {
    @Test("of an INVITE is absorbed, and answered with the last response") func invite()
        async throws
    {
        let (site, caller, bob, invite) = try await called()
        #expect(await caller.ask(invite).map(\.status) == [100])
        bob.respond(180, to: bob.heard("INVITE")[0])
        await site.run(for: .milliseconds(20))
        #expect(await caller.ask(invite).map(\.status) == [180])
        #expect(bob.heard("INVITE").count == 1)
        #expect(site.proxy.routedRequests == 1)
        bob.respond(486, to: bob.heard("INVITE")[0])
        await site.run(for: .milliseconds(20))
        #expect(await caller.ask(invite).map(\.status) == [486])
        caller.send(invite.hopByHop("ACK", to: caller.inbox.last?.value("To")))
        await site.run(for: .milliseconds(20))
        #expect(await caller.ask(invite).isEmpty)
        await site.settle()
    }

    @Test("of an INVITE while the route is at work is absorbed") func routing() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = try await site.callee("bob")
        site.proxy.holdsRoutes = true
        let caller = try await site.peer()
        let invite = caller.request("INVITE", "sip:bob@voice.test")
        // The 100 for a route that takes long comes after 200 ms.
        for _ in 0..<2 { #expect(await caller.ask(invite).isEmpty) }
        await site.proxy.releaseRoutes()
        await site.run(for: .milliseconds(100))
        #expect(caller.inbox.map(\.status) == [100])
        #expect(bob.heard("INVITE").count == 1)
    }

    @Test("of an accepted INVITE is absorbed in silence (RFC 6026)") func accepted() async throws {
        let (site, caller, bob, invite) = try await called()
        bob.respond(
            200, to: bob.heard("INVITE")[0], contact: "sip:bob@\(bob.hostPort)")
        await site.run(for: .milliseconds(100))
        #expect(caller.inbox.map(\.status) == [100, 200])
        #expect(await caller.ask(invite).isEmpty)
        #expect(bob.heard("INVITE").count == 1)
        await site.settle()
    }

    @Test("of a 200 goes on each time, and nothing is repeated without one") func success()
        async throws
    {
        let (site, caller, bob, _) = try await called()
        for count in 1...3 {
            bob.respond(200, to: bob.heard("INVITE")[0])
            await site.run(for: .seconds(5))
            #expect(caller.heard("200").count == count)
        }
        await site.settle()
        #expect(caller.heard("200").count == 3)
        #expect(bob.heard("ACK").isEmpty)
    }

    @Test("of a refusal is acknowledged again and goes no further") func refusal() async throws {
        let (site, caller, bob, invite) = try await called()
        for count in 1...3 {
            bob.respond(486, to: bob.heard("INVITE")[0])
            await site.run(for: .milliseconds(100))
            #expect(bob.heard("ACK").count == count)
        }
        #expect(Set(bob.heard("ACK").map(\.text)).count == 1)
        #expect(caller.heard("486").count == 1)
        caller.send(invite.hopByHop("ACK", to: caller.heard("486")[0].value("To")))
        await site.settle()
        #expect(caller.heard("486").count == 1)
    }

    @Test("of our refusal is sent until its ACK comes: T1, doubled up to T2, for 64*T1")
    func repeated() async throws {
        let (site, caller, bob, _) = try await called()
        bob.respond(486, to: bob.heard("INVITE")[0])
        await site.settle()
        let moments = caller.heard("486").map(\.moment)
        // At 0, 0.5, 1.5, 3.5, 7.5, 11.5 … 31.5 s.
        #expect(moments.count == 11)
        // A timer fires up to 10 ms late.
        let first = moments[1] - moments[0]
        #expect(first >= .milliseconds(500) && first <= .milliseconds(510))
        #expect(moments[10] - moments[9] == .seconds(4))
        #expect(site.proxy.routedRequests == 1)
    }

    @Test("of the ACK for a refusal is absorbed, and never routed") func acknowledgement()
        async throws
    {
        let (site, caller, bob, invite) = try await called()
        bob.respond(486, to: bob.heard("INVITE")[0])
        await site.run(for: .milliseconds(100))
        let ack = invite.hopByHop("ACK", to: caller.heard("486")[0].value("To"))
        for _ in 0..<3 { #expect(await caller.ask(ack).isEmpty) }
        #expect(bob.heard("ACK").count == 1)
        #expect(site.proxy.routedRequests == 1)
        await site.settle()
    }

    @Test("of the ACK for a 200 goes on each time, with the same branch") func successAck()
        async throws
    {
        let site = try VirtualSite()
        let (alice, bob, call) = try await answered(site)
        let ack = try #require(
            site.recorder.messages(from: "alice", to: "proxy").last { $0.method == "ACK" })
        alice.send(ack.text)
        alice.send(ack.text)
        await site.run(for: .milliseconds(100))
        let acks = bob.incoming?.received.filter { $0.method == "ACK" } ?? []
        #expect(acks.count == 3)
        #expect(Set(acks.map(\.branch)).count == 1)
        call.hangUp()
        await site.settle()
    }

    @Test("of a REGISTER is answered as the first, without a second look") func register()
        async throws
    {
        let site = try VirtualSite()
        let host = site.host()
        var request = host.request(
            "REGISTER", "sip:voice.test", from: "sip:alice@voice.test",
            to: "<sip:alice@voice.test>")
        let challenge = try #require(await host.ask(request).first)
        #expect(await host.ask(request).map(\.status) == [401])
        request.vias = ["SIP/2.0/UDP \(host.hostPort);branch=z9hG4bKother;rport"]
        request.cseq = 2
        request.lines = [
            DigestAnswer(
                username: "alice", password: "pass-alice", method: "REGISTER",
                uri: "sip:voice.test"
            ).line(for: challenge) ?? ""
        ]
        let first = await host.ask(request)
        #expect(first.map(\.status) == [200])
        let routed = site.proxy.routedRequests
        let second = await host.ask(request)
        #expect(second.map(\.text) == first.map(\.text))
        #expect(site.proxy.routedRequests == routed)
        await site.settle()
    }

    @Test("of a message is absorbed, and answered as the first") func message() async throws {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let caller = site.host()
        let request = caller.request("MESSAGE", "sip:bob@voice.test")
        for _ in 0..<3 { #expect(await caller.ask(request).isEmpty) }
        #expect(bob.heard("MESSAGE").count == 1)
        bob.respond(200, to: bob.heard("MESSAGE")[0])
        await site.run(for: .milliseconds(20))
        #expect(await caller.ask(request).map(\.status) == [200])
        bob.respond(200, to: bob.heard("MESSAGE")[0])
        await site.run(for: .milliseconds(20))
        #expect(caller.inbox.count == 2)
        await site.settle()
    }

    @Test("of a response that belongs to nothing goes nowhere") func stray() async throws {
        let site = try VirtualSite()
        let victim = site.host("victim", 0xCB00_7143)
        let stranger = site.host()
        for branch in ["z9hG4bK00000000000000000000000000000000", "z9hG4bK776asdhds", "x", ""] {
            let lines = [
                "SIP/2.0 200 OK", "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=\(branch)",
                "Via: SIP/2.0/UDP \(victim.hostPort);branch=z9hG4bKv",
                "From: <sip:a@voice.test>;tag=1", "To: <sip:b@voice.test>;tag=2", "Call-ID: 1",
                "CSeq: 1 INVITE", "Content-Length: 0", "", "",
            ]
            #expect(await stranger.ask(lines.joined(separator: "\r\n")).isEmpty)
        }
        #expect(victim.inbox.isEmpty)
        await site.settle()
    }

    @Test("of a response that names another method in CSeq goes nowhere") func otherMethod()
        async throws
    {
        let (site, caller, bob, _) = try await called()
        let invite = bob.heard("INVITE")[0].text
        for method in ["BYE", "OPTIONS", "ACK"] {
            let other = invite.replacing("CSeq: 1 INVITE", with: "CSeq: 1 \(method)")
            let letter = try #require(
                ReceivedMessage(Array(other.utf8), from: site.proxyEndpoint, at: site.clock.now))
            bob.respond(200, to: letter)
            await site.run(for: .milliseconds(100))
        }
        #expect(caller.inbox.map(\.status) == [100])
        await site.settle()
    }

    @Test("of the INVITE's branch in the ACK for a 200 does not keep the ACK here (RFC 6026)")
    func branchOfInvite() async throws {
        let (site, caller, bob, invite) = try await called()
        bob.respond(200, to: bob.heard("INVITE")[0], contact: "sip:bob@\(bob.hostPort)")
        await site.run(for: .milliseconds(100))
        let answer = try #require(caller.heard("200").first)
        caller.send(
            invite.hopByHop("ACK", to: answer.value("To")).with {
                $0.uri = "sip:bob@\(bob.hostPort)"
                $0.routes = answer.values("Record-Route")
            })
        await site.run(for: .milliseconds(100))
        #expect(bob.heard("ACK").count == 1)
        await site.settle()
    }

    @Suite("of a client that knows RFC 2543 only") struct OldClients {
        @Test(
            "INVITE, ACK and CANCEL find their transaction without the magic cookie",
            arguments: [
                "SIP/2.0/UDP 203.0.113.66:5060", "SIP/2.0/UDP 203.0.113.66:5060;branch=1",
                "SIP/2.0/UDP 203.0.113.66:5060;branch=z9hG4bK", "SIP/2.0/UDP 203.0.113.66",
            ])
        func refused(via: String) async throws {
            let (site, caller, bob, invite) = try await called(via: via)
            #expect(await caller.ask(invite).map(\.status) == [100])
            #expect(bob.heard("INVITE").count == 1)
            bob.respond(180, to: bob.heard("INVITE")[0])
            await site.run(for: .milliseconds(100))
            #expect(await caller.ask(invite.hopByHop("CANCEL")).map(\.status) == [200])
            #expect(bob.heard("CANCEL").count == 1)
            bob.respond(200, to: bob.heard("CANCEL")[0])
            bob.respond(487, to: bob.heard("INVITE")[0])
            await site.run(for: .milliseconds(100))
            let refusal = try #require(caller.heard("487").first)
            let ack = invite.hopByHop("ACK", to: refusal.value("To"))
            #expect(await caller.ask(ack).isEmpty)
            #expect(await caller.ask(ack).isEmpty)
            await site.settle()
            #expect(caller.heard("487").count == 1)
            #expect(site.proxy.routedRequests == 1)
        }

        @Test("the ACK for a 200 goes on, though it has the INVITE's Via") func accepted()
            async throws
        {
            let (site, caller, bob, invite) = try await called(
                via: "SIP/2.0/UDP 203.0.113.66:5060")
            bob.respond(200, to: bob.heard("INVITE")[0], contact: "sip:bob@\(bob.hostPort)")
            await site.run(for: .milliseconds(100))
            let answer = try #require(caller.heard("200").first)
            caller.send(
                invite.hopByHop("ACK", to: answer.value("To")).with {
                    $0.uri = "sip:bob@\(bob.hostPort)"
                    $0.routes = answer.values("Record-Route")
                })
            await site.run(for: .milliseconds(100))
            #expect(bob.heard("ACK").count == 1)
            #expect(bob.heard("ACK")[0].branch.hasPrefix("z9hG4bK"))
            await site.settle()
        }

        @Test("without Max-Forwards and Content-Length the copy has both") func added()
            async throws
        {
            let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
            let bob = try await site.callee("bob")
            let caller = try await site.peer()
            let lines = [
                "INVITE sip:bob@voice.test SIP/2.0", "Via: SIP/2.0/UDP 203.0.113.66",
                "From: sip:old@voice.test", "To: sip:bob@voice.test", "Call-ID: 7@old",
                "CSeq: 7 INVITE", "Content-Type: text/plain", "", "hello",
            ]
            caller.send(lines.joined(separator: "\r\n"))
            await site.run(for: .milliseconds(100))
            let invite = try #require(bob.heard("INVITE").first)
            #expect(invite.value("Max-Forwards") == "10")
            #expect(invite.value("Content-Length") == "5")
            #expect(invite.body == "hello")
        }
    }
}

/// A trusted host has called Bob, a host that said nothing yet.
private func called(via: String? = nil) async throws -> (
    VirtualSite, BareHost, BareHost, RequestText
) {
    let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
    let bob = try await site.callee("bob")
    let caller = try await site.peer()
    var invite = caller.request("INVITE", "sip:bob@voice.test")
    if let via { invite.vias = [via] }
    try #require(await caller.ask(invite).map(\.status) == [100])
    try #require(bob.heard("INVITE").count == 1)
    return (site, caller, bob, invite)
}
