import SIPCore
import SIPTesting
import Testing

@Suite("a call") struct CallTests {
    @Test("a call is challenged, rings, is answered and hung up by the caller") func caller()
        async throws
    {
        let site = try VirtualSite()
        let phones = try await site.registered("alice", "bob")
        let (alice, bob) = (phones[0], phones[1])
        bob.habit = .answers(after: .seconds(2))
        let call = alice.call(bob)
        await site.run(for: .seconds(5))
        #expect(call.state == .answered)
        #expect(bob.incoming?.isAcknowledged == true)
        call.hangUp()
        await site.run(for: .seconds(1))
        #expect(call.hangUpStatus == 200)
        #expect(bob.incoming?.state == .ended)
        #expect(
            site.recorder.ladder(callID: call.callID).lines == [
                "alice -> proxy INVITE", "proxy -> alice 407 INVITE", "alice -> proxy ACK",
                "alice -> proxy INVITE", "proxy -> alice 100 INVITE", "proxy -> bob INVITE",
                "bob -> proxy 180 INVITE", "proxy -> alice 180 INVITE",
                "bob -> proxy 200 INVITE", "proxy -> alice 200 INVITE", "alice -> proxy ACK",
                "proxy -> bob ACK", "alice -> proxy BYE", "proxy -> bob BYE",
                "bob -> proxy 200 BYE", "proxy -> alice 200 BYE",
            ])
        await site.settle()
    }

    @Test("100 Trying repeats the caller's Timestamp, other responses of ours do not (8.2.6.1)")
    func timestamp() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = try await site.callee("bob")
        let caller = try await site.peer()
        let invite = caller.request("INVITE", "sip:bob@voice.test").with {
            $0.lines = ["Timestamp: 54.21"]
        }
        let answers = await caller.ask(invite)
        #expect(answers.map(\.status) == [100])
        #expect(answers[0].lines("Timestamp") == ["54.21"])
        bob.respond(180, to: bob.heard("INVITE")[0])
        await site.run(for: .milliseconds(100))
        _ = await caller.ask(invite.hopByHop("CANCEL"))
        await site.run(for: .seconds(40))
        #expect(caller.inbox.last?.status == 487)
        #expect(caller.inbox.last?.lines("Timestamp") == [])
        await site.settle()
    }

    @Test("the callee hangs up") func callee() async throws {
        let site = try VirtualSite()
        let phones = try await site.registered("alice", "bob")
        let (alice, bob) = (phones[0], phones[1])
        bob.habit = .answers(after: .seconds(2))
        let call = alice.call(bob)
        await site.run(for: .seconds(5))
        bob.incoming?.hangUp()
        await site.run(for: .seconds(1))
        #expect(bob.incoming?.hangUpStatus == 200)
        #expect(call.state == .ended)
        #expect(call.received.map(\.method) == ["BYE"])
        #expect(
            site.recorder.ladder(callID: call.callID).lines.suffix(4) == [
                "bob -> proxy BYE", "proxy -> alice BYE", "alice -> proxy 200 BYE",
                "proxy -> bob 200 BYE",
            ])
        await site.settle()
    }

    @Test("both sides talk inside of the dialog as long as it lasts") func inside() async throws {
        let site = try VirtualSite()
        let (alice, bob, call) = try await answered(site)
        var answers: [Int] = []
        for method in ["INFO", "UPDATE", "MESSAGE"] {
            call.ask(method, in: try #require(call.dialog)) { answers.append($0) }
            let other = try #require(bob.incoming)
            other.ask(method, in: try #require(other.dialog)) { answers.append($0) }
            await site.run(for: .seconds(1))
        }
        #expect(answers == [200, 200, 200, 200, 200, 200])
        #expect(alice.calls.count == 1)
        // Nobody is challenged inside of a dialog.
        #expect(
            site.recorder.messages(from: "proxy", to: "alice").filter { $0.status == 407 }.count
                == 1
        )
        await site.settle()
    }

    @Test("the callee sees the request of RFC 3261 16.6") func forwarded() async throws {
        let site = try VirtualSite()
        let (alice, bob, _) = try await answered(
            site, lines: ["X-Odd:   kept \t as it is,\r\n  folds too", "Subject:lunch"])
        let sent = try #require(
            site.recorder.messages(from: "alice", to: "proxy").last { $0.method == "INVITE" })
        let invite = try #require(bob.incoming?.received.first)
        #expect(invite.requestURI == bob.contact)
        #expect(invite.value("Max-Forwards") == "16")
        #expect(invite.text.contains("X-Odd:   kept \t as it is,\r\n  folds too\r\n"))
        #expect(invite.text.contains("\r\nSubject:lunch\r\n"))
        for name in ["From", "To", "Call-ID", "CSeq", "Contact", "Content-Length"] {
            #expect(invite.value(HeaderName(name)) == sent.value(HeaderName(name)))
        }
        #expect(invite.body == sent.body)

        let vias = invite.values("Via")
        #expect(vias.count == 2)
        #expect(vias[0].hasPrefix("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK"))
        #expect(vias[0].count == "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK".count + 30)
        #expect(
            vias[1] == sent.values("Via")[0] + "=\(alice.endpoint.port);received=198.51.100.1")
        let routes = invite.values("Record-Route")
        #expect(routes.count == 1)
        #expect(routes[0].hasPrefix("<sip:192.0.2.1:5060;lr;sig="))
    }

    @Test("credentials never reach the callee: not in INVITE, ACK or BYE") func credentials()
        async throws
    {
        let site = try VirtualSite()
        let (_, bob, call) = try await answered(site)
        call.hangUp()
        await site.run(for: .seconds(1))
        let call2 = try #require(bob.incoming)
        #expect(call2.received.map(\.method) == ["INVITE", "ACK", "BYE"])
        for letter in call2.received {
            #expect(letter.lines("Proxy-Authorization") == [], "\(letter.method ?? "")")
        }
        // The phone did send them, in its ACK too (RFC 3261 22.1).
        let sent = site.recorder.messages(from: "alice", to: "proxy")
        #expect(
            sent.last { $0.method == "ACK" }?.lines("Proxy-Authorization").count == 1)
    }

    @Test("credentials for another realm go on") func otherRealm() async throws {
        let site = try VirtualSite()
        let foreign =
            "Digest username=\"alice\", realm=\"other.test\", nonce=\"n\", "
            + "uri=\"sip:bob@voice.test\", response=\"00000000000000000000000000000000\""
        let (_, bob, _) = try await answered(site, lines: ["Proxy-Authorization: \(foreign)"])
        #expect(bob.incoming?.received[0].lines("Proxy-Authorization") == [foreign])
        #expect(bob.incoming?.received[1].lines("Proxy-Authorization") == [foreign])
    }

    @Test("in-dialog requests carry no Route of ours any more") func routes() async throws {
        let site = try VirtualSite()
        let (_, bob, call) = try await answered(site)
        call.hangUp()
        await site.run(for: .seconds(1))
        let bye = try #require(bob.incoming?.received.last)
        #expect(bye.method == "BYE")
        #expect(bye.values("Route") == [])
        #expect(bye.requestURI == bob.contact)
        #expect(bye.value("Max-Forwards") == "16")
    }

    @Test("who is not registered is not found") func notFound() async throws {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 404)
        #expect(call.responses.last?.reason == "User Not Found")
        await site.settle()
    }

    @Test("nobody calls in another's name") func otherFrom() async throws {
        let site = try VirtualSite()
        let bob = try await site.registered("bob")[0]
        let host = site.host()
        var request = host.request("INVITE", "sip:bob@voice.test", from: "sip:dave@voice.test")
        let challenge = try #require(await host.ask(request).first)
        #expect(challenge.status == 407)
        host.send(request.hopByHop("ACK", to: challenge.value("To")))
        request.cseq += 1
        request.vias = ["SIP/2.0/UDP \(host.hostPort);branch=z9hG4bKsecond;rport"]
        request.lines = [
            DigestAnswer(
                username: "carol", password: "pass-carol", method: "INVITE", uri: request.uri
            ).line(for: challenge) ?? ""
        ]
        let answer = await host.ask(request)
        #expect(answer.map(\.status) == [403])
        #expect(answer.first?.reason == "Use From=ID")
        #expect(bob.calls.isEmpty)
        host.send(request.hopByHop("ACK", to: answer.first?.value("To")))
        await site.settle()
    }

    @Test("an alias is followed") func alias() async throws {
        let site = try VirtualSite { $0.aliases = ["100@voice.test": "sip:bob@voice.test"] }
        let phones = try await site.registered("alice", "bob")
        phones[1].habit = .answers(after: .seconds(1))
        let call = phones[0].call("sip:100@voice.test")
        await site.run(for: .seconds(2))
        #expect(call.finalStatus == 200)
        #expect(phones[1].incoming?.received[0].requestURI == phones[1].contact)
    }

    @Test("the way out to another domain is open to an authenticated caller, by look-up")
    func foreign() async throws {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let other = site.host("other", 0xC612_0009)
        site.proxy.names["other.test"] = [other.endpoint.address]
        _ = alice.call("sip:carol@other.test")
        await site.run(for: .milliseconds(100))
        let invite = try #require(other.heard("INVITE").first)
        #expect(invite.requestURI == "sip:carol@other.test")
        #expect(invite.lines("Proxy-Authorization") == [])
        #expect(other.heard("INVITE").count == 1)
    }

    @Test("a domain that has no address is answered as unreachable") func unresolvable()
        async throws
    {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let call = alice.call("sip:carol@nowhere.test")
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 500)
        await site.settle()
    }

    @Test("a phone that nobody can reach is answered as such") func unreachable() async throws {
        let site = try VirtualSite()
        let phones = try await site.registered("alice", "bob")
        site.network.refusing = [phones[1].endpoint]
        let call = phones[0].call(phones[1])
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 500)
        await site.settle()
    }

    @Test("a message to a user arrives without a challenge, once") func message() async throws {
        let site = try VirtualSite()
        let bob = try await site.registered("bob")[0]
        let stranger = site.host()
        let request = stranger.request("MESSAGE", "sip:bob@voice.test")
        let answers = await stranger.ask(request.with { $0.body = "hello" })
        #expect(answers.map(\.status) == [200])
        #expect(bob.requests.map(\.body) == ["hello"])
        // No proof, no Record-Route.
        #expect(bob.requests[0].values("Record-Route") == [])
        await site.settle()
    }
}

/// Alice talks with Bob.
func answered(_ site: VirtualSite, lines: [String] = []) async throws -> (Phone, Phone, Call) {
    let phones = try await site.registered("alice", "bob")
    phones[1].habit = .answers(after: .seconds(1))
    let call = phones[0].call(phones[1].address, lines: lines)
    await site.run(for: .seconds(3))
    try #require(call.state == .answered)
    try #require(phones[1].incoming?.isAcknowledged == true)
    return (phones[0], phones[1], call)
}
