import SIPCore
import SIPTesting
import Testing

@Suite("CANCEL") struct CancelTests {
    @Test("while it rings: the phone is cancelled, the caller gets 200 and 487") func ringing()
        async throws
    {
        let (site, alice, bob, call) = try await calling()
        bob.incoming?.ring()
        await site.run(for: .milliseconds(100))
        call.cancel()
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 487)
        #expect(bob.incoming?.finalStatus == 487)
        #expect(alice.calls.count == 1)
        #expect(
            site.recorder.ladder(callID: call.callID).lines.suffix(8) == [
                "alice -> proxy CANCEL", "proxy -> alice 200 CANCEL", "proxy -> bob CANCEL",
                "bob -> proxy 200 CANCEL", "bob -> proxy 487 INVITE", "proxy -> bob ACK",
                "proxy -> alice 487 INVITE", "alice -> proxy ACK",
            ])
        await site.settle()
    }

    @Test("what goes to the phone is made from the INVITE that it got (9.1)") func shape()
        async throws
    {
        let (site, _, bob, call) = try await calling()
        bob.incoming?.ring()
        await site.run(for: .milliseconds(100))
        call.cancel()
        await site.run(for: .seconds(1))
        let sent = site.recorder.messages(from: "proxy", to: "bob")
        let invite = try #require(sent.first { $0.method == "INVITE" })
        let cancel = try #require(sent.first { $0.method == "CANCEL" })
        #expect(cancel.requestURI == invite.requestURI)
        #expect(cancel.values("Via") == [invite.values("Via")[0]])
        for name: HeaderName in ["From", "To", "Call-ID"] {
            #expect(cancel.value(name) == invite.value(name))
        }
        #expect(cancel.cseq == invite.cseq)
        #expect(cancel.cseqMethod == "CANCEL")
        let ack = try #require(sent.first { $0.method == "ACK" })
        #expect(ack.values("Via") == [invite.values("Via")[0]])
        #expect(ack.toTag == bob.incoming?.localTag)
        #expect(ack.cseq == invite.cseq)
    }

    @Test("before the phone said anything, it waits for the first provisional response (9.1)")
    func beforeProvisional() async throws {
        let (site, _, bob, call) = try await calling()
        call.cancel()
        await site.run(for: .milliseconds(300))
        #expect(call.finalStatus == nil)
        #expect(cancels(site) == 0)
        bob.incoming?.ring()
        await site.run(for: .seconds(1))
        #expect(cancels(site) == 1)
        #expect(call.finalStatus == 487)
        await site.settle()
    }

    @Test("a phone that never says anything: 487 when its time is over, and no CANCEL")
    func dead() async throws {
        let (site, _, _, call) = try await calling()
        call.cancel()
        await site.run(for: .seconds(33))
        #expect(call.finalStatus == 487)
        #expect(cancels(site) == 0)
        await site.settle()
    }

    @Test("a phone that rings and ignores the CANCEL: 487 after 64*T1 (9.1)") func ignored()
        async throws
    {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let bob = try await site.callee("bob")
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(100))
        bob.respond(180, to: try #require(bob.heard("INVITE").first))
        await site.run(for: .milliseconds(100))
        call.cancel()
        await site.run(for: .milliseconds(100))
        bob.respond(200, to: try #require(bob.heard("CANCEL").first))
        await site.run(for: .seconds(31))
        #expect(call.finalStatus == nil)
        await site.run(for: .seconds(2))
        #expect(call.finalStatus == 487)
        #expect(bob.heard("CANCEL").count == 1)
        await site.settle()
    }

    @Test("before the route has answered: 200 and 487 at once, and nobody is called")
    func routing() async throws {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        site.proxy.holdsRoutes = true
        let caller = site.host("caller")
        let invite = caller.request("INVITE", "sip:bob@voice.test")
        #expect(await caller.ask(invite).isEmpty)
        let answers = await caller.ask(invite.hopByHop("CANCEL"))
        #expect(answers.map(\.status) == [200, 487])
        #expect(answers.map(\.cseqMethod) == ["CANCEL", "INVITE"])
        // 9.2: "The To tag of the response to the CANCEL and the To tag in the response to the original request SHOULD be the same".
        #expect(answers[0].toTag == answers[1].toTag)
        caller.send(invite.hopByHop("ACK", to: answers[1].value("To")))
        await site.run(for: .milliseconds(100))
        await site.proxy.releaseRoutes()
        await site.settle()
        #expect(bob.inbox.isEmpty)
        #expect(caller.inbox.count == 2)
    }

    @Test("while the callee's name is looked up: 487 at once, and nothing is sent")
    func lookingUp() async throws {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let other = site.host("other", 0xC612_0009)
        site.proxy.names["other.test"] = [other.endpoint.address]
        site.proxy.holdsLookups = true
        let call = alice.call("sip:carol@other.test")
        await site.run(for: .milliseconds(100))
        call.cancel()
        await site.run(for: .milliseconds(100))
        #expect(call.finalStatus == 487)
        await site.proxy.releaseLookups()
        await site.settle()
        #expect(other.inbox.isEmpty)
    }

    @Test("after the 200 it has no effect (9.2)") func afterAnswer() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = try await site.callee("bob")
        let (caller, invite) = try await ringing(site, bob)
        bob.respond(
            200, to: try #require(bob.heard("INVITE").first),
            contact: "sip:bob@\(bob.hostPort)")
        await site.run(for: .milliseconds(100))
        #expect(await caller.ask(invite.hopByHop("CANCEL")).map(\.status) == [200])
        #expect(bob.heard("CANCEL").isEmpty)
        await site.settle()
        #expect(caller.heard("487").isEmpty)
    }

    @Test("after a refusal it has no effect") func afterRefusal() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = try await site.callee("bob")
        let (caller, invite) = try await ringing(site, bob)
        bob.respond(486, to: try #require(bob.heard("INVITE").first))
        await site.run(for: .milliseconds(100))
        caller.send(invite.hopByHop("ACK", to: caller.inbox.last?.value("To")))
        #expect(await caller.ask(invite.hopByHop("CANCEL")).map(\.status) == [200])
        #expect(bob.heard("CANCEL").isEmpty)
        await site.settle()
    }

    @Test("that meets the 200 on the way: the call stands, and is hung up") func race() async throws
    {
        let (site, _, bob, call) = try await calling()
        bob.incoming?.ring()
        await site.run(for: .milliseconds(100))
        bob.incoming?.answer()
        call.cancel()
        await site.run(for: .seconds(2))
        #expect(call.finalStatus == 200)
        #expect(bob.incoming?.isAcknowledged == true)
        #expect(bob.incoming?.received.map(\.method) == ["INVITE", "ACK", "BYE"])
        await site.settle()
    }

    @Test("a phone that answers instead of ringing is not cancelled any more") func answered()
        async throws
    {
        let (site, _, bob, call) = try await calling()
        call.cancel()
        await site.run(for: .milliseconds(100))
        bob.incoming?.answer()
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 200)
        #expect(cancels(site) == 0)
        #expect(bob.incoming?.received.map(\.method) == ["INVITE", "ACK", "BYE"])
        await site.settle()
    }

    @Test("from another address it ends nothing, though it knows the branch: 481")
    func foreignSource() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = try await site.callee("bob")
        let (caller, invite) = try await ringing(site, bob)
        let stranger = site.host("stranger", 0xCB00_7143)
        #expect(await stranger.ask(invite.hopByHop("CANCEL")).map(\.status) == [481])
        #expect(bob.heard("CANCEL").isEmpty)
        #expect(caller.inbox.map(\.status) == [100, 180])
        bob.respond(486, to: bob.heard("INVITE")[0])
        await site.settle()
    }

    @Test("from another port of the caller's address it counts: a NAT may have moved it")
    func movedPort() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = try await site.callee("bob")
        let (_, invite) = try await ringing(site, bob)
        let moved = BareHost(
            Endpoint(.udp, VirtualSite.peerAddress, port: 6000), on: site.network,
            proxy: site.proxyEndpoint)
        #expect(await moved.ask(invite.hopByHop("CANCEL")).map(\.status) == [200])
        #expect(bob.heard("CANCEL").count == 1)
        bob.respond(487, to: bob.heard("INVITE")[0])
        await site.settle()
    }

    @Test("from another trusted peer it counts: the nodes of one neighbour share their branches")
    func otherPeer() async throws {
        let other = IPAddress.v4(0xCB00_7144)
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress, other] }
        let bob = try await site.callee("bob")
        let (_, invite) = try await ringing(site, bob)
        let twin = site.host("twin", 0xCB00_7144)
        #expect(await twin.ask(invite.hopByHop("CANCEL")).map(\.status) == [200])
        #expect(bob.heard("CANCEL").count == 1)
        bob.respond(487, to: bob.heard("INVITE")[0])
        await site.settle()
    }

    @Test("for a transaction that nobody knows is 481") func unknown() async throws {
        let site = try VirtualSite()
        let stranger = site.host()
        let request = stranger.request("CANCEL", "sip:bob@voice.test")
        let answers = await stranger.ask(request)
        #expect(answers.map(\.status) == [481])
        #expect(answers[0].toTag != nil)
        #expect(site.proxy.routedRequests == 0)
        await site.settle()
    }

    @Test("of a request other than INVITE is 481") func nonInvite() async throws {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let stranger = site.host()
        let request = stranger.request("MESSAGE", "sip:bob@voice.test")
        _ = await stranger.ask(request)
        #expect(await stranger.ask(request.hopByHop("CANCEL")).map(\.status) == [481])
        #expect(bob.heard("CANCEL").isEmpty)
        await site.settle()
    }

    @Test("its copies are answered again, and the phone gets one") func copies() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = try await site.callee("bob")
        let (caller, invite) = try await ringing(site, bob)
        let first = await caller.ask(invite.hopByHop("CANCEL"))
        let second = await caller.ask(invite.hopByHop("CANCEL"))
        #expect(first.map(\.status) == [200])
        #expect(second.map(\.status) == [200])
        #expect(first[0].toTag == second[0].toTag)
        #expect(bob.heard("CANCEL").count == 1)
        bob.respond(200, to: bob.heard("CANCEL")[0])
        bob.respond(487, to: bob.heard("INVITE")[0])
        await site.settle()
    }

    @Test("the proxy's own is repeated until it is answered") func lost() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = try await site.callee("bob")
        let (caller, invite) = try await ringing(site, bob)
        caller.send(invite.hopByHop("CANCEL"))
        await site.run(for: .seconds(4))
        #expect(bob.heard("CANCEL").count == 4)
        bob.respond(200, to: bob.heard("CANCEL")[0])
        await site.run(for: .seconds(8))
        #expect(bob.heard("CANCEL").count == 4)
        bob.respond(487, to: bob.heard("INVITE")[0])
        await site.settle()
    }

    @Test("it is never challenged or routed, whatever credentials and Route it carries")
    func unchallenged() async throws {
        let site = try VirtualSite()
        let inner = site.host("inner", 0x0A00_0001)
        let stranger = site.host()
        let request = stranger.request("CANCEL", "sip:bob@\(inner.hostPort)").with {
            $0.routes = ["<sip:192.0.2.1:5060;lr>", "<sip:\(inner.hostPort);lr>"]
        }
        #expect(await stranger.ask(request).map(\.status) == [481])
        #expect(inner.inbox.isEmpty)
        #expect(site.proxy.routedRequests == 0)
    }

    @Test("goes along the Route of the INVITE, and so does the ACK for its 487") func route()
        async throws
    {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let edge = site.host("edge", 0xC633_64FA)
        let path = "<sip:\(edge.hostPort);lr>"
        try await site.bind("bob", to: "sip:bob@10.0.0.7", path: [ByteSlice(path)])
        let (caller, invite) = try await ringing(site, edge)
        caller.send(invite.hopByHop("CANCEL"))
        await site.run(for: .milliseconds(100))
        edge.respond(200, to: try #require(edge.heard("CANCEL").first))
        edge.respond(487, to: edge.heard("INVITE")[0])
        await site.run(for: .milliseconds(100))
        for method in ["INVITE", "CANCEL", "ACK"] {
            #expect(edge.heard(method).map { $0.values("Route") } == [[path]])
            #expect(edge.heard(method).map(\.requestURI) == ["sip:bob@10.0.0.7"])
        }
        await site.settle()
    }

    /// Alice calls Bob, whose phone has the INVITE and says nothing.
    private func calling() async throws -> (VirtualSite, Phone, Phone, Call) {
        let site = try VirtualSite()
        let phones = try await site.registered("alice", "bob")
        let call = phones[0].call(phones[1])
        await site.run(for: .milliseconds(100))
        try #require(phones[1].calls.count == 1)
        return (site, phones[0], phones[1], call)
    }

    /// A trusted host calls a host that rings.
    private func ringing(_ site: VirtualSite, _ bob: BareHost) async throws -> (
        BareHost, RequestText
    ) {
        let caller = try await site.peer()
        let invite = caller.request("INVITE", "sip:bob@voice.test")
        _ = await caller.ask(invite)
        bob.respond(180, to: try #require(bob.heard("INVITE").first))
        await site.run(for: .milliseconds(100))
        return (caller, invite)
    }

    private func cancels(_ site: VirtualSite) -> Int {
        site.recorder.messages(from: "proxy", to: "bob").filter { $0.method == "CANCEL" }.count
    }
}
