import SIPCore
import SIPTesting
import Testing

@Suite("odd input") struct OddInputTests {
    static let noise: [[UInt8]] = [
        [], [0], [0x0D, 0x0A], Array("\r\n\r\n".utf8), [0x41], Array(repeating: 0, count: 1500),
        Array(repeating: 0x41, count: 65_507), Array(repeating: 0xFF, count: 65_507),
        Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
        // STUN: an indication, a request of another method, one that is cut off; TLS ClientHello.
        [0, 0x11, 0, 0, 0x21, 0x12, 0xA4, 0x42] + Array(repeating: 7, count: 12),
        [0, 3, 0, 0, 0x21, 0x12, 0xA4, 0x42] + Array(repeating: 7, count: 12),
        [0, 1, 0, 8, 0x21, 0x12, 0xA4, 0x42] + Array(repeating: 7, count: 12),
        [0x16, 3, 1, 0, 0xC8, 1, 0, 0, 0xC4, 3, 3] + Array(repeating: 9, count: 190),
    ]

    @Test("that is no SIP is dropped", arguments: noise)
    func dropped(bytes: [UInt8]) async throws {
        let site = try VirtualSite()
        let stranger = site.host()
        #expect(await stranger.ask(bytes).isEmpty)
        #expect(stranger.noise == 0)
        #expect(site.proxy.sessionCount == 0)
        await site.settle()
    }

    @Test(
        "names of any length go through a whole transaction",
        arguments: [1, 63, 64, 255, 256, 4096, 15_000])
    func lengths(count: Int) async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = try await site.callee("bob")
        let caller = try await site.peer()
        let text = String(repeating: "x", count: count)
        let invite = caller.request("INVITE", "sip:bob@voice.test").with {
            $0.from = "<sip:\(text)@voice.test>;tag=\(text)"
            $0.callID = text
            $0.vias = ["SIP/2.0/UDP \(caller.hostPort);branch=z9hG4bK\(text);rport"]
        }
        #expect(await caller.ask(invite).map(\.status) == [100])
        bob.respond(180, to: try #require(bob.heard("INVITE").first), tag: text)
        await site.run(for: .milliseconds(100))
        #expect(await caller.ask(invite.hopByHop("CANCEL")).map(\.status) == [200])
        bob.respond(200, to: try #require(bob.heard("CANCEL").first))
        bob.respond(487, to: bob.heard("INVITE")[0], tag: text)
        await site.run(for: .milliseconds(100))
        let refusal = try #require(caller.heard("487").first)
        #expect(refusal.toTag == text)
        #expect(await caller.ask(invite.hopByHop("ACK", to: refusal.value("To"))).isEmpty)
        #expect(bob.heard("ACK").map(\.toTag) == [text])
        await site.settle()
        #expect(caller.heard("487").count == 1)
    }

    @Test(
        "a request that was refused can't be cancelled (CVE-2018-14767)",
        arguments: [
            "To: <sip:x@voice.test>", "From: <sip:x@voice.test>;tag=2", "Call-ID: other",
            "CSeq: 1 INVITE", "To: <sip:x@voice.test>;tag=", "Max-Forwards: 9",
        ])
    func doubled(line: String) async throws {
        let site = try VirtualSite()
        let stranger = site.host()
        let invite = stranger.request("INVITE", "sip:bob@voice.test").with { $0.lines = [line] }
        #expect(await stranger.ask(invite).map(\.status) == [400])
        let cancel = invite.hopByHop("CANCEL")
        #expect(await stranger.ask(cancel).map(\.status) == [481])
        #expect(await stranger.ask(cancel.with { $0.lines = [line] }).map(\.status) == [400])
        await site.settle()
    }

    @Test("a thousand Vias are refused, a hundred go on, and their response comes back") func vias()
        async throws
    {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let stranger = site.host()
        func request(_ count: Int) -> RequestText {
            stranger.request("OPTIONS", "sip:bob@voice.test").with { request in
                request.vias += (1..<count).map { "SIP/2.0/UDP h\($0);branch=z9hG4bK\($0)" }
            }
        }
        #expect(await stranger.ask(request(1_000)).map(\.status) == [400])
        #expect(await stranger.ask(request(101)).map(\.status) == [400])
        #expect(await stranger.ask(request(100)).isEmpty)
        let options = try #require(bob.heard("OPTIONS").first)
        #expect(options.values("Via").count == 101)
        bob.respond(200, to: options)
        await site.run(for: .milliseconds(100))
        #expect(stranger.heard("200").first?.values("Via").count == 100)
        // Unwatched: with our own Via the copy has more than we would take.
        await site.settle(isWatched: false)
    }

    @Test("ten thousand header lines are served like ten") func lines() async throws {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let stranger = site.host()
        let request = stranger.request("OPTIONS", "sip:bob@voice.test").with {
            $0.lines = (0..<10_000).map { "X\($0 % 10): " }
        }
        #expect(request.text.utf8.count < 65_535)
        #expect(await stranger.ask(request).isEmpty)
        #expect(bob.heard("OPTIONS").first?.lines("X7").count == 1_000)
        bob.respond(200, to: bob.heard("OPTIONS")[0])
        await site.settle()
    }

    @Test(
        "a Via with a port that is none is refused, to the source",
        arguments: [
            "0", "65536", "123456", "-1", "x", "",
        ])
    func ports(port: String) async throws {
        let site = try VirtualSite()
        let stranger = site.host()
        let request = stranger.request("OPTIONS", "sip:bob@voice.test").with {
            $0.vias = ["SIP/2.0/UDP 203.0.113.66:\(port);branch=z9hG4bK1"]
        }
        #expect(await stranger.ask(request).map(\.status) == [400])
        await site.settle()
    }

    @Test("a body of any bytes goes on as it is") func body() async throws {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let stranger = site.host()
        let body = Array(0...255) as [UInt8]
        var head = stranger.request("MESSAGE", "sip:bob@voice.test").text
        head = head.replacing("Content-Length: 0", with: "Content-Length: 256")
        #expect(await stranger.ask(Array(head.utf8) + body + [1, 2, 3]).isEmpty)
        let request = try #require(bob.heard("MESSAGE").first?.request)
        #expect(Array(request.body) == body)
        #expect(request.message.bytes.suffix(256) == body[...])
        bob.respond(200, to: bob.heard("MESSAGE")[0])
        await site.settle()
    }
}
