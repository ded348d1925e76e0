import SIPCore
import SIPProxy
import SIPTesting
import Testing

@Suite("a request that can't be served") struct LimitTests {
    @Test(
        "Max-Forwards: 0 is refused, absent becomes 10, the rest is counted down and cut to 16",
        arguments: [
            ("0", nil), (nil, "10"), ("1", "0"), ("10", "9"), ("16", "15"), ("17", "16"),
            ("18", "16"), ("70", "16"), ("255", "16"), ("0068", "16"), ("256", "10"),
            ("99999999999999999999", "10"),
        ] as [(String?, String?)])
    func maxForwards(given: String?, expected: String?) async throws {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let stranger = site.host()
        let request = stranger.request("OPTIONS", "sip:bob@voice.test").with {
            $0.maxForwards = nil
            if let given { $0.lines = ["Max-Forwards: \(given)"] }
        }
        let answers = await stranger.ask(request)
        if let expected {
            #expect(bob.heard("OPTIONS").map { $0.value("Max-Forwards") } == [expected])
        } else {
            #expect(answers.map(\.status) == [483])
            #expect(bob.inbox.isEmpty)
        }
        await site.settle()
    }

    @Test(
        "OPTIONS to the proxy itself is 200 with what it takes, without hops and without a session",
        arguments: ["sip:voice.test", "sip:192.0.2.1", "sip:192.0.2.1:5060"])
    func options(uri: String) async throws {
        let site = try VirtualSite()
        let stranger = site.host()
        let request = stranger.request("OPTIONS", uri).with { $0.maxForwards = 0 }
        let answers = await stranger.ask(request)
        #expect(answers.map(\.status) == [200])
        #expect(answers[0].values("Allow").contains("REGISTER"))
        #expect(answers[0].values("Supported") == ["path", "outbound"])
        #expect(answers[0].toTag != nil)
        #expect(site.proxy.sessionCount == 0)
        #expect(
            await stranger.ask(request.with { $0.uri = "sip:bob@voice.test" }).map(\.status) == [
                483
            ])
    }

    @Test("Max-Forwards that is no number is 400", arguments: ["-1", "x", "7 0", ""])
    func badMaxForwards(given: String) async throws {
        let site = try VirtualSite()
        let stranger = site.host()
        let request = stranger.request("OPTIONS", "sip:bob@voice.test").with {
            $0.maxForwards = nil
            $0.lines = ["Max-Forwards: \(given)"]
        }
        #expect(await stranger.ask(request).map(\.status) == [400])
    }

    @Test("a message longer than the limit is 513, one of the limit is served") func tooLarge()
        async throws
    {
        let site = try VirtualSite { $0.limits.messageSize = 1000 }
        let bob = try await site.callee("bob")
        let stranger = site.host()
        let request = stranger.request("MESSAGE", "sip:bob@voice.test")
        let rest = 1000 - request.text.utf8.count
        let header = "X: "
        let fits = request.with {
            $0.lines = [header + String(repeating: "x", count: rest - header.count - 2)]
        }
        #expect(fits.text.utf8.count == 1000)
        #expect(await stranger.ask(fits).isEmpty)
        #expect(bob.heard("MESSAGE").count == 1)
        bob.respond(200, to: bob.heard("MESSAGE")[0])
        let longer = stranger.request("MESSAGE", "sip:bob@voice.test").with {
            $0.lines = [fits.lines[0] + "xxx"]
        }
        #expect(await stranger.ask(longer).filter { $0.status != 200 }.map(\.status) == [513])
        await site.settle()
    }

    @Test("Proxy-Require is 420 with all that is unknown in Unsupported") func proxyRequire()
        async throws
    {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let stranger = site.host()
        for method in ["INVITE", "OPTIONS", "REGISTER"] {
            let request = stranger.request(method, "sip:bob@voice.test").with {
                $0.lines = ["Proxy-Require: teleport, sec-agree", "Proxy-Require: more"]
            }
            let answers = await stranger.ask(request)
            #expect(answers.map(\.status) == [420])
            #expect(answers[0].values("Unsupported") == ["teleport", "sec-agree", "more"])
        }
        // Neither of them is ever refused for it (16.3 step 5 with 9.1 and 17.1.1.3).
        let ack = stranger.request("ACK", "sip:bob@voice.test").with {
            $0.lines = ["Proxy-Require: teleport"]
        }
        #expect(await stranger.ask(ack).isEmpty)
        #expect(bob.inbox.isEmpty)
        await site.settle()
    }

    @Test(
        "a Request-URI of another scheme is 416",
        arguments: [
            "http://voice.test", "mailto:bob@voice.test", "nobody-knows:x",
        ])
    func scheme(uri: String) async throws {
        let site = try VirtualSite()
        let stranger = site.host()
        let request = stranger.request("OPTIONS", uri, to: "<sip:bob@voice.test>")
        #expect(await stranger.ask(request).map(\.status) == [416])
        await site.settle()
    }

    @Test("another version is 505, before anything else is looked at") func version() async throws {
        let site = try VirtualSite()
        let stranger = site.host()
        let request = stranger.request("OPTIONS", "sip:bob@voice.test")
        let text = request.text.replacing("bob@voice.test SIP/2.0", with: "bob@voice.test SIP/3.0")
        #expect(await stranger.ask(text).map(\.status) == [505])
        await site.settle()
    }

    @Test(
        "a request that lacks what it must have, or has it twice, is 400",
        arguments: [
            "Via", "From", "To", "Call-ID", "CSeq",
        ])
    func missing(header: String) async throws {
        let site = try VirtualSite()
        let stranger = site.host()
        let lines = stranger.request("OPTIONS", "sip:bob@voice.test").text
            .split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        let without = lines.filter { !$0.hasPrefix("\(header):") }
        let answer = await stranger.ask(without.joined(separator: "\r\n"))
        #expect(answer.map(\.status) == [400])
        if header != "Via" {
            let twice = lines.flatMap { $0.hasPrefix("\(header):") ? [$0, $0] : [$0] }
            #expect(await stranger.ask(twice.joined(separator: "\r\n")).map(\.status) == [400])
        }
        await site.settle()
    }

    @Test(
        "an ACK that is wrong is not answered",
        arguments: [
            "SIP/3.0", "CSeq: x", "Max-Forwards: x",
        ])
    func wrongAck(flaw: String) async throws {
        let site = try VirtualSite()
        let stranger = site.host()
        var text = stranger.request("ACK", "sip:bob@voice.test").text
        switch flaw {
        case "SIP/3.0": text = text.replacing("test SIP/2.0\r\n", with: "test SIP/3.0\r\n")
        case "CSeq: x": text = text.replacing("CSeq: 1 ACK", with: flaw)
        default: text = text.replacing("Max-Forwards: 70", with: flaw)
        }
        #expect(await stranger.ask(text).isEmpty)
        await site.settle()
    }

    @Test("a datagram that was cut in the middle of a line gets a reply that is whole")
    func cut() async throws {
        let site = try VirtualSite()
        let stranger = site.host()
        let bytes = Array(stranger.request("OPTIONS", "sip:bob@voice.test").text.utf8)
        for count in 40..<bytes.count {
            let answers = await stranger.ask(Array(bytes[..<count]))
            #expect(answers.count <= 1)
            if let answer = answers.first, count < bytes.count - 2 { #expect(answer.status == 400) }
        }
        #expect(stranger.noise == 0)
        await site.settle()
    }

    @Test(
        "three times the load that there is room for: as many are served, the rest is 503, memory flat"
    )
    func threefold() async throws {
        // An answered request keeps its place for 32 s: room for ten a second.
        let room = 320
        let site = try VirtualSite {
            $0.stripes = 1
            $0.core.maximumSessions = room
        }
        site.recorder.isRecording = false
        let bob = try await site.callee("bob")
        let stranger = site.host()
        var most = 0
        var answered = 0
        for _ in 0..<960 {
            for _ in 0..<3 { stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test")) }
            await site.run(for: .milliseconds(100))
            let messages = bob.heard("MESSAGE")
            for message in messages[answered...] { bob.respond(200, to: message) }
            answered = messages.count
            most = max(most, site.proxy.sessionCount)
        }
        await site.settle()
        let served = stranger.heard("200").count
        let refused = stranger.heard("503")
        // 96 s at ten a second.
        #expect(served >= 940)
        #expect(served + refused.count == 3 * 960)
        #expect(refused.allSatisfy { $0.value("Retry-After") == "5" })
        #expect(most <= room)
    }

    @Test("more requests at once than the limit are 503 with Retry-After") func overload()
        async throws
    {
        let site = try VirtualSite {
            $0.stripes = 1
            $0.core.maximumSessions = 3
        }
        _ = try await site.callee("bob")
        let stranger = site.host()
        for _ in 0..<3 {
            #expect(await stranger.ask(stranger.request("MESSAGE", "sip:bob@voice.test")).isEmpty)
        }
        let answers = await stranger.ask(stranger.request("MESSAGE", "sip:bob@voice.test"))
        #expect(answers.map(\.status) == [503])
        #expect(answers[0].value("Retry-After") == "5")
        await site.settle()
    }

    @Test("a route that never answers is answered 500 for, and forgotten") func slowRoute()
        async throws
    {
        let site = try VirtualSite()
        site.proxy.holdsRoutes = true
        let stranger = site.host()
        let request = stranger.request("MESSAGE", "sip:bob@voice.test")
        #expect(await stranger.ask(request).isEmpty)
        await site.run(for: .seconds(33))
        #expect(stranger.inbox.map(\.status) == [100, 500])
        await site.settle()
        await site.proxy.releaseRoutes()
        #expect(stranger.inbox.count == 2)
        await site.settle()
    }

    @Test("a route that takes more than 200 ms: the INVITE gets 100 meanwhile, and once (17.2.1)")
    func thoughtfulRoute() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = try await site.callee("bob")
        site.proxy.holdsRoutes = true
        let caller = try await site.peer()
        let invite = caller.request("INVITE", "sip:bob@voice.test")
        #expect(await caller.ask(invite).isEmpty)
        #expect(await caller.ask(invite).isEmpty)
        await site.run(for: .milliseconds(50))
        #expect(caller.inbox.map(\.status) == [100])
        await site.proxy.releaseRoutes()
        await site.run(for: .milliseconds(100))
        #expect(caller.inbox.map(\.status) == [100])
        bob.respond(486, to: try #require(bob.heard("INVITE").first))
        await site.settle()
        #expect(caller.inbox.count { $0.status == 486 } > 0)
    }
}
