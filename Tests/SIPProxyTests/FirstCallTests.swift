import SIPAuth
import SIPCore
import SIPLocation
import SIPProxy
import SIPTransaction
import Testing

@Suite("a first call") struct FirstCallTests {
    @Test("an INVITE is forwarded, answered and acknowledged") func call() async throws {
        let listener = Listener(
            bound: Endpoint(.udp, .v4(0x7F00_0001), port: 5060), advertisedHost: "127.0.0.1",
            advertisedPort: 5060)
        let site = Site(
            listeners: [listener], addresses: [.v4(0x7F00_0001)],
            domains: [try Host("voice.test")],
            digest: try DigestAuthenticator(key: Array(repeating: 1, count: 32)),
            signature: DialogSignature(key: HashKey(1, 2)))
        let hashKey = HashKey(3, 4)
        var core = ProxyCore(site: site, stripe: 0, hashKey: hashKey, now: .zero)
        let text = """
            INVITE sip:bob@127.0.0.1:5090 SIP/2.0\r
            Via: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bK1;rport\r
            From: <sip:alice@voice.test>;tag=1\r
            To: <sip:bob@voice.test>\r
            Call-ID: 1\r
            CSeq: 1 INVITE\r
            Contact: <sip:alice@127.0.0.1:5080>\r
            Content-Length: 0\r
            \r

            """
        let message = try SIPMessage(Array(text.utf8))
        let source = Endpoint(.udp, .v4(0x7F00_0001), port: 5080)
        let (input, _) = try #require(
            Input.message(message, from: source, on: 0, hashKey: hashKey, stripes: 1))
        let outputs = core.receive(input, at: .zero)
        for output in outputs {
            if case .route(let arrival) = output {
                let request = RoutedRequest(
                    arrival, site: site, time: UnixTime(seconds: 1), random: 1,
                    effects: RouteEffects(provisional: { _, _ in }, event: { _ in }))
                for output in core.receive(
                    .routed(request, .relay(unchecked: .anybodyToAnywhere)), at: .zero)
                {
                    if case .send(let bytes, let to, _, _) = output {
                        print(to)
                        print(String(decoding: bytes, as: UTF8.self))
                    }
                }
            }
        }
        #expect(core.sessionCount == 1)
    }
}
