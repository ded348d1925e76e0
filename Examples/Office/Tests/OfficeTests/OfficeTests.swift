import SIPTesting
import Testing

@testable import Office

@Suite("the office") struct OfficeTests {
    let site: VirtualSite
    let boss: Phone
    let clerk: Phone

    init() async throws {
        let staff = try Staff(path: ":memory:")
        try await staff.hire("boss", extension: "100", password: "pass-boss", outside: true)
        try await staff.hire("clerk", extension: "101", password: "pass-clerk")
        var setup = VirtualSite.Setup()
        setup.domains = ["office.example"]
        setup.trustedPeers = [Self.gateway]
        site = try VirtualSite(setup, router: Office(staff: staff, phones: LocationService()))
        site.names["pstn.example"] = [Self.gateway]
        (boss, clerk) = (site.phone("boss"), site.phone("clerk"))
        for phone in [boss, clerk] {
            phone.habit = .answers(after: .seconds(1))
            phone.register()
        }
        await site.run(for: .seconds(1))
    }

    private static let gateway = IPAddress.v4(0xCB00_7101)

    @Test("colleagues call each other by extension") func extensions() async {
        let call = boss.call("sip:101@office.example")
        await site.run(for: .seconds(3))
        #expect(call.state == .answered)
        #expect(clerk.incoming?.state == .answered)
        call.hangUp()
        #expect(await site.finish().isEmpty)
    }

    @Test("who may call outside does, behind the 0") func outside() async {
        let call = boss.request("INVITE", "sip:0015551234@office.example")
        #expect(await site.route(call, by: boss) == .relay(to: ["sip:015551234@pstn.example"]))
    }

    @Test("who may not is refused") func noOutside() async {
        let call = clerk.request("INVITE", "sip:0015551234@office.example")
        #expect(await site.route(call, by: clerk) == .reply(.forbidden))
    }

    @Test("a stranger is asked who he is") func stranger() async {
        let call = site.request("INVITE", "sip:100@office.example", from: "sip:eve@office.example")
        #expect(await site.route(call) == .reply(.proxyAuthenticationRequired))
    }

    @Test("the gateway's calls ring") func incoming() async throws {
        let gateway = site.host("pstn", 0xCB00_7101)
        gateway.send(gateway.request("INVITE", "sip:100@office.example"))
        await site.run(for: .seconds(2))
        #expect(boss.incoming?.state == .answered)
    }
}
