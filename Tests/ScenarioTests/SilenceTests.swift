import SIPCore
import SIPTesting
import Testing

@Suite("a phone that says nothing") struct SilenceTests {
    @Test("nobody answers: 408 after 64*T1, for a request other than INVITE no end (RFC 4320)")
    func dead() async throws {
        let (site, alice, bobs) = try await fork(2)
        for bob in bobs { bob.habit = .isDead }
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(31_900))
        #expect(call.finalStatus == nil)
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 408)
        // T1, doubled each time: at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s.
        let invites = site.recorder.messages(from: "proxy", to: "bob1").filter {
            $0.method == "INVITE"
        }
        #expect(invites.count == 7)
        #expect(Set(invites.map(\.text)).count == 1)

        let stranger = site.host()
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .seconds(100))
        #expect(stranger.inbox.map(\.status) == [100])
        #expect(
            site.recorder.messages(from: "proxy", to: "bob1").filter { $0.method == "MESSAGE" }
                .count == 11)
        await site.settle()
    }

    @Test("a request other than INVITE gets 100 when its client repeats it every T2 (RFC 4320 4.1)")
    func lateTrying() async throws {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let stranger = site.host()
        let message = stranger.request("MESSAGE", "sip:bob@voice.test")
        #expect(await stranger.ask(message).isEmpty)
        await site.run(for: .milliseconds(3_350))
        #expect(stranger.inbox.isEmpty)
        await site.run(for: .milliseconds(100))
        #expect(stranger.inbox.map(\.status) == [100])
        #expect(stranger.inbox[0].toTag == nil)
        #expect(await stranger.ask(message).map(\.status) == [100])
        bob.respond(200, to: bob.heard("MESSAGE")[0])
        await site.run(for: .milliseconds(100))
        #expect(stranger.inbox.last?.status == 200)
        await site.settle()
        #expect(stranger.inbox.count == 3)
    }

    @Test("an answer in time is the only one: no 100 before it or after it")
    func noTrying() async throws {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let stranger = site.host()
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .seconds(3))
        bob.respond(200, to: bob.heard("MESSAGE")[0])
        await site.settle()
        #expect(stranger.inbox.map(\.status) == [200])
    }

    @Test("a provisional response other than 100 to anything but INVITE goes no further (RFC 4320)")
    func provisional() async throws {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let stranger = site.host()
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(20))
        for status in [100, 180, 183] { bob.respond(status, to: bob.heard("MESSAGE")[0]) }
        await site.run(for: .milliseconds(100))
        #expect(stranger.inbox.isEmpty)
        bob.respond(200, to: bob.heard("MESSAGE")[0])
        await site.run(for: .milliseconds(100))
        #expect(stranger.inbox.map(\.status) == [200])
        await site.settle()
    }

    @Test("a 408 that a phone gives to a request other than INVITE goes no further (RFC 4320 4.2)")
    func received408() async throws {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let stranger = site.host()
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(20))
        bob.respond(408, to: try #require(bob.heard("MESSAGE").first))
        await site.run(for: .seconds(1))
        #expect(stranger.inbox.isEmpty)
        await site.settle()
    }

    @Test("one is dead, one is busy: busy, when the dead one's time is over") func deadAndBusy()
        async throws
    {
        let (site, alice, bobs) = try await fork(2)
        bobs[0].habit = .isDead
        bobs[1].habit = .refuses(486)
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(31))
        #expect(call.finalStatus == nil)
        await site.run(for: .seconds(2))
        #expect(call.finalStatus == 486)
        await site.settle()
    }

    @Test("a phone that rings for ever is cancelled when Timer C fires, and each 18x resets it")
    func timerC() async throws {
        let (site, alice, bobs) = try await fork(1)
        bobs[0].habit = .rings
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(170))
        bobs[0].incoming?.ring()
        await site.run(for: .seconds(170))
        #expect(call.finalStatus == nil)
        await site.run(for: .seconds(15))
        #expect(call.finalStatus == 487)
        #expect(bobs[0].incoming?.finalStatus == 487)
        await site.settle()
    }

    @Test("a 100 does not reset Timer C (16.7 step 2)") func timerCAndTrying() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = try await site.callee("bob")
        let caller = try await site.peer()
        _ = await caller.ask(caller.request("INVITE", "sip:bob@voice.test"))
        let invite = try #require(bob.heard("INVITE").first)
        bob.respond(100, to: invite, tag: nil)
        await site.run(for: .seconds(170))
        bob.respond(100, to: invite, tag: nil)
        await site.run(for: .seconds(15))
        #expect(bob.heard("CANCEL").isEmpty == false)
        bob.respond(487, to: invite)
        await site.settle()
    }

    @Test("a phone that rings and then dies is given up after Timer C and the CANCEL's time")
    func ringsAndDies() async throws {
        let (site, alice, bobs) = try await fork(1)
        bobs[0].habit = .rings
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        bobs[0].habit = .isDead
        await site.run(for: .seconds(181 + 33))
        #expect(call.finalStatus == 408)
        await site.settle()
    }

    @Test("one cannot be reached, the other answers") func unreachable() async throws {
        let (site, alice, bobs) = try await fork(2)
        site.network.refusing = [bobs[0].endpoint]
        bobs[1].habit = .answers(after: .seconds(1))
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(2))
        #expect(call.finalStatus == 200)
        call.hangUp()
        await site.settle()
    }

    @Test("nobody listens at the phone's port: at once 500, without a wait") func refused()
        async throws
    {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        site.network.refusing = [bob.endpoint]
        let stranger = site.host()
        let answers = await stranger.ask(stranger.request("MESSAGE", "sip:bob@voice.test"))
        #expect(answers.map(\.status) == [500])
        await site.settle()
    }

    @Test("a refusal that comes when the phone was given up is acknowledged all the same")
    func lateRefusal() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = try await site.callee("bob")
        let caller = try await site.peer()
        let invite = caller.request("INVITE", "sip:bob@voice.test")
        _ = await caller.ask(invite)
        bob.respond(180, to: bob.heard("INVITE")[0])
        await site.run(for: .milliseconds(100))
        caller.send(invite.hopByHop("CANCEL"))
        await site.run(for: .seconds(33))
        #expect(caller.heard("487").isEmpty == false)
        bob.respond(487, to: bob.heard("INVITE")[0])
        await site.run(for: .milliseconds(100))
        #expect(bob.heard("ACK").count == 1)
        await site.settle()
    }

    @Test("a phone that answers when it was given up still reaches the caller (16.7 step 5)")
    func lateAnswer() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = try await site.callee("bob")
        let caller = try await site.peer()
        let invite = caller.request("INVITE", "sip:bob@voice.test")
        _ = await caller.ask(invite)
        bob.respond(180, to: bob.heard("INVITE")[0])
        await site.run(for: .milliseconds(100))
        caller.send(invite.hopByHop("CANCEL"))
        await site.run(for: .seconds(33))
        caller.send(invite.hopByHop("ACK", to: caller.heard("487").first?.value("To")))
        await site.run(for: .milliseconds(100))
        bob.respond(200, to: bob.heard("INVITE")[0], contact: "sip:bob@\(bob.hostPort)")
        await site.run(for: .milliseconds(100))
        #expect(caller.inbox.last?.status == 200)
        #expect(caller.inbox.last?.cseqMethod == "INVITE")
        await site.settle()
    }
}
