import SIPAuth
import SIPCore
import SIPProxy
import SIPTesting
import Testing

@Suite("what the operator's tables permit") struct PermissionTests {
    // MARK: Names

    @Test(
        "a name of table uri may be used in From, the account's own as the rule says",
        arguments: [
            (NameRule.own, [true, false, false]), (.ownOrTabled, [true, true, false]),
            (.tabled, [false, true, false]),
        ])
    func from(rule: NameRule, allowed: [Bool]) async throws {
        let site = try VirtualSite {
            $0.names = rule
            $0.tables = LiveTables(SiteTables(names: [word("sales")]))
        }
        let stranger = site.host()
        for (from, isAllowed) in zip(["alice", "sales", "bob"], allowed) {
            let status = try await invite(stranger, from: "sip:\(from)@voice.test")
            #expect(status == (isAllowed ? 404 : 403), "\(from)")
        }
        await site.settle()
    }

    @Test("a name of table uri may be registered, in the account's own domain alone")
    func to() async throws {
        let site = try VirtualSite {
            $0.domains = ["voice.test", "branch.test"]
            $0.names = .ownOrTabled
            $0.tables = LiveTables(SiteTables(names: [word("sales")]))
        }
        let alice = site.phone("alice")
        for (to, status) in [
            ("sip:sales@voice.test", 200), ("sip:sales@192.0.2.1", 200),
            ("sip:sales@branch.test", 401), ("sip:bob@voice.test", 403),
        ] {
            let answer = alice.register(for: to)
            await site.run(for: .seconds(1))
            #expect(answer.status == status, "\(to)")
        }
        #expect(site.contacts(of: "sales") == [alice.contact])
        #expect(site.contacts(of: "bob").isEmpty)
    }

    // MARK: Groups

    @Test(
        "with a relay group its members alone leave the house, and only as long as they are in it")
    func relayGroup() async throws {
        let tables = LiveTables()
        let site = try VirtualSite {
            $0.tables = tables
            $0.limits.relayGroup = "pstn"
        }
        let gateway = site.host("gateway", 0x0A00_0001)
        let stranger = site.host()
        let uri = "sip:+19005550100@\(gateway.hostPort)"
        #expect(try await invite(stranger, to: uri) == 403)
        tables.replace(with: SiteTables(groups: [word("pstn")]))
        #expect(try await invite(stranger, to: uri) == 100)
        #expect(gateway.heard("INVITE").count == 1)
        gateway.respond(486, to: gateway.heard("INVITE")[0])
        await site.run(for: .seconds(1))
        tables.replace(with: SiteTables(groups: [word("PSTN"), word("pstn", of: "bob")]))
        #expect(try await invite(stranger, to: uri) == 403)
        #expect(gateway.heard("INVITE").count == 1)
    }

    @Test("a Route is no way round the relay group")
    func relayGroupRoute() async throws {
        for (groups, status) in [([AccountWord](), 403), ([word("pstn")], 100)] {
            let site = try VirtualSite {
                $0.tables = LiveTables(SiteTables(groups: groups))
                $0.limits.relayGroup = "pstn"
            }
            let gateway = site.host("gateway", 0x0A00_0001)
            _ = try await site.callee("bob")
            let answer = try await invite(
                site.host(), to: "sip:bob@voice.test", routes: ["<sip:\(gateway.hostPort);lr>"])
            #expect(answer == status)
            #expect(gateway.heard("INVITE").count == (status == 100 ? 1 : 0))
        }
    }

    @Test("calls inside the house need no group")
    func insideTheHouse() async throws {
        let site = try VirtualSite { $0.limits.relayGroup = "pstn" }
        let bob = try await site.callee("bob")
        #expect(try await invite(site.host(), to: "sip:bob@voice.test") == 100)
        #expect(bob.heard("INVITE").count == 1)
    }

    @Test("a REGISTER for another registrar needs the group too")
    func foreignRegister() async throws {
        let tables = LiveTables()
        let site = try VirtualSite {
            $0.tables = tables
            $0.limits.relayGroup = "pstn"
        }
        let other = site.host("other", 0x0A00_0001)
        let stranger = site.host()
        let uri = "sip:\(other.hostPort)"
        #expect(try await ask("REGISTER", stranger, to: uri, from: "sip:alice@voice.test") == 403)
        tables.replace(with: SiteTables(groups: [word("pstn")]))
        #expect(try await ask("REGISTER", stranger, to: uri, from: "sip:alice@voice.test") == nil)
        #expect(other.heard("REGISTER").count == 1)
    }

    @Test("a 3xx leads a caller out of the house only with the group")
    func redirect() async throws {
        for (groups, isLed) in [([AccountWord](), false), ([word("pstn")], true)] {
            let site = try VirtualSite {
                $0.tables = LiveTables(SiteTables(groups: groups))
                $0.limits.relayGroup = "pstn"
                $0.limits.followsRedirects = true
            }
            let gateway = site.host("gateway", 0x0A00_0001)
            let bob = try await site.callee("bob")
            _ = try await invite(site.host(), to: "sip:bob@voice.test")
            bob.respond(
                302, to: try #require(bob.heard("INVITE").first),
                contact: "sip:x@\(gateway.hostPort)")
            await site.run(for: .seconds(1))
            #expect(gateway.heard("INVITE").isEmpty != isLed)
        }
    }

    @Test("a route of one's own asks for a group and gets a proof")
    func ownRoute() async throws {
        let users = FixedSubscribers([
            Subscriber(username: "alice", domain: "voice.test", secret: .password("pass-alice")),
            Subscriber(username: "bob", domain: "voice.test", secret: .password("pass-bob")),
        ])
        var setup = VirtualSite.Setup()
        setup.tables = LiveTables(SiteTables(groups: [word("pstn")]))
        let site = try VirtualSite(setup) { request in
            let caller = try await request.authenticate(against: users)
            return .relay(by: try caller.belongs(to: "pstn"))
        }
        let gateway = site.host("gateway", 0x0A00_0001)
        let uri = "sip:1@\(gateway.hostPort)"
        #expect(try await ask("MESSAGE", site.host(), to: uri, from: "sip:alice@voice.test") == nil)
        #expect(gateway.heard("MESSAGE").count == 1)
        let stranger = site.host("bob", 0xCB00_7199)
        #expect(
            try await ask("MESSAGE", stranger, to: uri, from: "sip:bob@voice.test", user: "bob")
                == 403)
        #expect(gateway.heard("MESSAGE").count == 1)
    }

    // MARK: Peers and domains

    @Test(
        "a network of table address is trusted with its mask and port; a route sees group and tag")
    func peers() async throws {
        let tables = LiveTables()
        let site = try VirtualSite { $0.tables = tables }
        let inner = site.host("inner", 0x0A00_0001)
        func status(_ address: UInt32, port: UInt16 = 5060) async -> Int? {
            let host = site.host("peer \(address) \(port)", address, port: port)
            return await host.ask(host.request("INVITE", "sip:x@\(inner.hostPort)")).first?.status
        }
        #expect(await status(0xCB00_7106) == 407)
        tables.replace(
            with: SiteTables(addresses: [
                TrustedAddress(network: .v4(0xCB00_7100), prefixLength: 28, port: 5060, tag: "gw")
            ]))
        #expect(await status(0xCB00_7107) == 100)
        #expect(await status(0xCB00_7107, port: 5070) == 407)
        #expect(await status(0xCB00_7110) == 407)
        let gatewayEndpoint = Endpoint(.udp, .v4(0xCB00_7107), port: 5060)
        let peer = site.proxy.site.peer(at: gatewayEndpoint)
        #expect(peer?.network?.tag == "gw")
        #expect(peer?.network?.group == 1)
        tables.replace(with: SiteTables())
        #expect(site.proxy.site.peer(at: gatewayEndpoint) == nil)
    }

    @Test("a domain of the table is served while it is there, with its own realm")
    func domains() async throws {
        let tables = LiveTables()
        let site = try VirtualSite {
            $0.tables = tables
            $0.accountDomain = "branch.test"
        }
        let stranger = site.host()
        func challenge() async -> ReceivedMessage? {
            await stranger.ask(
                stranger.request("REGISTER", "sip:branch.test", to: "<sip:alice@branch.test>")
            ).first
        }
        #expect(await challenge()?.status == 407)
        tables.replace(with: SiteTables(domains: [try Host("branch.test")]))
        let answer = try #require(await challenge())
        #expect(answer.status == 401)
        #expect(answer.lines("WWW-Authenticate")[0].contains("realm=\"branch.test\""))
        let uri = "sip:bob@Branch.test"
        #expect(try await invite(stranger, to: uri, from: "sip:alice@branch.test") == 404)
        tables.replace(with: SiteTables())
        #expect(await challenge()?.status == 407)
    }

    @Test("domains that share their users are one: realm, registrations and names")
    func sharedUsers() async throws {
        let site = try VirtualSite {
            $0.domains = ["voice.test", "branch.test"]
            $0.sharesUsers = true
            $0.accountDomain = ""
        }
        let alice = site.phone("alice")
        let answer = alice.register(for: "sip:alice@branch.test")
        await site.run(for: .seconds(1))
        #expect(answer.status == 200)
        #expect(
            answer.responses[0].lines("WWW-Authenticate")[0].contains("realm=\"voice.test\""))
        // Under the first domain, which is what a table without domains is read as.
        #expect(site.contacts(of: "alice") == [alice.contact])
        let stranger = site.host()
        for domain in ["voice.test", "branch.test", "192.0.2.1"] {
            let status = try await invite(
                stranger, to: "sip:alice@\(domain)", from: "sip:bob@branch.test", user: "bob")
            #expect(status == 100, "\(domain)")
        }
    }

    // MARK: Aliases

    @Test("an alias with several targets rings them all; foreign ones need the caller's proof")
    func severalTargets() async throws {
        let site = try VirtualSite {
            $0.severalTargets = [
                "team@voice.test": [
                    "sip:bob@voice.test", "sip:carol@voice.test", "sip:x@10.0.0.1",
                ]
            ]
        }
        let (bob, carol) = (
            try await site.callee("bob"), try await site.callee("carol", 0xC633_64C9)
        )
        let outside = site.host("outside", 0x0A00_0001)
        let stranger = site.host()
        stranger.send(stranger.request("MESSAGE", "sip:team@voice.test"))
        await site.run(for: .milliseconds(100))
        #expect(bob.heard("MESSAGE").count == 1)
        #expect(carol.heard("MESSAGE").count == 1)
        #expect(outside.inbox.isEmpty)
        #expect(try await invite(stranger, to: "sip:team@voice.test") == 100)
        for host in [bob, carol, outside] { #expect(host.heard("INVITE").count == 1) }
    }

    @Test("an alias with several targets of whom none is there is 404")
    func nobodyThere() async throws {
        let site = try VirtualSite {
            $0.severalTargets = [
                "team@voice.test": ["sip:bob@voice.test", "sip:carol@voice.test"]
            ]
        }
        #expect(try await invite(site.host(), to: "sip:team@voice.test") == 404)
        await site.settle()
    }

    // MARK: How it is asked

    private func word(_ text: ByteSlice, of user: ByteSlice = "alice") -> AccountWord {
        AccountWord(username: user, domain: "voice.test", word: text)
    }

    /// What an INVITE with right credentials is answered.
    private func invite(
        _ host: BareHost, to uri: String = "sip:nobody@voice.test",
        from: String = "sip:alice@voice.test", user: String = "alice", routes: [String] = []
    ) async throws -> Int? {
        try await ask("INVITE", host, to: uri, from: from, user: user, routes: routes)
    }

    /// What a request with right credentials is answered first; nil for nothing.
    private func ask(
        _ method: String, _ host: BareHost, to uri: String, from: String, user: String = "alice",
        routes: [String] = []
    ) async throws -> Int? {
        var request = host.request(method, uri, from: from).with { $0.routes = routes }
        let challenge = try #require(await host.ask(request).first)
        if method == "INVITE" {
            host.send(request.hopByHop("ACK", to: challenge.value("To")))
        }
        request.cseq += 1
        request.vias = ["SIP/2.0/UDP \(host.hostPort);branch=z9hG4bK\(request.callID)again;rport"]
        let answer = DigestAnswer(
            username: user, password: "pass-\(user)", method: method, uri: request.uri)
        request.lines.append(try #require(answer.line(for: challenge)))
        let answers = await host.ask(request)
        if method == "INVITE", let last = answers.last, last.status ?? 0 >= 300 {
            host.send(request.hopByHop("ACK", to: last.value("To")))
        }
        return answers.first?.status
    }
}
