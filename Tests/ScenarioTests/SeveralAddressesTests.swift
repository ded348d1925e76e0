import SIPCore
import SIPLocation
import SIPTesting
import Testing

@Suite("a machine with several addresses") struct SeveralAddressesTests {
    static let second = IPAddress.v4(0xC000_0202)  // 192.0.2.2
    static let inner = IPAddress.v4(0x0A00_0001)  // 10.0.0.1

    @Test("answers from the address that was asked, whatever the answer", arguments: [nil, second])
    func answers(asked: IPAddress?) async throws {
        let (site, _) = try await site()
        let stranger = site.host("stranger", 0xCB00_7143)
        let proxy = Endpoint(.udp, asked ?? VirtualSite.address, port: 5060)
        let requests = [
            stranger.request("INVITE", "sip:bob@voice.test"),  // 407, without a transaction
            stranger.request("MESSAGE", "sip:nobody@voice.test"),  // 404
            stranger.request("CANCEL", "sip:bob@voice.test"),  // 481
            stranger.request("OPTIONS", "sip:bob@voice.test").with { $0.callID = "" },  // 400
        ]
        for request in requests { stranger.send(request.text, to: proxy) }
        await site.run(for: .milliseconds(100))
        #expect(Set(stranger.inbox.compactMap(\.status)) == [407, 404, 481, 400])
        #expect(stranger.inbox.allSatisfy { $0.source == proxy })
        await site.settle()
    }

    @Test("forwards from it too, and so do copies, CANCEL and ACK") func forwards() async throws {
        let (site, caller) = try await site()
        let proxy = Endpoint(.udp, Self.second, port: 5060)
        let bob = try await site.callee("bob")
        let invite = caller.request("INVITE", "sip:bob@voice.test")
        caller.send(invite.text, to: proxy)
        await site.run(for: .milliseconds(700))
        bob.respond(180, to: try #require(bob.heard("INVITE").first))
        await site.run(for: .milliseconds(100))
        caller.send(invite.hopByHop("CANCEL").text, to: proxy)
        await site.run(for: .milliseconds(100))
        bob.respond(200, to: try #require(bob.heard("CANCEL").first))
        bob.respond(487, to: bob.heard("INVITE")[0])
        await site.run(for: .milliseconds(100))
        #expect(bob.inbox.compactMap(\.method) == ["INVITE", "INVITE", "CANCEL", "ACK"])
        #expect(bob.inbox.allSatisfy { $0.source == proxy })
        #expect(caller.inbox.compactMap(\.status) == [100, 180, 200, 487])
        #expect(caller.inbox.allSatisfy { $0.source == proxy })
        await site.settle()
    }

    @Test("calls a phone from where it registered, wherever the call came in") func registered()
        async throws
    {
        let (site, caller) = try await site()
        let bob = site.host("bob", 0xC633_64C8)
        try await site.bind(
            "bob", to: "sip:bob@\(bob.hostPort)", local: Endpoint(.udp, Self.second, port: 5060))
        caller.send(caller.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(100))
        let message = try #require(bob.heard("MESSAGE").first)
        #expect(message.source.address == Self.second)
        bob.respond(200, to: message)
        await site.run(for: .milliseconds(100))
        #expect(caller.inbox.map(\.source) == [site.proxyEndpoint])
        await site.settle()
    }

    @Test("remembers the address that a phone registered at, not the wildcard") func remembers()
        async throws
    {
        let (site, _) = try await site()
        _ = try await site.registered("alice")
        let bindings = site.location.current(
            of: AddressOfRecord(user: "alice", host: "voice.test"), at: site.clock.unixTime)
        #expect(bindings.map(\.localSocket) == [site.proxyEndpoint])
    }

    @Test("calls a phone that registered at a socket that is gone from where the call came in")
    func gone() async throws {
        let (site, caller) = try await site()
        let bob = site.host("bob", 0xC633_64C8)
        try await site.bind(
            "bob", to: "sip:bob@\(bob.hostPort)",
            local: Endpoint(.udp, .v4(0xC000_0209), port: 5060))
        caller.send(
            caller.request("MESSAGE", "sip:bob@voice.test").text,
            to: Endpoint(.udp, Self.second, port: 5060))
        await site.run(for: .milliseconds(100))
        #expect(bob.heard("MESSAGE").first?.source.address == Self.second)
    }

    @Test("leaves the choice to the system where the way leads from one network into another")
    func betweenNetworks() async throws {
        let (site, caller) = try await site()
        let bob = try await site.callee("bob")
        caller.send(
            caller.request("MESSAGE", "sip:bob@voice.test").text,
            to: Endpoint(.udp, Self.inner, port: 5060))
        await site.run(for: .milliseconds(100))
        let message = try #require(bob.heard("MESSAGE").first)
        #expect(message.source == site.proxyEndpoint)
        bob.respond(200, to: message)
        await site.run(for: .milliseconds(100))
        // The answer is no new way: it goes back whence the request came.
        #expect(caller.inbox.map(\.source.address) == [Self.inner])
        await site.settle()
    }

    private func site() async throws -> (VirtualSite, BareHost) {
        let site = try VirtualSite {
            $0.furtherAddresses = [Self.second, Self.inner]
            $0.trustedPeers = [VirtualSite.peerAddress]
        }
        return (site, site.host("caller"))
    }
}
