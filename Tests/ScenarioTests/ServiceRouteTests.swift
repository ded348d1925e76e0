import SIPCore
import SIPProxy
import SIPTesting
import Testing

@Suite("Service-Route (RFC 3608)") struct ServiceRouteTests {
    @Test(
        "stands in the 200 of a REGISTER, in order and with lr; none is there without the setting")
    func given() async throws {
        let site = try VirtualSite {
            $0.limits.serviceRoute = [
                Self.uri("sip:edge.voice.test;transport=tcp;lr"), Self.uri("sips:home.voice.test"),
            ].compactMap { $0 }
        }
        let alice = site.phone("alice")
        let answer = alice.register()
        await site.run(for: .seconds(1))
        #expect(answer.status == 200)
        #expect(
            answer.final?.values("Service-Route") == [
                "<sip:edge.voice.test;transport=tcp;lr>", "<sips:home.voice.test;lr>",
            ])
        let query = alice.register(expires: nil, contacts: [])
        await site.run(for: .seconds(1))
        #expect(query.final?.values("Service-Route").count == 2)

        let plain = try VirtualSite()
        let none = plain.phone("alice").register()
        await plain.run(for: .seconds(1))
        #expect(none.status == 200)
        #expect(none.final?.values("Service-Route") == [])
    }

    @Test("a phone that follows it through us is served as without it") func followed() async throws
    {
        let site = try VirtualSite()
        let phones = try await site.registered("alice", "bob")
        phones[0].ask(
            "MESSAGE", "sip:bob@voice.test", routes: ["<sip:192.0.2.1;lr>"], body: "hello")
        await site.run(for: .seconds(1))
        #expect(phones[1].requests.map(\.method) == ["MESSAGE"])
        #expect(phones[1].requests.first?.values("Route") == [])
        await site.settle()
    }

    private static func uri(_ text: String) -> SIPURI? { try? SIPURI(text) }
}
