import SIPCore
import Testing

@Suite("authority") struct AuthorityTests {
    @Test(
        "a stranger sends nothing to another domain",
        arguments: [
            "BYE", "REFER", "MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "OPTIONS", "INFO",
            "UPDATE", "PRACK", "TELEPORT",
        ])
    func foreignDomain(method: String) async throws {
        let (site, inner, stranger) = try site()
        for uri in ["sip:victim@other.test", "sip:victim@\(inner.hostPort)", "tel:+1900555"] {
            let request = stranger.request(method, uri, from: "sip:alice@voice.test")
            #expect(await stranger.ask(request).map(\.status) == [403], "\(uri)")
            let inDialog = stranger.request(
                method, uri, from: "sip:alice@voice.test", to: "<\(uri)>;tag=forged")
            #expect(await stranger.ask(inDialog).map(\.status) == [403], "\(uri)")
        }
        #expect(inner.inbox.isEmpty)
        await site.settle()
    }

    @Test("a stranger's INVITE is challenged wherever it goes, whatever its To-tag and From")
    func invites() async throws {
        let (site, inner, stranger) = try site()
        for uri in ["sip:bob@voice.test", "sip:victim@other.test", "sip:x@\(inner.hostPort)"] {
            for from in ["sip:alice@voice.test", "sip:anonymous@anonymous.invalid"] {
                for tag in ["", ";tag=forged"] {
                    let request = stranger.request(
                        "INVITE", uri, from: from, to: "<\(uri)>\(tag)")
                    let answers = await stranger.ask(request)
                    #expect(answers.map(\.status) == [407])
                    // Nobody chooses our realm for us.
                    #expect(
                        answers[0].lines("Proxy-Authenticate").allSatisfy {
                            $0.contains("realm=\"voice.test\"")
                        })
                    stranger.send(request.hopByHop("ACK", to: answers[0].value("To")))
                }
            }
        }
        #expect(inner.inbox.isEmpty)
        await site.settle()
        // A challenge is sent once, and costs no memory (RFC 3261 26.3.2.4).
        #expect(stranger.inbox.count == 12)
    }

    @Test(
        "a preloaded Route to a host inside leads nowhere",
        arguments: ["MESSAGE", "OPTIONS", "SUBSCRIBE", "BYE"])
    func preloadedRoute(method: String) async throws {
        let (site, inner, stranger) = try site()
        let bob = try await site.callee("bob")
        let routes = [
            ["<sip:\(inner.hostPort);lr>"], ["<sip:\(inner.hostPort)>"],
            ["<sip:192.0.2.1:5060;lr>", "<sip:\(inner.hostPort);lr>"],
            ["<sip:voice.test;lr>", "<sip:other.test;lr>"],
            ["<sip:192.0.2.1;lr;r2=on>", "<sip:192.0.2.1;lr;r2=on>", "<sip:other.test;lr>"],
            ["<sip:192.0.2.1;lr>", "<sip:192.0.2.1;lr>", "<sip:192.0.2.1;lr>"],
        ]
        for route in routes {
            let request = stranger.request(method, "sip:bob@voice.test").with {
                $0.routes = route
            }
            #expect(await stranger.ask(request).map(\.status) == [403], "\(route)")
        }
        #expect(inner.inbox.isEmpty)
        #expect(bob.inbox.isEmpty)
        await site.settle()
    }

    @Test("a Route that names only us is no harm: the user is looked up") func ownRoute()
        async throws
    {
        let (site, _, stranger) = try site()
        let bob = try await site.callee("bob")
        let request = stranger.request("MESSAGE", "sip:bob@voice.test").with {
            $0.routes = ["<sip:192.0.2.1:5060;lr>"]
        }
        #expect(await stranger.ask(request).isEmpty)
        #expect(bob.heard("MESSAGE")[0].values("Route") == [])
        bob.respond(200, to: bob.heard("MESSAGE")[0])
        await site.settle()
    }

    @Test("a Route that can't be read is 400") func badRoute() async throws {
        let (site, _, stranger) = try site()
        let request = stranger.request("MESSAGE", "sip:bob@voice.test").with {
            $0.routes = ["<sip:192.0.2.1"]
        }
        #expect(await stranger.ask(request).map(\.status) == [400])
        await site.settle()
    }

    @Test("an ACK that belongs to nothing goes nowhere, in silence") func ack() async throws {
        let (site, inner, stranger) = try site()
        let bob = try await site.callee("bob")
        for uri in ["sip:bob@voice.test", "sip:x@\(inner.hostPort)", "sip:x@other.test"] {
            let plain = stranger.request("ACK", uri, to: "<\(uri)>;tag=1")
            #expect(await stranger.ask(plain).isEmpty)
            let routed = plain.with { $0.routes = ["<sip:\(inner.hostPort);lr>"] }
            #expect(await stranger.ask(routed).isEmpty)
        }
        #expect(inner.inbox.isEmpty)
        #expect(bob.inbox.isEmpty)
        await site.settle()
    }

    @Test("an INVITE behind an ACK's or CANCEL's branch is challenged like any other")
    func noWayAround() async throws {
        let (site, inner, stranger) = try site()
        let invite = stranger.request("INVITE", "sip:x@\(inner.hostPort)")
        #expect(await stranger.ask(invite.hopByHop("ACK")).isEmpty)
        #expect(await stranger.ask(invite.hopByHop("CANCEL")).map(\.status) == [481])
        #expect(await stranger.ask(invite).map(\.status) == [407])
        #expect(inner.inbox.isEmpty)
        await site.settle()
    }

    @Test("whatever Via says, replies go to where the request came from") func spoofedVia()
        async throws
    {
        let (site, _, stranger) = try site()
        let victim = site.host("victim", 0xCB00_7143)
        let vias = [
            "SIP/2.0/UDP \(victim.hostPort);branch=z9hG4bK1",
            "SIP/2.0/UDP 203.0.113.66:5060;received=203.0.113.67;branch=z9hG4bK2",
            "SIP/2.0/UDP 203.0.113.66:5060;maddr=203.0.113.67;branch=z9hG4bK3",
            "SIP/2.0/UDP victim.test;branch=z9hG4bK4;rport=5060;received=203.0.113.67",
        ]
        for via in vias {
            let request = stranger.request("INVITE", "sip:bob@voice.test").with {
                $0.vias = [via]
            }
            let answers = await stranger.ask(request)
            #expect(answers.map(\.status) == [407], "\(via)")
            #expect(answers[0].topVia?.received.map(String.init) == "203.0.113.66" || via == vias[2])
        }
        #expect(victim.inbox.isEmpty)
        await site.settle()
    }

    @Test("credentials are good once") func replay() async throws {
        let (site, _, stranger) = try site()
        var request = try await authenticated(stranger)
        #expect(await stranger.ask(request).map(\.status) == [404])
        stranger.send(request.hopByHop("ACK", to: stranger.inbox.last?.value("To")))
        request.vias = ["SIP/2.0/UDP \(stranger.hostPort);branch=z9hG4bKreplay;rport"]
        request.callID = "replay"
        let again = await stranger.ask(request)
        #expect(again.map(\.status) == [407])
        #expect(again[0].lines("Proxy-Authenticate").allSatisfy { $0.contains("stale=true") })
        await site.settle()
    }

    @Test("credentials are good for their own method and URI only") func otherUse() async throws {
        let (site, inner, stranger) = try site()
        let good = try await authenticated(stranger)
        var other = good
        other.uri = "sip:x@\(inner.hostPort)"
        other.to = "<\(other.uri)>"
        #expect(await stranger.ask(other).map(\.status) == [407])
        other = good
        other.method = "REGISTER"
        other.vias = ["SIP/2.0/UDP \(stranger.hostPort);branch=z9hG4bKregister;rport"]
        other.lines = [
            (good.lines.first ?? "").replacing("Proxy-Authorization", with: "Authorization")
        ]
        #expect(await stranger.ask(other).map(\.status) == [401])
        #expect(inner.inbox.isEmpty)
        #expect(site.contacts(of: "alice").isEmpty)
        await site.settle()
    }

    @Test("credentials that can't be read are 400") func malformed() async throws {
        let (site, _, stranger) = try site()
        let good = try await authenticated(stranger)
        for line in [
            "Proxy-Authorization: Digest username=\"alice",
            "Proxy-Authorization: Digest realm=\"voice.test\"",
        ] {
            let request = good.with {
                $0.lines = [line]
                $0.vias = ["SIP/2.0/UDP \(stranger.hostPort);branch=z9hG4bK\(line.count);rport"]
            }
            let answers = await stranger.ask(request)
            #expect(answers.map(\.status) == [400], "\(line)")
            stranger.send(request.hopByHop("ACK", to: answers[0].value("To")))
        }
        await site.settle()
    }

    @Test("an account registers nobody else, by whatever name the address goes", arguments: [
        "sip:bob@voice.test", "sip:BOB@voice.test", "sip:bob@VOICE.TEST", "sip:b%6Fb@voice.test",
        "sip:bob@192.0.2.1", "sip:alice@other.test", "sip:alice@voice.test.evil",
        "sip:alice%00@voice.test", "tel:alice", "sip:voice.test",
    ])
    func registerAnother(to: String) async throws {
        let (site, _, _) = try site()
        let alice = site.phone("alice")
        let answer = alice.register(for: to)
        await site.run(for: .seconds(1))
        #expect(answer.status == 403 || answer.status == 400)
        #expect(site.contacts(of: "bob").isEmpty)
        #expect(site.contacts(of: "alice").isEmpty)
        await site.settle()
    }

    @Test("an account registers itself, by whatever name its address goes", arguments: [
        "sip:alice@voice.test", "sip:alice@VOICE.TEST", "sip:%61lice@voice.test",
        "sip:alice@192.0.2.1", "sip:alice@voice.test;user=phone", "sips:alice@voice.test",
        "sip:alice@voice.test:5060",
    ])
    func registerSelf(to: String) async throws {
        let (site, _, _) = try site()
        let alice = site.phone("alice")
        let answer = alice.register(for: to)
        await site.run(for: .seconds(1))
        #expect(answer.status == 200)
        #expect(site.contacts(of: "alice") == [alice.contact])
    }

    @Test("a trusted peer calls users and other domains without an account; its neighbour does not")
    func peers() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let peer = try await site.peer()
        let inner = site.host("inner", 0x0A00_0001)
        #expect(await peer.ask(peer.request("INVITE", "sip:x@\(inner.hostPort)")).map(\.status) == [100])
        #expect(inner.heard("INVITE").count == 1)
        inner.respond(486, to: inner.heard("INVITE")[0])
        let neighbour = site.host("neighbour", 0xCB00_7143)
        let request = neighbour.request("INVITE", "sip:x@\(inner.hostPort)")
        #expect(await neighbour.ask(request).map(\.status) == [407])
        await site.settle()
        #expect(inner.heard("INVITE").count == 1)
    }

    @Test("two contacts that point at us are no loop that feeds itself", arguments: [
        "sip:bob@192.0.2.1:5060", "sip:carol@192.0.2.1", "sip:carol@voice.test",
    ])
    func loop(contact: String) async throws {
        let (site, _, stranger) = try site()
        site.proxy.names["voice.test"] = [VirtualSite.address]
        try await site.bind("bob", to: contact)
        let request = stranger.request("MESSAGE", "sip:bob@voice.test")
        #expect(await stranger.ask(request).map(\.status) == [482])
        #expect(site.recorder.letters(from: "proxy", to: "proxy").isEmpty)
        await site.settle()
    }

    @Test("nothing is sent to addresses that are no host's", arguments: [
        "sip:bob@255.255.255.255", "sip:bob@0.0.0.0", "sip:bob@224.0.1.75", "sip:bob@[::]",
    ])
    func nobody(contact: String) async throws {
        let (site, _, stranger) = try site()
        try await site.bind("bob", to: contact)
        let answers = await stranger.ask(stranger.request("MESSAGE", "sip:bob@voice.test"))
        #expect(answers.map(\.status) == [403])
        #expect(site.recorder.transmissions.allSatisfy { $0.source == stranger.endpoint
            || $0.destination == stranger.endpoint })
        await site.settle()
    }

    @Test("what a Contact says in its headers part and method is no Request-URI (19.1.1)")
    func contactHeaders() async throws {
        let (site, _, stranger) = try site()
        let bob = site.host("bob", 0xC633_64C8)
        try await site.bind(
            "bob", to: "sip:bob@\(bob.hostPort);method=INVITE;x=y?Route=%3Csip:other.test%3E")
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(100))
        let message = try #require(bob.heard("MESSAGE").first)
        #expect(message.requestURI == "sip:bob@\(bob.hostPort);x=y")
        #expect(message.values("Route") == [])
    }

    /// A site, a host inside that no stranger may reach, and a stranger.
    private func site() throws -> (VirtualSite, BareHost, BareHost) {
        let site = try VirtualSite()
        let inner = site.host("inner", 0x0A00_0001)
        site.proxy.names["other.test"] = [inner.endpoint.address]
        return (site, inner, site.host())
    }

    /// An INVITE of Alice with right credentials that were not used yet, to somebody who is not there.
    private func authenticated(_ host: BareHost) async throws -> RequestText {
        var request = host.request("INVITE", "sip:bob@voice.test", from: "sip:alice@voice.test")
        let challenge = try #require(await host.ask(request).first)
        host.send(request.hopByHop("ACK", to: challenge.value("To")))
        request.cseq += 1
        request.vias = ["SIP/2.0/UDP \(host.hostPort);branch=z9hG4bKagain;rport"]
        request.lines = [
            try #require(
                DigestAnswer(
                    username: "alice", password: "pass-alice", method: "INVITE", uri: request.uri
                ).line(for: challenge))
        ]
        return request
    }
}
