import SIPAuth
import SIPCore
import SIPProxy
import SIPTesting
import Testing

/// Whole calls through gateways, in virtual time.
@Suite("a group of gateways") struct GatewayTests {
    @Test("takes the call of a member to a number that no user has, with the number at the gateway")
    func call() async throws {
        let (site, gateways, _) = try site(1)
        let alice = try await site.registered("alice")[0]
        let call = alice.call("sip:+49-301234@voice.test")
        await site.run(for: .milliseconds(200))
        let invite = try #require(gateways[0].heard("INVITE").first)
        #expect(invite.requestURI == "sip:+49-301234@203.0.113.1")
        #expect(invite.value("Proxy-Authorization") == nil)
        gateways[0].respond(200, to: invite, contact: "sip:\(gateways[0].hostPort)")
        await site.run(for: .milliseconds(100))
        #expect(call.state == .answered)
        #expect(gateways[0].heard("ACK").count == 1)
        call.hangUp()
        await site.run(for: .milliseconds(100))
        gateways[0].respond(200, to: try #require(gateways[0].heard("BYE").first))
        await site.settle()
    }

    @Test("is nobody's way but a member's: 403, 407 for a stranger, 404 for no number")
    func proof() async throws {
        let (site, gateways, _) = try site(1)
        let phones = try await site.registered("alice", "bob")
        let calls = [
            phones[1].call("sip:301234@voice.test"), phones[0].call("sip:frank@voice.test"),
            phones[0].call("sip:12@voice.test"),
        ]
        await site.run(for: .milliseconds(300))
        #expect(calls.map(\.finalStatus) == [403, 404, 404])
        let stranger = site.host()
        let answers = await stranger.ask(stranger.request("INVITE", "sip:301234@voice.test"))
        #expect(answers.map(\.status) == [407])
        #expect(gateways[0].heard("INVITE").isEmpty)
        await site.settle()
    }

    @Test("does not take a call to a user of ours who has a number for a name")
    func users() async throws {
        let (site, gateways, _) = try site(1)
        let alice = try await site.registered("alice")[0]
        let desk = try await site.callee("301234")
        _ = alice.call("sip:301234@voice.test")
        await site.run(for: .milliseconds(200))
        #expect(desk.heard("INVITE").count == 1)
        #expect(gateways[0].heard("INVITE").isEmpty)
        desk.respond(486, to: desk.heard("INVITE")[0])
        await site.settle()
    }

    @Test(
        "leaves a call to the next when one says nothing, can't be reached, or answers 5xx",
        arguments: ["silence", "unreachable", "500", "503"])
    func failover(how: String) async throws {
        let (site, gateways, _) = try site(3)
        let alice = try await site.registered("alice")[0]
        if how == "unreachable" { site.network.refusing = [gateways[0].endpoint] }
        let call = alice.call("sip:301234@voice.test")
        await site.run(for: .milliseconds(200))
        if let status = Int(how) {
            gateways[0].respond(status, to: gateways[0].heard("INVITE")[0])
        } else if how == "silence" {
            await site.run(for: .milliseconds(3_700))
            #expect(gateways[1].heard("INVITE").isEmpty)
        }
        await site.run(for: .milliseconds(400))
        let invite = try #require(gateways[1].heard("INVITE").first)
        #expect(invite.requestURI == "sip:301234@203.0.113.2")
        gateways[1].respond(180, to: invite)
        // It rings, and is waited for.
        await site.run(for: .seconds(100))
        #expect(gateways[2].heard("INVITE").isEmpty)
        gateways[1].respond(200, to: invite, contact: "sip:\(gateways[1].hostPort)")
        await site.run(for: .milliseconds(100))
        #expect(call.state == .answered)
        await site.settle()
    }

    @Test(
        "gives the caller what one answers, and asks no other",
        arguments: [404, 480, 486, 302, 603]
    )
    func refusal(status: Int) async throws {
        let (site, gateways, _) = try site(2)
        let alice = try await site.registered("alice")[0]
        let call = alice.call("sip:301234@voice.test")
        await site.run(for: .milliseconds(200))
        gateways[0].respond(status, to: gateways[0].heard("INVITE")[0])
        await site.run(for: .seconds(30))
        #expect(call.finalStatus == status)
        #expect(gateways[1].heard("INVITE").isEmpty)
        await site.settle()
    }

    @Test("asks nobody else when a call rang for three minutes, or its caller hangs up")
    func ringing() async throws {
        let (site, gateways, table) = try site(2)
        let alice = try await site.registered("alice")[0]
        let call = alice.call("sip:301234@voice.test")
        await site.run(for: .milliseconds(200))
        gateways[0].respond(183, to: gateways[0].heard("INVITE")[0])
        await site.run(for: .seconds(200))
        gateways[0].respond(200, to: try #require(gateways[0].heard("CANCEL").first))
        gateways[0].respond(487, to: gateways[0].heard("INVITE")[0])
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 487 || call.finalStatus == 408)

        let second = alice.call("sip:301234@voice.test")
        await site.run(for: .milliseconds(200))
        gateways[0].respond(180, to: gateways[0].heard("INVITE").last!)
        await site.run(for: .milliseconds(200))
        second.cancel()
        await site.run(for: .milliseconds(200))
        gateways[0].respond(200, to: gateways[0].heard("CANCEL").last!)
        gateways[0].respond(487, to: gateways[0].heard("INVITE").last!)
        await site.run(for: .seconds(1))
        #expect(second.finalStatus == 487)
        #expect(gateways[1].heard("INVITE").isEmpty)
        #expect(table.status(at: .zero).map(\.calls.failed) == [0, 0])
        await site.settle()
    }

    @Test("is not asked while probes go unanswered, and is again when they are answered")
    func probing() async throws {
        let (site, gateways, table) = try site(2, probing: true)
        await run(site, seconds: 61, living: gateways)
        #expect(states(table) == [.up, .up])
        // Spread over the interval of 30 s.
        #expect(gateways.map { $0.heard("OPTIONS").count } == [3, 2])
        let alice = try await site.registered("alice")[0]
        await run(site, seconds: 95, living: [gateways[1]])
        #expect(states(table) == [.down, .up])
        #expect(changes(site) == ["sip:203.0.113.1 down"])

        let call = alice.call("sip:301234@voice.test")
        await site.run(for: .milliseconds(200))
        #expect(gateways[0].heard("INVITE").isEmpty)
        gateways[1].respond(486, to: try #require(gateways[1].heard("INVITE").first))
        await site.run(for: .milliseconds(200))
        #expect(call.finalStatus == 486)

        await run(site, seconds: 65, living: gateways)
        #expect(states(table) == [.up, .up])
        #expect(changes(site) == ["sip:203.0.113.1 down", "sip:203.0.113.1 up"])
        _ = alice.call("sip:301234@voice.test")
        await site.run(for: .milliseconds(200))
        gateways[0].respond(486, to: try #require(gateways[0].heard("INVITE").first))
        await site.settle()
    }

    @Test("answers 503 when all are down; calls alone find that out, and the end of the pause")
    func allDead() async throws {
        let (site, gateways, table) = try site(2)
        let alice = try await site.registered("alice")[0]
        site.network.refusing = Set(gateways.map(\.endpoint))
        for _ in 0..<3 {
            let call = alice.call("sip:301234@voice.test")
            await site.run(for: .milliseconds(200))
            #expect(call.finalStatus == 500)
        }
        #expect(states(table) == [.down, .down])
        let refused = alice.call("sip:301234@voice.test")
        await site.run(for: .milliseconds(200))
        #expect(refused.finalStatus == 503)
        #expect(table.status(at: site.clock.now).map(\.calls.failed) == [3, 3])

        site.network.refusing = []
        await site.run(for: .seconds(61))
        let call = alice.call("sip:301234@voice.test")
        await site.run(for: .milliseconds(200))
        gateways[0].respond(486, to: try #require(gateways[0].heard("INVITE").first))
        await site.run(for: .milliseconds(200))
        #expect(call.finalStatus == 486)
        await site.settle()
    }

    @Test("a 503 with Retry-After marks a gateway, one without does not") func retryAfter()
        async throws
    {
        let (site, gateways, table) = try site(2) { $0.callFailures = 1 }
        let alice = try await site.registered("alice")[0]
        for lines in [[], ["Retry-After: 30"]] {
            _ = alice.call("sip:301234@voice.test")
            await site.run(for: .milliseconds(200))
            gateways[0].respond(503, to: gateways[0].heard("INVITE").last!, lines: lines)
            await site.run(for: .milliseconds(200))
            gateways[1].respond(486, to: gateways[1].heard("INVITE").last!)
            await site.run(for: .milliseconds(200))
            #expect(states(table)[0] == (lines.isEmpty ? .up : .down))
        }
        await site.settle()
    }

    @Test("keeps the Request-URI where the operator says so, and asks both gateways all the same")
    func keptURI() async throws {
        let (site, gateways, _) = try site(2) { $0.keepsRequestURI = true }
        let alice = try await site.registered("alice")[0]
        _ = alice.call("sip:301234@voice.test")
        await site.run(for: .milliseconds(200))
        #expect(gateways[0].heard("INVITE").first?.requestURI == "sip:301234@voice.test")
        gateways[0].respond(500, to: gateways[0].heard("INVITE")[0])
        await site.run(for: .milliseconds(200))
        #expect(gateways[1].heard("INVITE").first?.requestURI == "sip:301234@voice.test")
        gateways[1].respond(486, to: gateways[1].heard("INVITE")[0])
        await site.settle()
    }

    @Test("calls without credentials when the operator trusts its address") func trusted()
        async throws
    {
        for isTrusted in [false, true] {
            let (site, gateways, _) = try site(1) { $0.isTrusted = isTrusted }
            let bob = try await site.callee("bob")
            let answers = await gateways[0].ask(
                gateways[0].request("INVITE", "sip:bob@voice.test", from: "sip:+4930@203.0.113.1"))
            #expect(answers.map(\.status) == [isTrusted ? 100 : 407])
            #expect(bob.heard("INVITE").count == (isTrusted ? 1 : 0))
            if isTrusted { bob.respond(486, to: bob.heard("INVITE")[0]) }
            await site.settle()
        }
    }

    @Test("that a route asks for and that is not there is an error of the route: 500")
    func unknown() async throws {
        var setup = VirtualSite.Setup()
        setup.gateways = Gateways()
        let site = try VirtualSite(setup) { request in
            .relay(to: try request.gateways("fax", unchecked: .anybodyToThisAddress))
        }
        let stranger = site.host()
        let answers = await stranger.ask(stranger.request("INVITE", "sip:1@voice.test"))
        #expect(answers.last?.status == 500)
        await site.settle()
    }

    // MARK: A site with gateways

    /// Lets time pass in which the living gateways answer their OPTIONS.
    private func run(_ site: VirtualSite, seconds: Int, living: [BareHost]) async {
        var answered = living.map { $0.heard("OPTIONS").count }
        for _ in 0..<seconds * 10 {
            await site.run(for: .milliseconds(100))
            for (index, host) in living.enumerated() {
                let probes = host.heard("OPTIONS")
                for probe in probes.dropFirst(answered[index]) { host.respond(200, to: probe) }
                answered[index] = probes.count
            }
        }
    }

    private func states(_ gateways: Gateways) -> [GatewayState] {
        gateways.status(at: .zero).map(\.state)
    }

    private func changes(_ site: VirtualSite) -> [String] {
        site.proxy.events.compactMap { event in
            if case .gateway(let change) = event {
                "\(change.uri) \(change.state.rawValue)"
            } else {
                nil
            }
        }
    }

    /// alice may call numbers. The gateways are 203.0.113.1 and on, each asked after the one before.
    private func site(
        _ count: Int, probing: Bool = false, _ change: (inout GatewayGroup) -> Void = { _ in }
    ) throws -> (VirtualSite, [BareHost], Gateways) {
        var group = GatewayGroup(
            "pstn",
            try (1...count).map {
                Gateway(try URI("sip:203.0.113.\($0)"), priority: UInt16($0))
            })
        if !probing { group.probing = nil }
        change(&group)
        let gateways = Gateways([group])
        let site = try VirtualSite {
            $0.gateways = gateways
            $0.limits.pstn = .init()
            $0.tables = LiveTables(
                SiteTables(groups: [.init(username: "alice", domain: "voice.test", word: "pstn")]))
        }
        let hosts = (1...count).map { site.host("gateway\($0)", 0xCB00_7100 + UInt32($0)) }
        return (site, hosts, gateways)
    }
}
