import SIPCore
import SIPTesting
import Testing

@Suite("a parallel fork") struct ForkTests {
    @Test("the first 200 wins, the others are cancelled and their 487 acknowledged")
    func firstWins() async throws {
        let (site, alice, bobs) = try await fork(3)
        bobs[0].habit = .rings
        bobs[1].habit = .answers(after: .seconds(2))
        bobs[2].habit = .rings
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(4))
        #expect(call.finalStatus == 200)
        #expect(call.responses.compactMap(\.status) == [407, 100, 180, 180, 180, 200])
        for loser in ["bob1", "bob3"] {
            let line = site.recorder.ladder(callID: call.callID).lines.filter {
                $0.contains(loser)
            }
            #expect(
                line == [
                    "proxy -> \(loser) INVITE", "\(loser) -> proxy 180 INVITE",
                    "proxy -> \(loser) CANCEL", "\(loser) -> proxy 200 CANCEL",
                    "\(loser) -> proxy 487 INVITE", "proxy -> \(loser) ACK",
                ])
        }
        call.hangUp()
        await site.run(for: .seconds(1))
        #expect(bobs[1].incoming?.state == .ended)
        await site.settle()
    }

    @Test("each branch has a Via branch of its own, and nothing else differs") func branches()
        async throws
    {
        let (site, alice, bobs) = try await fork(3)
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(100))
        let invites = bobs.compactMap { $0.incoming?.received.first }
        #expect(invites.count == 3)
        #expect(Set(invites.map(\.branch)).count == 3)
        #expect(Set(invites.map(\.requestURI)) == Set(bobs.map(\.contact)))
        #expect(Set(invites.map { $0.values("Record-Route") }).count == 1)
        call.cancel()
        for bob in bobs { bob.incoming?.ring() }
        await site.settle()
    }

    @Test("two that answer at once both reach the caller") func twoAnswers() async throws {
        let (site, alice, bobs) = try await fork(2)
        for bob in bobs { bob.habit = .answers(after: .seconds(1)) }
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(3))
        #expect(call.responses.filter { $0.status == 200 }.count == 2)
        #expect(call.dialogs.count == 2)
        #expect(bobs.allSatisfy { $0.incoming?.isAcknowledged == true })
        #expect(bobs.filter { $0.incoming?.received.last?.method == "BYE" }.count == 1)
        await site.settle()
    }

    @Test("a 6xx ends the search: the others are cancelled, and it goes back") func decline()
        async throws
    {
        let (site, alice, bobs) = try await fork(3)
        bobs[0].habit = .rings
        bobs[2].habit = .rings
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        bobs[1].incoming?.refuse(603)
        await site.run(for: .milliseconds(10))
        // Not before the others have ended (16.7 step 5).
        #expect(call.finalStatus == nil)
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 603)
        #expect(bobs[0].incoming?.finalStatus == 487)
        #expect(bobs[2].incoming?.finalStatus == 487)
        await site.settle()
    }

    @Test("after a 6xx a 200 that comes still goes back (16.7 step 5)") func declineThenAnswer()
        async throws
    {
        let (site, alice, bobs) = try await fork(2)
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(100))
        bobs[0].incoming?.ring()
        await site.run(for: .milliseconds(100))
        bobs[1].incoming?.refuse(603)
        bobs[0].incoming?.answer()
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 200)
        #expect(bobs[0].incoming?.isAcknowledged == true)
        call.hangUp()
        await site.settle()
    }

    /// What the branches answer, and what goes back (16.7 step 6).
    static let choices: [([Int], Int)] = [
        ([486], 486), ([486, 486, 486], 486), ([302, 404], 302), ([500, 404], 404),
        ([404, 500, 302], 302), ([503], 500),
        ([503, 486], 486), ([503, 500], 500), ([503, 504], 504), ([600, 200], 200),
        ([404, 603], 603), ([486, 407], 407), ([401, 486], 401), ([484, 486], 484),
        ([486, 420], 420), ([486, 415], 415), ([408, 486], 486), ([480, 408], 480),
        ([487, 486], 486), ([606, 404], 606), ([599, 499], 499),
    ]

    @Test("the best response goes back", arguments: choices)
    func best(answers: [Int], expected: Int) async throws {
        let (site, alice, bobs) = try await fork(answers.count)
        alice.answersChallenges = true
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(100))
        for (bob, status) in zip(bobs, answers) {
            if status == 200 {
                bob.incoming?.answer()
            } else {
                bob.incoming?.refuse(status)
            }
        }
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == expected)
        // Each refusal is acknowledged to whoever gave it (17.1.1.3).
        for index in answers.indices where answers[index] != 200 {
            let sent = site.recorder.messages(from: "proxy", to: "bob\(index + 1)")
            #expect(sent.filter { $0.method == "ACK" }.count == 1)
        }
        call.hangUp()
        await site.settle()
    }

    @Test("100 of a branch goes no further, other provisional responses do, until the final one")
    func provisional() async throws {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let (one, two) = (
            try await site.callee("bob", 0xC633_64C8), try await site.callee("bob", 0xC633_64C9)
        )
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(100))
        let first = try #require(one.heard("INVITE").first)
        let second = try #require(two.heard("INVITE").first)
        one.respond(100, to: first, tag: nil)
        one.respond(180, to: first)
        two.respond(183, to: second, tag: "c")
        one.respond(180, to: first)
        await site.run(for: .milliseconds(100))
        one.respond(200, to: first, contact: "sip:bob@\(one.hostPort)")
        await site.run(for: .milliseconds(100))
        two.respond(180, to: second, tag: "c")
        await site.run(for: .milliseconds(100))
        #expect(call.responses.compactMap(\.status) == [407, 100, 180, 183, 180, 200])
        #expect(two.heard("CANCEL").count == 1)
        two.respond(487, to: second, tag: "c")
        await site.settle()
    }

    @Test("a response without a Via of somebody before us was meant for us, and goes no further")
    func loneVia() async throws {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let stranger = site.host()
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(100))
        let message = try #require(bob.heard("MESSAGE").first)
        let via = message.values("Via")[0]
        let lines = [
            "SIP/2.0 200 OK", "Via: \(via)", "From: \(message.value("From") ?? "")",
            "To: \(message.value("To") ?? "");tag=b", "Call-ID: \(message.callID)",
            "CSeq: 1 MESSAGE", "Content-Length: 0", "", "",
        ]
        bob.send(lines.joined(separator: "\r\n"))
        await site.run(for: .milliseconds(100))
        #expect(stranger.inbox.isEmpty)
        await site.settle()
    }

    @Test("401 and 407 of several branches go back with the challenges of all (16.7 step 7)")
    func aggregation() async throws {
        let site = try VirtualSite()
        let caller = site.host("caller")
        let hosts = [
            try await site.callee("bob", 0xC633_64C8), try await site.callee("bob", 0xC633_64C9),
            try await site.callee("bob", 0xC633_64CA),
        ]
        caller.send(caller.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(20))
        let requests = try hosts.map { try #require($0.heard("MESSAGE").first) }
        hosts[0].respond(401, to: requests[0], lines: ["WWW-Authenticate: Digest realm=\"a\""])
        hosts[1].respond(407, to: requests[1], lines: ["Proxy-Authenticate: Digest realm=\"b\""])
        hosts[2].respond(404, to: requests[2], lines: ["WWW-Authenticate: Digest realm=\"c\""])
        await site.run(for: .milliseconds(100))
        let answer = try #require(caller.inbox.first)
        #expect(answer.status == 401 || answer.status == 407)
        #expect(answer.lines("WWW-Authenticate") == ["Digest realm=\"a\""])
        #expect(answer.lines("Proxy-Authenticate") == ["Digest realm=\"b\""])
        await site.settle()
    }
}

/// Alice, and several phones of Bob, which do nothing by themselves.
func fork(_ count: Int) async throws -> (VirtualSite, Phone, [Phone]) {
    let site = try VirtualSite()
    let alice = try await site.registered("alice")[0]
    var bobs: [Phone] = []
    for index in 1...count {
        let bob = site.phone("bob", named: "bob\(index)")
        let answer = bob.register()
        await site.run(for: .seconds(1))
        try #require(answer.status == 200)
        bobs.append(bob)
    }
    return (site, alice, bobs)
}
