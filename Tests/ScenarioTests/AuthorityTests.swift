import SIPCore
import SIPTesting
import Testing

@Suite("authority") struct AuthorityTests {
    @Test(
        "a stranger sends nothing to another domain",
        arguments: [
            "BYE", "REFER", "MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "OPTIONS", "INFO",
            "UPDATE", "PRACK", "TELEPORT",
        ])
    func foreignDomain(method: String) async throws {
        let (site, inner, stranger) = try guardedSite()
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
        let (site, inner, stranger) = try guardedSite()
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
        let (site, inner, stranger) = try guardedSite()
        let bob = try await site.callee("bob")
        let routes = [
            ["<sip:\(inner.hostPort);lr>"], ["<sip:\(inner.hostPort)>"],
            ["<sip:192.0.2.1:5060;lr>", "<sip:\(inner.hostPort);lr>"],
            ["<sip:voice.test;lr>", "<sip:other.test;lr>"],
            ["<sip:192.0.2.1;lr;r2=on>", "<sip:192.0.2.1;lr;r2=on>", "<sip:other.test;lr>"],
            ["<sip:192.0.2.1;lr>", "<sip:192.0.2.1;lr>", "<sip:192.0.2.1;lr>", "<sip:x.test;lr>"],
        ]
        for route in routes {
            let request = stranger.request(method, "sip:bob@voice.test").with {
                $0.routes = route
            }
            #expect(await stranger.ask(request).map(\.status) == [403], "\(route)")
        }
        #expect(inner.inbox.isEmpty)
        #expect(bob.inbox.isEmpty)
        // Entries of ours alone lead nowhere else: the request is as if it had none.
        let own = stranger.request(method, "sip:bob@voice.test").with {
            $0.routes = Array(repeating: "<sip:192.0.2.1;lr>", count: 3)
        }
        #expect(await stranger.ask(own).isEmpty)
        #expect(bob.heard(method).map { $0.values("Route") } == [[]])
        await site.settle()
    }

    @Test("a Route that names only us is no harm: the user is looked up") func ownRoute()
        async throws
    {
        let (site, _, stranger) = try guardedSite()
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
        let (site, _, stranger) = try guardedSite()
        let request = stranger.request("MESSAGE", "sip:bob@voice.test").with {
            $0.routes = ["<sip:192.0.2.1"]
        }
        #expect(await stranger.ask(request).map(\.status) == [400])
        await site.settle()
    }

    @Test("an ACK that belongs to nothing goes nowhere, in silence") func ack() async throws {
        let (site, inner, stranger) = try guardedSite()
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
        let (site, inner, stranger) = try guardedSite()
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
        let (site, _, stranger) = try guardedSite()
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
            #expect(
                answers[0].topVia?.received.map(String.init) == "203.0.113.66" || via == vias[2])
        }
        #expect(victim.inbox.isEmpty)
        await site.settle()
    }

    @Test("a trusted peer calls users and other domains without an account; its neighbour does not")
    func peers() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let peer = try await site.peer()
        let inner = site.host("inner", 0x0A00_0001)
        #expect(
            await peer.ask(peer.request("INVITE", "sip:x@\(inner.hostPort)")).map(\.status) == [100]
        )
        #expect(inner.heard("INVITE").count == 1)
        inner.respond(486, to: inner.heard("INVITE")[0])
        let neighbour = site.host("neighbour", 0xCB00_7143)
        let request = neighbour.request("INVITE", "sip:x@\(inner.hostPort)")
        #expect(await neighbour.ask(request).map(\.status) == [407])
        await site.settle()
        #expect(inner.heard("INVITE").count == 1)
    }

    @Test(
        "a contact that points at us is looked up, and no loop that feeds itself",
        arguments: [
            "sip:bob@192.0.2.1:5060", "sip:carol@192.0.2.1", "sip:carol@voice.test",
        ])
    func loop(contact: String) async throws {
        let (site, _, stranger) = try guardedSite()
        site.proxy.names["voice.test"] = [VirtualSite.address]
        try await site.bind("bob", to: contact)
        let request = stranger.request("MESSAGE", "sip:bob@voice.test")
        #expect(await stranger.ask(request).map(\.status) == [404])
        #expect(site.recorder.messages(from: "proxy", to: "proxy").isEmpty)
        await site.settle()
    }

    @Test(
        "nothing is sent to addresses that are no host's",
        arguments: [
            "sip:bob@255.255.255.255", "sip:bob@0.0.0.0", "sip:bob@224.0.1.75", "sip:bob@[::]",
        ])
    func nobody(contact: String) async throws {
        let (site, _, stranger) = try guardedSite()
        try await site.bind("bob", to: contact)
        let answers = await stranger.ask(stranger.request("MESSAGE", "sip:bob@voice.test"))
        #expect(answers.map(\.status) == [403])
        #expect(
            site.recorder.transmissions.allSatisfy {
                $0.source == stranger.endpoint
                    || $0.destination == stranger.endpoint
            })
        await site.settle()
    }

    @Test("what a Contact says in its headers part and method is no Request-URI (19.1.1)")
    func contactHeaders() async throws {
        let (site, _, stranger) = try guardedSite()
        let bob = site.host("bob", 0xC633_64C8)
        try await site.bind(
            "bob", to: "sip:bob@\(bob.hostPort);method=INVITE;x=y?Route=%3Csip:other.test%3E")
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(100))
        let message = try #require(bob.heard("MESSAGE").first)
        #expect(message.requestURI == "sip:bob@\(bob.hostPort);x=y")
        #expect(message.values("Route") == [])
    }
}

/// A site, a host inside that no stranger may reach, and a stranger.
func guardedSite() throws -> (VirtualSite, BareHost, BareHost) {
    let site = try VirtualSite()
    let inner = site.host("inner", 0x0A00_0001)
    site.proxy.names["other.test"] = [inner.endpoint.address]
    return (site, inner, site.host())
}
