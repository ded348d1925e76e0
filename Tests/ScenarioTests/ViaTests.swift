import SIPCore
import SIPTesting
import Testing

@Suite("the way back") struct ViaTests {
    /// The request's Via, the one in the forwarded copy and in the response, and the port that the response goes to.
    static let stamps: [(String, String, UInt16)] = [
        ("SIP/2.0/UDP 203.0.113.66:5062;branch=z9hG4bKa", "=", 5062),
        ("SIP/2.0/UDP 203.0.113.66:5099;branch=z9hG4bKa", "=", 5099),
        ("SIP/2.0/UDP 203.0.113.66;branch=z9hG4bKa", "=", 5060),
        (
            "SIP/2.0/UDP 203.0.113.66:5099;branch=z9hG4bKa;rport",
            "SIP/2.0/UDP 203.0.113.66:5099;branch=z9hG4bKa;rport=5062;received=203.0.113.66", 5062
        ),
        (
            "SIP/2.0/UDP 203.0.113.66:5099;rport;branch=z9hG4bKa",
            "SIP/2.0/UDP 203.0.113.66:5099;rport=5062;branch=z9hG4bKa;received=203.0.113.66", 5062
        ),
        (
            "SIP/2.0/UDP 10.1.1.1:5099;branch=z9hG4bKa",
            "SIP/2.0/UDP 10.1.1.1:5099;branch=z9hG4bKa;received=203.0.113.66", 5099
        ),
        (
            "SIP/2.0/UDP pc.voice.test:5099;branch=z9hG4bKa",
            "SIP/2.0/UDP pc.voice.test:5099;branch=z9hG4bKa;received=203.0.113.66", 5099
        ),
        (
            "SIP/2.0/UDP 10.1.1.1;received=1.2.3.4;rport=7;branch=z9hG4bKa",
            "SIP/2.0/UDP 10.1.1.1;received=203.0.113.66;rport=5062;branch=z9hG4bKa", 5062
        ),
        (
            "SIP / 2.0 / UDP 10.1.1.1 : 5099 ; branch = z9hG4bKa ; rport",
            "SIP / 2.0 / UDP 10.1.1.1 : 5099 ; branch = z9hG4bKa ; rport=5062;received=203.0.113.66",
            5062
        ),
    ]

    @Test("received and rport are noted for the callee and the caller alike", arguments: stamps)
    func stamp(via: String, expected: String, port: UInt16) async throws {
        let site = try VirtualSite()
        let expected = expected == "=" ? via : expected
        let bob = try await site.callee("bob")
        let sender = site.host("sender", 0xCB00_7142, port: 5062)
        let listener = port == 5062 ? sender : site.host("listener", 0xCB00_7142, port: port)
        sender.send(
            sender.request("MESSAGE", "sip:bob@voice.test").with {
                $0.vias = [via, "SIP/2.0/UDP first.test"]
            })
        await site.run(for: .milliseconds(100))
        let message = try #require(bob.heard("MESSAGE").first)
        #expect(Array(message.values("Via").dropFirst()) == [expected, "SIP/2.0/UDP first.test"])
        bob.respond(200, to: message)
        await site.run(for: .milliseconds(100))
        let answer = try #require(listener.inbox.first)
        #expect(answer.status == 200)
        #expect(answer.values("Via") == [expected, "SIP/2.0/UDP first.test"])

        // The proxy's own replies have it too.
        let refused = site.host("sender", 0xCB00_7142, port: 5062)
        refused.send(
            refused.request("OPTIONS", "sip:nobody@voice.test").with { $0.vias = [via] })
        await site.run(for: .milliseconds(100))
        let heard = port == 5062 ? refused.inbox : listener.inbox
        #expect(heard.last?.status == 404)
        #expect(heard.last?.values("Via") == [expected])
        await site.settle()
    }

    @Test("two Vias in one line are told apart") func oneLine() async throws {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let sender = site.host()
        sender.send(
            sender.request("MESSAGE", "sip:bob@voice.test").with {
                $0.vias = [
                    "SIP/2.0/UDP 10.1.1.1;branch=z9hG4bKa;rport, SIP/2.0/TCP [2001:db8::9];branch=z9hG4bKb"
                ]
            })
        await site.run(for: .milliseconds(100))
        let message = try #require(bob.heard("MESSAGE").first)
        #expect(
            Array(message.values("Via").dropFirst()) == [
                "SIP/2.0/UDP 10.1.1.1;branch=z9hG4bKa;rport=5060;received=203.0.113.66",
                "SIP/2.0/TCP [2001:db8::9];branch=z9hG4bKb",
            ])
        bob.respond(200, to: message)
        await site.run(for: .milliseconds(100))
        #expect(sender.inbox.map(\.status) == [200])
        #expect(sender.inbox[0].values("Via") == Array(message.values("Via").dropFirst()))
        await site.settle()
    }

    @Test("over IPv6 received stands without brackets") func ipv6() async throws {
        let site = try VirtualSite { $0.hasIPv6 = true }
        let sender = BareHost(
            Endpoint(.udp, .v6(high: 0x2001_0DB8_0000_0000, low: 9), port: 5062),
            on: site.network, proxy: Endpoint(.udp, VirtualSite.address6, port: 5060))
        let request = sender.request("OPTIONS", "sip:nobody@voice.test").with {
            $0.vias = ["SIP/2.0/UDP [fe80::1];branch=z9hG4bKa;rport"]
        }
        let answers = await sender.ask(request)
        #expect(answers.map(\.status) == [404])
        #expect(
            answers[0].values("Via")
                == ["SIP/2.0/UDP [fe80::1];branch=z9hG4bKa;rport=5062;received=2001:db8::9"])
        await site.settle()
    }

    @Test("a caller behind a NAT whose binding moves is answered where its INVITE came from")
    func nat() async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let bob = try await site.callee("bob")
        let before = site.host("before", 0xCB00_7142, port: 40_000)
        let after = site.host("after", 0xCB00_7142, port: 40_001)
        let invite = before.request("INVITE", "sip:bob@voice.test").with {
            $0.vias = ["SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bKnat;rport"]
        }
        #expect(await before.ask(invite).map(\.status) == [100])
        #expect(await after.ask(invite).isEmpty)
        bob.respond(486, to: bob.heard("INVITE")[0])
        await site.run(for: .milliseconds(100))
        #expect(before.heard("486").count == 1)
        #expect(bob.heard("INVITE").count == 1)
        await site.settle()
    }
}
