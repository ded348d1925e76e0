import SIPCore
import SIPProxy
import SIPTesting
import Testing

@Suite("the signed Route") struct SignedRouteTests {
    /// A request of a stranger who copies what he saw of a dialog, as far as a test lets him.
    struct Forgery: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// Route, Call-ID, From-tag and To-tag of the dialog, to be changed.
        let change: @Sendable (inout Seen, Seen) -> Void
    }

    struct Seen {
        var route: String
        var callID: String
        var fromTag: String
        var toTag: String?
    }

    static let forgeries = [
        Forgery(testDescription: "no signature") { seen, _ in
            seen.route = "<sip:192.0.2.1:5060;lr>"
        },
        Forgery(testDescription: "a wrong signature") { seen, _ in
            seen.route = "<sip:192.0.2.1:5060;lr;sig=00000000000000000000000000000000>"
        },
        Forgery(testDescription: "a signature of the wrong length") { seen, _ in
            seen.route = "<sip:192.0.2.1:5060;lr;sig=00>"
        },
        Forgery(testDescription: "a signature that is made younger") { seen, _ in
            seen.route = seen.route.replacing("sig=6", with: "sig=7")
        },
        Forgery(testDescription: "an empty signature") { seen, _ in
            seen.route = "<sip:192.0.2.1:5060;lr;sig>"
        },
        Forgery(testDescription: "another call's signature") { seen, other in
            seen.route = other.route
        },
        Forgery(testDescription: "another Call-ID") { seen, _ in seen.callID += "x" },
        Forgery(testDescription: "tags of his own") { seen, _ in
            seen.fromTag = "mine"
            seen.toTag = "yours"
        },
        Forgery(testDescription: "no To-tag") { seen, _ in seen.toTag = nil },
        Forgery(testDescription: "the Call-ID's end moved into the tag") { seen, _ in
            seen.fromTag = String(seen.callID.suffix(1)) + seen.fromTag
            seen.callID.removeLast()
        },
    ]

    @Test("a forged one leads nowhere: 403, for ACK silence", arguments: forgeries)
    func forged(forgery: Forgery) async throws {
        let site = try VirtualSite()
        let (_, bob, _) = try await answered(site)
        let first = try #require(dialog(seenBy: bob))
        let call = bob.calls[0]
        call.hangUp()
        _ = bob.call("sip:alice@voice.test")
        await site.run(for: .seconds(1))
        let alice = try #require(
            site.recorder.messages(from: "proxy", to: "alice").last { $0.method == "INVITE" })
        let other = Seen(
            route: alice.values("Record-Route")[0], callID: alice.callID,
            fromTag: alice.fromTag ?? "", toTag: "x")
        var used = first
        forgery.change(&used, other)

        let inner = site.host("inner", 0x0A00_0001)
        let stranger = site.host()
        for method in ["BYE", "REFER", "MESSAGE", "SUBSCRIBE", "INFO", "OPTIONS"] {
            let answers = await stranger.ask(request(method, used, stranger, to: inner))
            #expect(answers.map(\.status) == [403], "\(method)")
        }
        let invite = await stranger.ask(request("INVITE", used, stranger, to: inner))
        #expect(invite.map(\.status) == [407])
        let ack = await stranger.ask(request("ACK", used, stranger, to: inner))
        #expect(ack.isEmpty)
        #expect(inner.inbox.isEmpty)
        await site.settle()
    }

    @Test("the right one leads on, from either side") func right() async throws {
        let site = try VirtualSite()
        let (_, bob, _) = try await answered(site)
        let seen = try #require(dialog(seenBy: bob))
        let inner = site.host("inner", 0x0A00_0001)
        let stranger = site.host()
        stranger.send(request("INFO", seen, stranger, to: inner))
        var turned = seen
        (turned.fromTag, turned.toTag) = (seen.toTag ?? "", seen.fromTag)
        stranger.send(request("UPDATE", turned, stranger, to: inner))
        await site.run(for: .milliseconds(100))
        #expect(inner.heard("INFO").count == 1)
        #expect(inner.heard("UPDATE").count == 1)
    }

    @Test("the right one leads on for a week, and then the request is a new one")
    func old() async throws {
        let site = try VirtualSite()
        let (_, bob, _) = try await answered(site)
        let seen = try #require(dialog(seenBy: bob))
        let inner = site.host("inner", 0x0A00_0001)
        let stranger = site.host()
        await site.run(for: .seconds(6 * 24 * 3600))
        stranger.send(request("INFO", seen, stranger, to: inner))
        await site.run(for: .milliseconds(100))
        #expect(inner.heard("INFO").count == 1)
        inner.respond(200, to: inner.heard("INFO")[0])
        await site.run(for: .seconds(24 * 3600 + 60))
        let answers = await stranger.ask(request("INFO", seen, stranger, to: inner))
        #expect(answers.map(\.status) == [403])
        let invite = await stranger.ask(request("INVITE", seen, stranger, to: inner))
        #expect(invite.map(\.status) == [407])
        #expect(inner.heard("INVITE").isEmpty)
    }

    @Test("a dialog that is early already has one: PRACK goes through") func early() async throws {
        let site = try VirtualSite()
        let phones = try await site.registered("alice", "bob")
        let call = phones[0].call(phones[1])
        await site.run(for: .milliseconds(100))
        phones[1].incoming?.ring()
        await site.run(for: .milliseconds(100))
        let ringing = try #require(call.responses.last)
        #expect(ringing.status == 180)
        var status: Int?
        call.ask(
            "PRACK",
            in: PhoneDialog(caller: ringing, local: "<\(phones[0].address)>;tag=\(call.localTag)")
        ) {
            status = $0
        }
        await site.run(for: .seconds(1))
        #expect(status == 200)
        call.cancel()
        await site.settle()
    }

    @Test(
        "several entries of ours, twins or not, are taken off together", arguments: [1, 2, 3, 500])
    func several(count: Int) async throws {
        let site = try VirtualSite()
        let (_, bob, _) = try await answered(site)
        let seen = try #require(dialog(seenBy: bob))
        let inner = site.host("inner", 0x0A00_0001)
        let next = site.host("next", 0x0A00_0002)
        let stranger = site.host()
        stranger.send(
            request("INFO", seen, stranger, to: inner).with {
                $0.routes += Array(repeating: "<sip:192.0.2.1:5060;lr>", count: count - 1)
                $0.routes.append("<sip:\(next.hostPort);lr>")
                $0.routes.append("<sip:192.0.2.1:5060;lr>")
            })
        await site.run(for: .milliseconds(100))
        let info = try #require(next.heard("INFO").first)
        #expect(info.values("Route") == ["<sip:\(next.hostPort);lr>", "<sip:192.0.2.1:5060;lr>"])
        next.respond(200, to: info)
        await site.settle()
    }

    @Test("only the first entry's signature counts") func signedBehind() async throws {
        let site = try VirtualSite()
        let (_, bob, _) = try await answered(site)
        let seen = try #require(dialog(seenBy: bob))
        let inner = site.host("inner", 0x0A00_0001)
        let stranger = site.host()
        let answers = await stranger.ask(
            request("INFO", seen, stranger, to: inner).with {
                $0.routes.insert("<sip:192.0.2.1:5060;lr>", at: 0)
            })
        #expect(answers.map(\.status) == [403])
        #expect(inner.inbox.isEmpty)
    }

    @Test("a strict router before us is understood (16.4)") func strict() async throws {
        let site = try VirtualSite()
        let (_, bob, _) = try await answered(site)
        let seen = try #require(dialog(seenBy: bob))
        let inner = site.host("inner", 0x0A00_0001)
        let stranger = site.host()
        stranger.send(
            request("INFO", seen, stranger, to: inner).with {
                $0.routes = ["<sip:bob@\(inner.hostPort)>"]
                $0.uri = seen.route.bareURI
            })
        await site.run(for: .milliseconds(100))
        let info = try #require(inner.heard("INFO").first)
        #expect(info.requestURI == "sip:bob@\(inner.hostPort)")
        #expect(info.values("Route") == [])
    }

    @Test("a strict router behind us gets its own URI on top (16.6 step 6)") func strictBehind()
        async throws
    {
        let site = try VirtualSite()
        let (_, bob, _) = try await answered(site)
        let seen = try #require(dialog(seenBy: bob))
        let inner = site.host("inner", 0x0A00_0001)
        let stranger = site.host()
        stranger.send(
            request("INFO", seen, stranger, to: stranger).with {
                $0.routes.append("<sip:\(inner.hostPort)>")
                $0.routes.append("<sip:192.0.2.77;lr>")
            })
        await site.run(for: .milliseconds(100))
        let info = try #require(inner.heard("INFO").first)
        #expect(info.requestURI == "sip:\(inner.hostPort)")
        #expect(
            info.values("Route") == ["<sip:192.0.2.77;lr>", "<sip:bob@\(stranger.hostPort)>"])
    }

    @Test("between IPv4 and IPv6 there are two entries, and both are taken off (RFC 5658)")
    func double() async throws {
        let site = try VirtualSite { $0.hasIPv6 = true }
        let alice = try await site.registered("alice")[0]
        let far = Endpoint(.udp, .v6(high: 0x2001_0DB8_0000_0000, low: 9), port: 5060)
        let bob = BareHost(far, on: site.network, proxy: site.proxy.site.listeners[1].bound)
        try await site.bind("bob", to: "sip:bob@[2001:db8::9]")
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(100))
        let invite = try #require(bob.heard("INVITE").first)
        let routes = invite.values("Record-Route")
        try #require(routes.count == 2)
        #expect(routes[0].hasPrefix("<sip:[2001:db8::1]:5060;lr;r2=on;sig="))
        #expect(routes[1].hasPrefix("<sip:192.0.2.1:5060;lr;r2=on;sig="))
        #expect(invite.values("Via")[0].hasPrefix("SIP/2.0/UDP [2001:db8::1]:5060;"))

        bob.respond(200, to: invite, contact: "sip:bob@[2001:db8::9]")
        await site.run(for: .milliseconds(100))
        #expect(call.state == .answered)
        let ack = try #require(bob.heard("ACK").first)
        #expect(ack.values("Route") == [])
        call.hangUp()
        await site.run(for: .milliseconds(100))
        let bye = try #require(bob.heard("BYE").first)
        #expect(bye.values("Route") == [])
        bob.respond(200, to: bye)
        await site.run(for: .milliseconds(100))
        #expect(call.hangUpStatus == 200)
        await site.settle()
    }

    @Test("between two interfaces there are two entries as well, each for its side")
    func interfaces()
        async throws
    {
        let inside = IPAddress.v4(0xC000_0202)
        let site = try VirtualSite { $0.furtherListeners = [inside] }
        let alice = try await site.registered("alice")[0]
        let bob = site.host("bob", 0xC633_64C8)
        try await site.bind(
            "bob", to: "sip:bob@\(bob.hostPort)", local: Endpoint(.udp, inside, port: 5060))
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(100))
        let invite = try #require(bob.heard("INVITE").first)
        #expect(invite.source.address == inside)
        let routes = invite.values("Record-Route")
        try #require(routes.count == 2)
        #expect(routes[0].hasPrefix("<sip:192.0.2.2:5060;lr;r2=on;sig="))
        #expect(routes[1].hasPrefix("<sip:192.0.2.1:5060;lr;r2=on;sig="))
        bob.respond(200, to: invite, contact: "sip:bob@\(bob.hostPort)")
        await site.run(for: .milliseconds(100))
        #expect(call.state == .answered)
        #expect(bob.heard("ACK").map { $0.values("Route") } == [[]])
        call.hangUp()
        await site.run(for: .milliseconds(100))
        bob.respond(200, to: try #require(bob.heard("BYE").first))
        await site.settle()
        #expect(call.hangUpStatus == 200)
    }

    /// What Bob saw of the dialog that Alice opened.
    private func dialog(seenBy bob: Phone) -> Seen? {
        guard let call = bob.calls.first, let invite = call.received.first else { return nil }
        return Seen(
            route: invite.values("Record-Route")[0], callID: invite.callID,
            fromTag: invite.fromTag ?? "", toTag: call.localTag)
    }

    private func request(_ method: String, _ seen: Seen, _ host: BareHost, to target: BareHost)
        -> RequestText
    {
        host.request(method, "sip:bob@\(target.hostPort)").with {
            $0.from = "<sip:alice@voice.test>;tag=\(seen.fromTag)"
            $0.to = "<sip:bob@voice.test>" + (seen.toTag.map { ";tag=\($0)" } ?? "")
            $0.callID = seen.callID
            $0.routes = [seen.route]
        }
    }
}
