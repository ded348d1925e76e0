import SIPCore
import SIPProxy
import SIPTesting
import Testing

@Suite("maddr and ttl") struct MaddrTests {
    static let aims = ["203.0.113.99", "224.2.0.1", "gateway.test", "0.0.0.0", "255.255.255.255"]

    @Test(
        "of a Request-URI lead nowhere: the host gets the request, as the URI is", arguments: aims)
    func requestURI(aim: String) async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = site.host("bob", 0xC633_64C8)
        let victim = site.host("victim", 0xCB00_7163)
        site.names["gateway.test"] = [victim.endpoint.address]
        let peer = try await site.peer()
        let uri = "sip:bob@\(bob.hostPort);maddr=\(aim);ttl=15"
        peer.send(peer.request("INVITE", uri))
        await site.run(for: .milliseconds(100))
        #expect(bob.heard("INVITE").map(\.requestURI) == [uri])
        #expect(victim.inbox.isEmpty)
    }

    @Test("of a Contact lead nowhere", arguments: aims) func contact(aim: String) async throws {
        let site = try VirtualSite()
        let bob = site.host("bob", 0xC633_64C8)
        let victim = site.host("victim", 0xCB00_7163)
        site.names["gateway.test"] = [victim.endpoint.address]
        try await site.bind("bob", to: "sip:bob@\(bob.hostPort);maddr=\(aim);ttl=1")
        let stranger = site.host()
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(100))
        #expect(bob.heard("MESSAGE").count == 1)
        #expect(victim.inbox.isEmpty)
    }

    @Test("of a Route lead nowhere", arguments: aims) func route(aim: String) async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let next = site.host("next", 0xC633_64C8)
        let victim = site.host("victim", 0xCB00_7163)
        site.names["gateway.test"] = [victim.endpoint.address]
        let peer = try await site.peer()
        peer.send(
            peer.request("INVITE", "sip:bob@other.test").with {
                $0.routes = [
                    "<sip:192.0.2.1;lr;maddr=\(aim)>", "<sip:\(next.hostPort);lr;maddr=\(aim)>",
                ]
            })
        await site.run(for: .milliseconds(100))
        #expect(next.heard("INVITE").count == 1)
        #expect(victim.inbox.isEmpty)
    }

    @Test("of a Via lead nowhere: the response goes to who sent the request", arguments: aims)
    func via(aim: String) async throws {
        let site = try VirtualSite()
        let victim = site.host("victim", 0xCB00_7163)
        site.names["gateway.test"] = [victim.endpoint.address]
        let stranger = site.host()
        let answers = await stranger.ask(
            stranger.request("OPTIONS", "sip:voice.test").with {
                $0.vias = ["\($0.vias[0]);maddr=\(aim);ttl=15"]
            })
        #expect(answers.map(\.status) == [200])
        #expect(victim.inbox.isEmpty)
    }

    @Test(
        "a group of receivers is nobody's address: 403",
        arguments: ["224.2.0.1", "239.255.255.250", "[ff02::1]", "255.255.255.255", "0.0.0.0"])
    func group(host: String) async throws {
        let site = try VirtualSite {
            $0.trustedPeers = [VirtualSite.peerAddress]
            $0.hasIPv6 = true
        }
        let peer = try await site.peer()
        let answers = await peer.ask(peer.request("INVITE", "sip:bob@\(host)"))
        #expect(answers.last?.status == 403)
        // Nor does a name lead to one.
        guard let address = IPAddress(host) else { return }
        site.names["group.test"] = [address]
        let named = await peer.ask(peer.request("INVITE", "sip:bob@group.test"))
        #expect(named.last?.status == 500)
        #expect(site.recorder.messages(from: "proxy", to: host).isEmpty)
    }
}
