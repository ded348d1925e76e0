import SIPCore
import SIPTesting
import Testing

@Suite("amplification") struct AmplificationTests {
    @Test("two addresses that point at each other, twice, ring nobody and send nothing")
    func addresses() async throws {
        let site = try VirtualSite()
        let stranger = site.host()
        for (user, other) in [("alice", "bob"), ("bob", "alice")] {
            for contact in ["sip:\(other)@voice.test", "sip:\(other)@192.0.2.1;x=2"] {
                try await site.bind(user, to: contact)
            }
        }
        let answers = await stranger.ask(stranger.request("MESSAGE", "sip:alice@voice.test"))
        #expect(answers.map(\.status) == [404])
        #expect(site.recorder.messages(from: "proxy", to: "proxy").isEmpty)
        await site.settle()
    }

    /// RFC 5393 section 3 as it is printed: each contact leads to another proxy, which sends what it gets to the other address at
    /// home.
    @Test("the same by way of another proxy dies out") func mirrors() async throws {
        let site = try VirtualSite()
        let stranger = site.host()
        let mirror = Mirror(site)
        for user in ["alice", "bob"] {
            let other = user == "alice" ? "bob" : "alice"
            for number in 1...2 {
                try await site.bind(user, to: "sip:\(other)\(number)@\(mirror.host.hostPort)")
            }
        }
        stranger.send(stranger.request("MESSAGE", "sip:alice@voice.test"))
        for _ in 0..<200 {
            await site.run(for: .milliseconds(10))
            mirror.reflect()
        }
        // Two copies to the mirror, four of the second round; the third is a loop: 482, and nothing goes on. Without a mark there
        // would be 2^17 of them.
        #expect(mirror.requests <= 6)
        await site.settle(isWatched: false)
        #expect(stranger.inbox.compactMap(\.status).filter { $0 >= 200 }.count <= 1)
    }

    @Test("a storm of responses goes nowhere, or to who asked, one for one") func responses()
        async throws
    {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let (caller, callee) = (try await site.peer(), try await site.callee("bob"))
        let stranger = site.host("stranger", 0xCB00_7143)
        caller.send(caller.request("INVITE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(20))
        let invite = try #require(callee.heard("INVITE").first)
        callee.respond(180, to: invite)
        let ringing = try #require(site.recorder.transmissions.last).bytes
        await site.run(for: .milliseconds(20))
        let before = caller.inbox.count

        // Of what nobody asked for, nothing is passed on.
        let text = String(decoding: ringing, as: UTF8.self)
        let ours = "branch=" + invite.branch
        for number in 0..<1_000 {
            let branch = String(invite.branch.dropLast(4)) + String(9_000 + number)
            stranger.send(text.replacing(ours, with: "branch=" + branch))
        }
        await site.run(for: .milliseconds(20))
        #expect(caller.inbox.count - before <= 1)
        #expect(site.proxy.sessionCount == 1)

        // Of a thousand refusals one goes back; the others are acknowledged at their sender, each once.
        let refused = caller.inbox.count
        for _ in 0..<1_000 { callee.respond(486, to: invite) }
        await site.run(for: .milliseconds(20))
        #expect(caller.inbox.count == refused + 1)
        #expect(callee.heard("ACK").count == 1_000)
        #expect(stranger.inbox.isEmpty)
        caller.send(
            caller.request("ACK", "sip:bob@voice.test").with {
                $0.vias = [invite.values("Via")[1]]
                $0.to = caller.inbox.last?.value("To") ?? ""
                $0.from = invite.value("From") ?? ""
                $0.callID = invite.callID
            })
        await site.settle()
        #expect(site.proxy.sessionCount == 0)
    }
}

/// A proxy that sends each request back to where it came from, for the user that the Request-URI names.
private final class Mirror {
    let host: BareHost
    private var reflected: Set<String> = []

    init(_ site: VirtualSite) { host = site.host("mirror", 0xC633_64C8) }

    var requests: Int { Set(host.heard("MESSAGE").map(\.branch)).count }

    func reflect() {
        for message in host.heard("MESSAGE") where reflected.insert(message.branch).inserted {
            let user = message.requestURI?.split { ":@".contains($0) }[1].filter(\.isLetter) ?? ""
            host.send(
                host.request("MESSAGE", "sip:\(user)@voice.test").with {
                    $0.vias += message.values("Via")
                    $0.from = message.value("From") ?? ""
                    $0.to = message.value("To") ?? ""
                    $0.callID = message.callID
                    $0.maxForwards = message.value("Max-Forwards").flatMap { Int($0) }
                    $0.lines = ["Max-Breadth: \(message.value("Max-Breadth") ?? "")"]
                })
        }
    }
}
