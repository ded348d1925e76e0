import SIPCore
import SIPLocation
import SIPProxy
import SIPTesting
import Testing

@Suite("the Path (RFC 3327)") struct PathTests {
    // MARK: At the registrar

    static let values = ["<sip:p3.test;lr>", "<sip:x@p1.test;lr>"]

    @Test("of a phone that supports it is kept with the contact, and stands in the 200 as it came")
    func kept() async throws {
        let site = try VirtualSite()
        let alice = site.phone("alice")
        let answer = register(
            alice, ["Supported: 100rel, path"] + Self.values.map { "Path: \($0)" })
        await site.run(for: .seconds(1))
        #expect(answer.status == 200)
        #expect(answer.final?.values("Path") == Self.values)
        #expect(paths(of: "alice", site) == [Self.values])
        await site.settle()
    }

    @Test("of a phone that does not is 420 with Unsupported, and nothing is kept") func strict()
        async throws
    {
        let site = try VirtualSite()
        let alice = site.phone("alice")
        let answer = register(alice, ["Supported: 100rel", "Path: <sip:p1.test;lr>"])
        await site.run(for: .seconds(1))
        #expect(answer.status == 420)
        #expect(answer.final?.values("Unsupported") == ["path"])
        #expect(site.contacts(of: "alice").isEmpty)
    }

    @Test("of a phone that does not is taken all the same where the settings are lax") func lax()
        async throws
    {
        let site = try VirtualSite { $0.registrar.path = .lax }
        let alice = site.phone("alice")
        let answer = register(alice, ["Path: <sip:p1.test;lr>"])
        await site.run(for: .seconds(1))
        #expect(answer.status == 200)
        #expect(answer.final?.values("Path") == ["<sip:p1.test;lr>"])
        #expect(paths(of: "alice", site) == [["<sip:p1.test;lr>"]])
    }

    // MARK: At the edge

    /// A phone whose registrar is behind an edge proxy.
    struct Edge {
        let edge: VirtualSite
        let home: VirtualSite
        let bob: Phone

        init(_ mode: PathMode = .strict) throws {
            home = try VirtualSite()
            var setup = VirtualSite.Setup()
            setup.address = .v4(0xC000_0263)
            setup.name = "edge"
            setup.domains = ["edge.test"]
            edge = try VirtualSite(setup, on: home.network) { request in
                if request.method != .register { request.recordRoute() }
                if let path = try request.followPath() { return .relay(along: path) }
                if let dialog = try request.followRoute() { return .relay(in: dialog) }
                guard request.method == .register, !request.isForUs else {
                    throw Rejection(.forbidden)
                }
                try request.addPath(mode)
                return .relay(unchecked: .anybodyToThisAddress)
            }
            edge.names["voice.test"] = [home.proxyEndpoint.address]
            bob = Phone(
                user: "bob", password: "pass-bob", domain: "voice.test",
                at: Endpoint(.udp, .v4(0xC633_6432), port: 5060), on: home.network,
                proxy: edge.proxyEndpoint)
            home.recorder.names[bob.endpoint] = "bob"
        }
    }

    @Test("leads calls through the edge to the phone that registered, and back again")
    func throughTheEdge() async throws {
        let world = try Edge()
        let (home, edge, bob) = (world.home, world.edge, world.bob)
        // Where nobody gets to: only the token says where the phone is.
        let answer = register(bob, ["Supported: path"], contact: "sip:bob@10.0.0.7")
        await home.run(for: .seconds(1))
        #expect(answer.status == 200)
        let path = try #require(answer.final?.values("Path").first)
        #expect(path.hasPrefix("<sip:6"))
        #expect(path.hasSuffix("@192.0.2.99:5060;lr>"))
        #expect(paths(of: "bob", home) == [[path]])
        let register = try #require(home.recorder.messages(from: "edge", to: "proxy").first)
        #expect(register.values("Require") == ["path"])

        let alice = try await home.registered("alice")[0]
        bob.habit = .answers(after: .seconds(1))
        let call = alice.call("sip:bob@voice.test")
        await home.run(for: .seconds(3))
        #expect(call.state == .answered)
        let invite = try #require(
            home.recorder.messages(from: "proxy", to: "edge").first { $0.method == "INVITE" })
        #expect(invite.requestURI == "sip:bob@10.0.0.7")
        #expect(invite.values("Route") == [path])
        let arrived = try #require(bob.incoming?.received.first)
        #expect(arrived.requestURI == "sip:bob@10.0.0.7")
        #expect(arrived.values("Route") == [])
        #expect(arrived.values("Record-Route").count == 2)
        await home.settle()
        #expect(edge.proxy.complaints.isEmpty)
    }

    @Test("is put above one that is there already") func second() async throws {
        let world = try Edge()
        let answer = register(
            world.bob, ["Supported: path", "Path: <sip:p1.test;lr>", "Require: path"])
        await world.home.run(for: .seconds(1))
        let path = answer.final?.values("Path") ?? []
        #expect(path.count == 2)
        #expect(path.last == "<sip:p1.test;lr>")
        let register = try #require(
            world.home.recorder.messages(from: "edge", to: "proxy").first)
        #expect(register.values("Require") == ["path"])
        await world.home.settle()
    }

    @Test("of a phone that does not support it is 421 with Require; lax, the registrar decides")
    func required() async throws {
        let world = try Edge()
        let answer = register(world.bob, [])
        await world.home.run(for: .seconds(1))
        #expect(answer.status == 421)
        #expect(answer.final?.values("Require") == ["path"])

        let lax = try Edge(.lax)
        let refused = register(lax.bob, [])
        await lax.home.run(for: .seconds(1))
        #expect(refused.status == 420)
        let register = try #require(lax.home.recorder.messages(from: "edge", to: "proxy").first)
        #expect(register.values("Require") == [])
        #expect(register.values("Path").count == 1)
    }

    @Test("leads nobody elsewhere: a request with the token goes to the phone alone")
    func nowhereElse() async throws {
        let world = try Edge()
        let path = try await registeredPath(world)
        let victim = world.home.host("victim", 0x0A00_0001)
        let stranger = BareHost(
            Endpoint(.udp, .v4(0xCB00_7142), port: 5060), on: world.home.network,
            proxy: world.edge.proxyEndpoint)
        stranger.send(
            stranger.request("MESSAGE", "sip:x@\(victim.hostPort)").with {
                $0.routes = [path, "<sip:\(victim.hostPort);lr>"]
            })
        await world.home.run(for: .seconds(1))
        #expect(victim.inbox.isEmpty)
        #expect(world.bob.requests.map(\.method) == ["MESSAGE"])
    }

    @Test(
        "that is forged, of another key or too old proves nothing",
        arguments: ["flow", "seal", "moment", "short", "letters", "old"])
    func forged(what: String) async throws {
        let world = try Edge()
        var path = try await registeredPath(world)
        let stranger = BareHost(
            Endpoint(.udp, .v4(0xCB00_7142), port: 5060), on: world.home.network,
            proxy: world.edge.proxyEndpoint)
        // <sip: moment (8) flow (26) seal (32) @
        func flip(_ offset: Int) {
            var bytes = Array(path.utf8)
            bytes[5 + offset] = bytes[5 + offset] == 0x30 ? 0x31 : 0x30
            path = String(decoding: bytes, as: UTF8.self)
        }
        switch what {
        case "flow": flip(20)
        case "seal": flip(50)
        case "moment": flip(7)
        case "short": path = "<sip:" + path.dropFirst(7)
        case "letters": path = "<sip:zz" + path.dropFirst(7)
        default: await world.home.run(for: .seconds(8 * 24 * 3600))
        }
        let answers = await stranger.ask(
            stranger.request("MESSAGE", "sip:x@10.0.0.7").with { $0.routes = [path] })
        #expect(answers.map(\.status) == [403])
        #expect(world.bob.requests.isEmpty)
    }

    @Test("of the house's own route stands on what it passes on, where the settings say so")
    func home() async throws {
        let site = try VirtualSite { $0.limits.path = .strict }
        let other = site.host("other", 0xC612_0009)
        site.proxy.names["other.test"] = [other.endpoint.address]
        let alice = site.phone("alice")
        alice.ask(
            "REGISTER", "sip:other.test", to: "sip:alice@other.test", contact: alice.contact,
            lines: ["Supported: path"])
        await site.run(for: .seconds(1))
        let register = try #require(other.heard("REGISTER").first)
        let path = try #require(register.values("Path").first)
        other.respond(200, to: register)

        let back = other.request("MESSAGE", alice.contact).with { $0.routes = [path] }
        #expect(await other.ask(back).map(\.status) == [200])
        #expect(alice.requests.map(\.method) == ["MESSAGE"])
        await site.settle()
    }

    private func registeredPath(_ world: Edge) async throws -> String {
        let answer = register(world.bob, ["Supported: path"])
        await world.home.run(for: .seconds(1))
        return try #require(answer.final?.values("Path").first)
    }

    /// Registers with further header lines.
    private func register(_ phone: Phone, _ lines: [String], contact: String? = nil) -> Exchange {
        phone.register(
            contacts: [(["<\(contact ?? phone.contact)>"] + lines).joined(separator: "\r\n")])
    }

    private func paths(of user: String, _ site: VirtualSite) -> [[String]] {
        site.location.current(
            of: AddressOfRecord(user: ByteSlice(user), host: "voice.test"),
            at: site.clock.unixTime
        ).map { $0.path.map { String($0) } }
    }
}
