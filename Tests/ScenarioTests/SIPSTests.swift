import SIPCore
import SIPProxy
import SIPTesting
import Testing

@Suite("a SIPS URI (RFC 5630)") struct SIPSTests {
    @Test("leads to no contact that is a SIP URI: 480 with Warning 380") func insecure()
        async throws
    {
        let site = try VirtualSite()
        let phones = try await site.registered("alice", "bob")
        let answer = phones[0].ask("MESSAGE", "sips:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(answer.status == 480)
        #expect(answer.final?.value("Warning") == "380 voice.test \"SIPS Not Allowed\"")
        #expect(phones[1].requests.isEmpty)
    }

    @Test("of somebody who is not there is 404, as ever") func nobody() async throws {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let answer = alice.ask("MESSAGE", "sips:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(answer.status == 404)
        #expect(answer.final?.value("Warning") == nil)
    }

    @Test(
        "never goes over UDP or TCP, whoever names them, and nothing leaves",
        arguments: [
            "sips:bob@198.51.100.200", "sips:bob@198.51.100.200:5060;transport=udp",
            "sips:bob@198.51.100.200;transport=tcp", "sips:bob@gateway.test",
            "sips:bob@gateway.test:5060",
        ])
    func downgraded(uri: String) async throws {
        // The site has UDP alone.
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = site.host("bob", 0xC633_64C8)
        site.names["gateway.test"] = [bob.endpoint.address]
        let peer = try await site.peer()
        let answers = await peer.ask(peer.request("INVITE", uri))
        #expect(answers.last?.status == 502)
        #expect(bob.inbox.isEmpty)
    }

    @Test("with a Route that is not secure is 480, and nothing leaves") func route() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let next = site.host("next", 0xC633_64C8)
        let peer = try await site.peer()
        let answers = await peer.ask(
            peer.request("INVITE", "sips:bob@other.test").with {
                $0.routes = ["<sip:192.0.2.1;lr>", "<sip:\(next.hostPort);lr>"]
            })
        #expect(answers.last?.status == 480)
        #expect(next.inbox.isEmpty)
    }
}
