import SIPCore
import SIPLocation
import SIPProxy
import SIPTesting
import Testing

@Suite("outbound (RFC 5626)") struct OutboundTests {
    private static let instance = "<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"

    private func contact(_ phone: Phone, _ regID: Int, _ lines: [String]) -> String {
        (["<\(phone.contact);ob>;reg-id=\(regID);+sip.instance=\"\(Self.instance)\""] + lines)
            .joined(separator: "\r\n")
    }

    private func bindings(_ site: VirtualSite, _ user: String = "bob") -> [Binding] {
        site.location.current(
            of: AddressOfRecord(user: ByteSlice(user), host: "voice.test"), at: site.clock.unixTime)
    }

    // MARK: At the registrar

    @Test("is told to a phone that asks for it: Require, Supported and Flow-Timer in the 200")
    func granted() async throws {
        let site = try VirtualSite()
        let bob = site.phone("bob")
        let answer = bob.register(contacts: [contact(bob, 1, ["Supported: path, outbound"])])
        await site.run(for: .seconds(1))
        #expect(answer.status == 200)
        #expect(answer.final?.values("Require") == ["outbound"])
        #expect(answer.final?.values("Supported").contains("outbound") == true)
        #expect(answer.final?.values("Flow-Timer") == ["25"])
        // Over the flow, NAT or not.
        #expect(bindings(site).map(\.received) == [bob.endpoint])
        #expect(bindings(site).map(\.regID) == [1])
    }

    @Test("may be required by a phone") func required() async throws {
        let site = try VirtualSite()
        let bob = site.phone("bob")
        let answer = bob.register(
            contacts: [contact(bob, 1, ["Supported: path", "Require: outbound"])])
        await site.run(for: .seconds(1))
        #expect(answer.status == 200)
        #expect(answer.final?.values("Require") == ["outbound"])
    }

    @Test(
        "is not told to a phone that has no reg-id, or does not support it",
        arguments: [
            ["<sip:bob@198.51.100.1:5060>\r\nSupported: path, outbound"],
            ["<sip:bob@198.51.100.1:5060>;reg-id=1\r\nSupported: path, outbound"],
            ["<sip:bob@198.51.100.1:5060>;reg-id=1;+sip.instance=\"\(instance)\""],
        ])
    func notGranted(contacts: [String]) async throws {
        let site = try VirtualSite()
        let answer = site.phone("bob").register(contacts: contacts)
        await site.run(for: .seconds(1))
        #expect(answer.status == 200)
        #expect(answer.final?.values("Require") == [])
        #expect(answer.final?.values("Flow-Timer") == [])
    }

    @Test("replaces a binding by instance and reg-id, whatever its Contact is") func replaced()
        async throws
    {
        let site = try VirtualSite()
        let nat = site.nat()
        let bob = site.phone("bob", behind: nat)
        for id in [1, 2, 1] {
            nat.restart()
            bob.register(contacts: [contact(bob, id, ["Supported: outbound"])])
            await site.run(for: .seconds(2))
        }
        #expect(bindings(site).map(\.regID) == [1, 2])
        #expect(bindings(site).first?.received == nat.mapping(of: bob.endpoint))
    }

    /// A REGISTER that came through an edge proxy of bob's.
    private func registered(
        _ edge: BareHost, _ site: VirtualSite, regID: Int, path: String?, supported: Bool = true
    ) async throws -> ReceivedMessage {
        var request = edge.request(
            "REGISTER", "sip:voice.test", from: "sip:bob@voice.test", to: "<sip:bob@voice.test>")
        request.vias.append("SIP/2.0/TCP 10.0.0.7;branch=z9hG4bKphone\(regID)")
        request.contact = nil
        request.lines = [
            "Contact: <sip:bob@10.0.0.7;ob>;reg-id=\(regID);+sip.instance=\"\(Self.instance)\"",
            "Supported: path\(supported ? ", outbound" : "")",
        ]
        if let path { request.lines.append("Path: \(path)") }
        let challenge = try #require(await edge.ask(request).last)
        let credentials = try #require(
            DigestAnswer(
                username: "bob", password: "pass-bob", method: "REGISTER", uri: request.uri
            ).line(for: challenge))
        return try #require(
            await edge.ask(
                request.with {
                    $0.cseq += 1
                    $0.vias[0].replace("branch=z9hG4bK", with: "branch=z9hG4bKsecond")
                    $0.lines.append(credentials)
                }
            ).last)
    }

    @Test("behind an edge proxy that takes part is granted; the edge says so by ob in its Path")
    func edge() async throws {
        let site = try VirtualSite()
        let edge = site.host("edge", 0xC633_64D2)
        let answer = try await registered(
            edge, site, regID: 1, path: "<sip:t@\(edge.hostPort);lr;ob>")
        #expect(answer.status == 200)
        #expect(answer.values("Require") == ["outbound"])
        #expect(answer.values("Flow-Timer") == [])
        #expect(bindings(site).map(\.regID) == [1])
    }

    @Test(
        "behind a first hop that lacks it is 439, and of a phone that does not support it a plain binding",
        arguments: [nil, "<sip:t@198.51.100.210:5060;lr>"])
    func lacking(path: String?) async throws {
        let site = try VirtualSite()
        let edge = site.host("edge", 0xC633_64D2)
        let refused = try await registered(edge, site, regID: 1, path: path)
        #expect(refused.status == 439)
        #expect(bindings(site).isEmpty)
        let plain = try await registered(edge, site, regID: 1, path: path, supported: false)
        #expect(plain.status == 200)
        #expect(plain.values("Require") == [])
        #expect(bindings(site).map(\.regID) == [nil])
    }

    // MARK: Calls

    /// bob has registered over two edge proxies, the second one last.
    private func twoEdges(_ site: VirtualSite) async throws -> (BareHost, BareHost) {
        let edges = (site.host("edge1", 0xC633_64D2), site.host("edge2", 0xC633_64D3))
        for (id, edge) in [(1, edges.0), (2, edges.1)] {
            let path = "<sip:t\(id)@\(edge.hostPort);lr;ob>"
            let answer = try await registered(edge, site, regID: id, path: path)
            try #require(answer.status == 200)
            await site.run(for: .seconds(2))
        }
        return edges
    }

    @Test("a call takes one flow, and the next one when that has failed") func nextFlow()
        async throws
    {
        let site = try VirtualSite()
        let (first, second) = try await twoEdges(site)
        let call = site.phone("alice").call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        let invite = try #require(second.heard("INVITE").first)
        #expect(invite.values("Route") == ["<sip:t2@\(second.hostPort);lr;ob>"])
        #expect(first.heard("INVITE").isEmpty)
        second.respond(430, to: invite)
        await site.run(for: .seconds(1))
        let again = try #require(first.heard("INVITE").first)
        #expect(again.values("Route") == ["<sip:t1@\(first.hostPort);lr;ob>"])
        first.respond(200, to: again, contact: "sip:bob@10.0.0.7")
        await site.run(for: .seconds(1))
        #expect(call.state == .answered)
    }

    @Test("a call takes no other flow of a phone that has answered for itself") func answered()
        async throws
    {
        let site = try VirtualSite()
        let (first, second) = try await twoEdges(site)
        let call = site.phone("alice").call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        second.respond(486, to: try #require(second.heard("INVITE").first))
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 486)
        #expect(first.heard("INVITE").isEmpty)
    }

    @Test("a call whose flows have all failed is 480: nobody is told 430") func allFailed()
        async throws
    {
        let site = try VirtualSite()
        let (first, second) = try await twoEdges(site)
        let call = site.phone("alice").call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        second.respond(430, to: try #require(second.heard("INVITE").first))
        await site.run(for: .seconds(1))
        first.respond(430, to: try #require(first.heard("INVITE").first))
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 480)
        await site.settle()
    }

    @Test("two phones of a user ring at once, each over one of its flows") func twoPhones()
        async throws
    {
        let site = try VirtualSite()
        let (_, second) = try await twoEdges(site)
        let desk = site.phone("bob", named: "desk")
        desk.register()
        await site.run(for: .seconds(1))
        desk.habit = .rings
        let call = site.phone("alice").call("sip:bob@voice.test")
        await site.run(for: .milliseconds(300))
        #expect(second.heard("INVITE").count == 1)
        #expect(desk.incoming?.state == .ringing)
        #expect(call.state == .ringing)
    }

    // MARK: At the edge

    @Test("puts ob into the Path of a phone with a reg-id, as its first hop alone") func path()
        async throws
    {
        let site = try VirtualSite { $0.limits.path = .lax }
        let home = site.host("home", 0xC612_0009)
        site.proxy.names["other.test"] = [home.endpoint.address]
        let alice = site.phone("alice")
        for (contact, isOutbound) in [
            (contact(alice, 1, []), true), ("<\(alice.contact)>", false),
        ] {
            alice.ask(
                "REGISTER", "sip:other.test", to: "sip:alice@other.test",
                lines: ["Contact: \(contact)", "Supported: path, outbound"])
            await site.run(for: .seconds(1))
            let register = try #require(home.heard("REGISTER").last)
            let path = try #require(register.values("Path").first)
            #expect(path.hasSuffix(isOutbound ? ";lr;ob>" : ";lr>"))
            home.respond(200, to: register)
            await site.run(for: .seconds(1))
        }
    }

    // MARK: STUN

    @Test(
        "a Binding request on the SIP port is answered with where it came from, through a NAT too")
    func stun() async throws {
        let site = try VirtualSite()
        let phone = Listening()
        let nat = site.nat()
        let inside = Endpoint(.udp, .v4(0xC0A8_0163), port: 5060)
        site.network.attach(phone, at: inside)
        var request: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + Array(1...12)
        site.network.send(request, from: inside, to: site.proxyEndpoint)
        await site.run(for: .seconds(1))
        let seen = try #require(nat.mapping(of: inside))
        let answer = try #require(phone.inbox.first)
        #expect(answer.prefix(4) == [1, 1, 0, 12])
        #expect(answer[4..<20] == request[4..<20])
        #expect(UInt16(answer[26]) << 8 | UInt16(answer[27]) == seen.port ^ 0x2112)
        // What asks for nothing gets nothing, and so do line ends.
        request[0] = 1
        site.network.send(request, from: inside, to: site.proxyEndpoint)
        site.network.send(Array("\r\n\r\n".utf8), from: inside, to: site.proxyEndpoint)
        await site.run(for: .seconds(1))
        #expect(phone.inbox.count == 1)
    }

    /// Keeps the bytes that come.
    private final class Listening: NetworkHost {
        var inbox: [[UInt8]] = []
        func receive(_ bytes: [UInt8], from source: Endpoint, at endpoint: Endpoint) {
            inbox.append(bytes)
        }
    }
}
