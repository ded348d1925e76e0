import SIPCore
import SIPProxy
import SIPTesting
import Testing

@Suite("the route of ser.cfg") struct SeedRouteTests {
    @Test(
        "in the seed anybody relays to foreign domains, by default nobody does",
        arguments: [
            "INVITE", "MESSAGE", "BYE", "ACK",
        ])
    func openRelay(method: String) async throws {
        for style in [VirtualSite.Router.Style.ser, .closed] {
            let site = try VirtualSite { $0.style = style }
            let other = site.host("other", 0xC612_0009)
            site.proxy.names["other.test"] = [other.endpoint.address]
            let stranger = site.host()
            let answers = await stranger.ask(stranger.request(method, "sip:x@other.test"))
            switch style {
            case .ser:
                #expect(other.heard(method).count == 1)
                #expect(answers.map(\.status) == (method == "INVITE" ? [100] : []))
            case .closed:
                #expect(other.inbox.isEmpty)
                let refusal: [Int] =
                    switch method {
                    case "ACK": []
                    case "INVITE": [407]
                    default: [403]
                    }
                #expect(answers.map(\.status) == refusal)
            }
            await site.settle()
        }
    }

    @Test("in the seed anybody follows a Route, signed or not") func looseRoute() async throws {
        let site = try VirtualSite { $0.style = .ser }
        let inner = site.host("inner", 0x0A00_0001)
        let stranger = site.host()
        stranger.send(
            stranger.request("BYE", "sip:x@\(inner.hostPort)", to: "<sip:x@y.test>;tag=1").with {
                $0.routes = ["<sip:192.0.2.1:5060;lr>"]
            })
        await site.run(for: .milliseconds(100))
        #expect(inner.heard("BYE").map { $0.values("Route") } == [[]])
    }

    @Test("in the seed a Route of our own without To-tag is no dialog: INVITE is challenged")
    func preloaded() async throws {
        let site = try VirtualSite { $0.style = .ser }
        let stranger = site.host()
        let request = stranger.request("INVITE", "sip:bob@voice.test").with {
            $0.routes = ["<sip:192.0.2.1:5060;lr>"]
        }
        #expect(await stranger.ask(request).map(\.status) == [407])
    }

    @Test("the seed says 100 to a REGISTER before it looks, the default does not (RFC 4320)")
    func trying() async throws {
        for (style, expected) in [
            (VirtualSite.Router.Style.ser, [100, 401, 100, 200]), (.closed, [401, 200]),
        ] {
            let site = try VirtualSite { $0.style = style }
            let alice = site.phone("alice")
            let answer = alice.register()
            await site.run(for: .seconds(1))
            #expect(answer.responses.map(\.status) == expected)
            await site.settle()
        }
    }

    @Test("a caller who names another in From is 401 without a challenge in the seed, else 403")
    func otherFrom() async throws {
        for (style, expected) in [(VirtualSite.Router.Style.ser, 401), (.closed, 403)] {
            let site = try VirtualSite { $0.style = style }
            let host = site.host()
            var request = host.request(
                "INVITE", "sip:bob@voice.test", from: "sip:dave@voice.test")
            let challenge = try #require(await host.ask(request).last)
            #expect(challenge.status == 407)
            host.send(request.hopByHop("ACK", to: challenge.value("To")))
            request.vias = ["SIP/2.0/UDP \(host.hostPort);branch=z9hG4bKagain;rport"]
            request.cseq = 2
            request.lines = [
                DigestAnswer(
                    username: "carol", password: "pass-carol", method: "INVITE", uri: request.uri
                ).line(for: challenge) ?? ""
            ]
            let answer = try #require(await host.ask(request).last)
            #expect(answer.status == expected)
            #expect(answer.lines("WWW-Authenticate") == [])
            host.send(request.hopByHop("ACK", to: answer.value("To")))
            await site.settle()
        }
    }

    @Test("an alias for another domain: the seed relays, the default asks who calls")
    func foreignAlias() async throws {
        for style in [VirtualSite.Router.Style.ser, .closed] {
            let site = try VirtualSite {
                $0.style = style
                $0.aliases = ["200@voice.test": "sip:carol@other.test"]
            }
            let other = site.host("other", 0xC612_0009)
            site.proxy.names["other.test"] = [other.endpoint.address]
            let alice = try await site.registered("alice")[0]
            _ = alice.call("sip:200@voice.test")
            await site.run(for: .milliseconds(100))
            #expect(other.heard("INVITE").first?.requestURI == "sip:carol@other.test")
            let stranger = site.host()
            let answers = await stranger.ask(stranger.request("MESSAGE", "sip:200@voice.test"))
            #expect(answers.map(\.status) == (style == .ser ? [] : [403]))
            #expect(other.heard("MESSAGE").count == (style == .ser ? 1 : 0))
        }
    }

    @Test("the order of the seed: hops, size, Route, foreign, REGISTER, INVITE, aliases, location")
    func order() async throws {
        let site = try VirtualSite {
            $0.style = .ser
            $0.limits.messageSize = 900
        }
        let stranger = site.host()
        let long = "X: " + String(repeating: "x", count: 900)
        var request = stranger.request("INVITE", "sip:bob@nowhere.test")
        request.maxForwards = 0
        request.lines = [long]
        #expect(await stranger.ask(request).map(\.status) == [483])
        request = stranger.request("INVITE", "sip:bob@nowhere.test").with { $0.lines = [long] }
        #expect(await stranger.ask(request).map(\.status) == [513])
        // Foreign before authentication: no challenge, but no such host either.
        request = stranger.request("INVITE", "sip:bob@nowhere.test")
        #expect(await stranger.ask(request).map(\.status) == [100, 500])
        request = stranger.request("INVITE", "sip:nobody@voice.test")
        #expect(await stranger.ask(request).map(\.status) == [407])
        request = stranger.request("MESSAGE", "sip:nobody@voice.test")
        #expect(await stranger.ask(request).map(\.status) == [404])
        await site.settle()
    }

    @Test("a whole call goes through the seed's route") func call() async throws {
        let site = try VirtualSite { $0.style = .ser }
        let (_, bob, call) = try await answered(site)
        call.hangUp()
        await site.run(for: .seconds(1))
        #expect(call.hangUpStatus == 200)
        for letter in bob.incoming?.received ?? [] {
            #expect(letter.lines("Proxy-Authorization") == [])
        }
        await site.settle()
    }
}
