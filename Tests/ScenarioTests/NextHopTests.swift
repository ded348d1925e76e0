import SIPCore
import SIPProxy
import SIPTesting
import Testing

@Suite("a next hop that a route names") struct NextHopTests {
    @Test("gets the request with its Request-URI as it is, and no Route") func requestURI()
        async throws
    {
        let site = try VirtualSite()
        let gateway = site.host("gateway", 0x0A00_0001, port: 5070)
        site.names["pstn.test"] = [gateway.endpoint.address]
        for (hop, count) in [("sip:10.0.0.1:5070", 1), ("sip:pstn.test:5070", 2)] {
            site.proxy.router = ClosureRouter { request in
                .relay(
                    to: .foreign(
                        request.uri, through: try URI(ByteSlice(hop)),
                        unchecked: .anybodyToThisAddress))
            }
            let stranger = site.host()
            stranger.send(stranger.request("INVITE", "sip:+1900555@voice.test;user=phone"))
            await site.run(for: .milliseconds(100))
            try #require(gateway.heard("INVITE").count == count)
            let invite = gateway.heard("INVITE")[count - 1]
            #expect(invite.requestURI == "sip:+1900555@voice.test;user=phone")
            #expect(invite.values("Route") == [])
            gateway.respond(486, to: invite)
            await site.settle()
            #expect(Set(stranger.inbox.compactMap(\.status)) == [100, 486])
        }
    }

    @Test("also gets what is no SIP URI") func tel() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let gateway = site.host("gateway", 0x0A00_0001)
        site.proxy.router = ClosureRouter { request in
            guard let peer = request.trustedPeer else { throw Rejection(.forbidden) }
            return .relay(
                to: .foreign(try URI("tel:+1900555"), through: try URI("sip:10.0.0.1"), via: peer))
        }
        let peer = try await site.peer()
        peer.send(peer.request("INVITE", "sip:900@voice.test"))
        await site.run(for: .milliseconds(100))
        #expect(gateway.heard("INVITE").map(\.requestURI) == ["tel:+1900555"])
    }
}
