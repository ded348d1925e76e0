import SIPCore
import SIPTesting
import Testing

@Suite("a request of any method") struct PassingTests {
    static let methods = [
        "MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "REFER", "INFO", "UPDATE", "PRACK", "OPTIONS",
        "TELEPORT",
    ]

    @Test(
        "reaches a user as it was sent, and its answer comes back as it was given",
        arguments: methods)
    func outside(method: String) async throws {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let stranger = site.host()
        let request = stranger.request(method, "sip:bob@voice.test").with {
            $0.lines = [
                "Event: presence", "SIP-If-Match: dx200xyz", "Refer-To: <sip:carol@voice.test>",
                "Require: teleport", "Supported: 100rel, timer", "X-Odd: \u{E9}",
            ]
            $0.contentType = "application/pidf+xml"
            $0.body = "<presence/>\r\n\r\n\0 \u{E9}"
        }
        stranger.send(request)
        await site.run(for: .milliseconds(20))
        let copy = try #require(bob.heard(method).first)
        for line in request.lines + ["CSeq: 1 \(method)", "Content-Type: \(request.contentType)"] {
            #expect(copy.text.contains("\r\n\(line)\r\n"))
        }
        #expect(copy.body == request.body)
        bob.respond(
            202, "Taken", to: copy, lines: ["Expires: 60", "SIP-ETag: y"], contact: "sip:b@x.test")
        await site.settle()
        #expect(stranger.inbox.count == 1)
        let answer = try #require(stranger.inbox.first)
        #expect(answer.text.hasPrefix("SIP/2.0 202 Taken\r\n"))
        #expect(answer.value("Expires") == "60")
        #expect(answer.value("SIP-ETag") == "y")
        #expect(answer.contact == "sip:b@x.test")
    }

    @Test("goes both ways inside of a call, without a challenge", arguments: methods)
    func inside(method: String) async throws {
        let site = try VirtualSite()
        let (_, bob, call) = try await answered(site)
        let other = try #require(bob.incoming)
        var answers: [Int] = []
        for side in [call, other] {
            let before = side === call ? other.received.count : call.received.count
            side.ask(method, in: try #require(side.dialog)) {
                if method == "REFER" { $0.lines = ["X-None: 1"] }
            } then: {
                answers.append($0)
            }
            await site.run(for: .seconds(1))
            #expect((side === call ? other : call).received.count == before + 1)
        }
        // The phones themselves say 400 to a REFER to nobody.
        #expect(answers == (method == "REFER" ? [400, 400] : [200, 200]))
        call.hangUp()
        await site.settle()
    }

    @Test("belongs to a call that is early: reliable 183, PRACK, UPDATE from either side")
    func reliable() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let (caller, callee) = (try await site.peer(), try await site.callee("bob"))
        caller.send(
            caller.request("INVITE", "sip:bob@voice.test").with {
                $0.lines = ["Supported: 100rel", "Require: 100rel"]
            })
        await site.run(for: .milliseconds(20))
        let invite = try #require(callee.heard("INVITE").first)
        #expect(invite.value("Require") == "100rel")

        // RFC 3262 3: what is not acknowledged is repeated; each copy goes on.
        for _ in 0..<2 {
            callee.respond(
                183, "Session Progress", to: invite, lines: ["Require: 100rel", "RSeq: 988789"],
                contact: "sip:bob@\(callee.hostPort)")
            await site.run(for: .milliseconds(500))
        }
        #expect(caller.heard("183").map { $0.value("RSeq") } == ["988789", "988789"])
        let early = PhoneDialog(caller: caller.heard("183")[0], local: invite.value("From") ?? "")
        func ask(_ method: String, _ cseq: Int, _ lines: [String] = []) -> RequestText {
            caller.request(method, early.remoteTarget, to: early.remote).with {
                $0.from = early.local
                $0.callID = invite.callID
                $0.cseq = cseq
                $0.routes = early.routeSet
                $0.lines = lines
            }
        }
        for (method, cseq) in [("PRACK", 2), ("UPDATE", 3)] {
            caller.send(ask(method, cseq, ["RAck: 988789 1 INVITE"]))
            await site.run(for: .milliseconds(20))
            let request = try #require(callee.heard(method).first)
            #expect(request.value("RAck") == "988789 1 INVITE")
            #expect(request.values("Route") == [])
            callee.respond(200, to: request)
        }
        callee.send(
            callee.request("UPDATE", "sip:mallory@\(caller.hostPort)", to: early.local).with {
                $0.from = early.remote
                $0.callID = invite.callID
                $0.routes = invite.values("Record-Route")
            })
        await site.run(for: .milliseconds(20))
        caller.respond(200, to: try #require(caller.heard("UPDATE").first))
        callee.respond(200, to: invite, contact: "sip:bob@\(callee.hostPort)")
        await site.run(for: .milliseconds(20))
        caller.send(ask("ACK", 1))
        await site.run(for: .milliseconds(20))
        #expect(callee.heard("ACK").count == 1)
        await site.settle()
        // 200 to PRACK, to UPDATE, to INVITE; and the callee's own UPDATE was answered.
        #expect(caller.heard("200").map(\.cseqMethod) == ["PRACK", "UPDATE", "INVITE"])
        #expect(callee.heard("200").map(\.cseqMethod) == ["UPDATE"])
    }
}
