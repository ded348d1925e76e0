import SIPAuth
import SIPCore
import SIPProxy
import SIPTransaction
import Testing

@Suite("a target that can't be reached") struct UnreachableTests {
    private let hashKey = HashKey(3, 4)
    private let phone = Endpoint(.udp, .v4(0xC633_6407), port: 5060)
    private let caller = Endpoint(.udp, .v4(0xCB00_7142), port: 5060)

    @Test("is one the branch was sent to; what is said of another place is of another time")
    func stale() throws {
        var core = try core()
        let token = try forward(&core)
        var elsewhere = phone
        elsewhere.port = 5062
        #expect(core.receive(.unreachable(elsewhere, branch: token), at: .zero).isEmpty)
        var stranger = token
        stranger.cookie ^= 1
        #expect(core.receive(.unreachable(phone, branch: stranger), at: .zero).isEmpty)
        let outputs = core.receive(.unreachable(phone, branch: token), at: .zero)
        #expect(
            outputs.contains { if case .event(.unreachable(phone)) = $0 { true } else { false } })
        guard case .failed(let search)? = outputs.last else {
            Issue.record("the route is not asked")
            return
        }
        #expect(search.best.status == .serviceUnavailable)
        let end = core.receive(.routed(search.request, .reply(with: search.best)), at: .zero)
        #expect(
            end.contains { output in
                if case .send(_, caller, _, nil) = output { true } else { false }
            })
        // Once is enough.
        #expect(core.receive(.unreachable(phone, branch: token), at: .zero).count <= 1)
    }

    /// Has a MESSAGE routed to the phone.
    private func forward(_ core: inout ProxyCore) throws -> BranchToken {
        let text = """
            MESSAGE sip:bob@198.51.100.7 SIP/2.0\r
            Via: SIP/2.0/UDP 203.0.113.66;branch=z9hG4bK1\r
            From: <sip:alice@voice.test>;tag=1\r
            To: <sip:bob@voice.test>\r
            Call-ID: 1\r
            CSeq: 1 MESSAGE\r
            Content-Length: 0\r
            \r

            """
        let (input, _) = try #require(
            Input.message(
                try SIPMessage(Array(text.utf8)), from: caller, on: 0, hashKey: hashKey,
                stripes: 1))
        guard case .route(let arrival)? = core.receive(input, at: .zero).first else {
            throw ParseError(offset: 0, expected: "a request for the route")
        }
        let request = RoutedRequest(
            arrival, site: try site(), time: UnixTime(seconds: 1), random: 1,
            effects: RouteEffects(provisional: { _, _ in }, event: { _ in }))
        let outputs = core.receive(
            .routed(request, .relay(unchecked: .anybodyToAnywhere)), at: .zero)
        for case .send(_, phone, _, let token?) in outputs { return token }
        throw ParseError(offset: 0, expected: "a copy for the phone")
    }

    private func core() throws -> ProxyCore {
        ProxyCore(site: try site(), stripe: 0, hashKey: hashKey, now: .zero)
    }

    private func site() throws -> Site {
        let address = IPAddress.v4(0xC000_0201)
        let listener = Listener(
            bound: Endpoint(.udp, address, port: 5060), advertisedHost: "192.0.2.1",
            advertisedPort: 5060)
        return Site(
            Responsibility(
                listeners: [listener], addresses: [address], domains: [try Host("voice.test")]),
            digest: try DigestAuthenticator(key: Array(1...32)),
            signature: DialogSignature(key: HashKey(1, 2)))
    }
}
