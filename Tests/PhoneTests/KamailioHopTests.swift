import Foundation
import TestPrograms
import Testing

@Suite(
    "Kamailio beside sipd", .onOwnThread,
    .enabled(
        if: Kamailio.isInstalled && Baresip.isInstalled && PJSUA.isInstalled,
        """
        missing: apt-get install kamailio kamailio-mysql-modules baresip-core; \
        Scripts/install-wheels pjsua2-python
        """))
struct KamailioHopTests {
    /// How Kamailio is told of in Record-Route: with `lr`, or without.
    enum Routing: String, CaseIterable, Sendable { case loose, strict }

    @Test(
        "as the next hop: what belongs to the dialog goes through both, from either side",
        arguments: Routing.allCases)
    func nextHop(_ routing: Routing) throws {
        try withBoth(routing) { alice, bob, kamailio in
            try alice.call("sip:\(bob.user)@\(Self.address):\(kamailio.port)")
            try talk(alice, bob)
        }
    }

    @Test(
        "as the previous hop: what belongs to the dialog goes through both, from either side",
        arguments: Routing.allCases)
    func previousHop(_ routing: Routing) throws {
        try withBoth(routing) { alice, bob, _ in
            try bob.call(alice.address)
            try talk(bob, alice)
        }
    }

    /// Another address than the phones': it alone is trusted.
    private static let address = "127.0.0.2"

    /// Alice is a phone at sipd, Bob one at Kamailio.
    private func withBoth(
        _ routing: Routing, _ test: (any Phone, any Phone, Kamailio) throws -> Void
    ) throws {
        let configuration = try Bundle.module.path(
            forResource: "kamailio", ofType: "cfg", inDirectory: "Fixtures"
        ).orThrow("no configuration")
        try PhoneSite(["SIPD_TRUSTED_PEERS": Self.address]).run { site in
            let kamailio = try Kamailio(site.folder, configuration: configuration) { port in
                let own = "Record-Route: <sip:\(Self.address):\(port)>\\r\\n"
                return [
                    "ADDRESS=\(Self.address)", "NEXT=\"sip:127.0.0.1:\(site.sipd.port)\"",
                ] + (routing == .strict ? ["STRICT=\"\(own)\""] : [])
            }
            let alice = try PJSUA(0, at: .tls, of: site)
            let bob = try Baresip(
                1, at: .udp, of: site, domain: "other.test",
                proxy: "\(Self.address):\(kamailio.port)")
            for phone in [alice, bob] as [any Phone] { try phone.waitUntilRegistered() }
            try test(alice, bob, kamailio)
            #expect(try kamailio.stop() == .exit(0))
        }
    }

    private func talk(_ caller: any Phone, _ callee: any Phone) throws {
        try callee.waitUntilCalled()
        try caller.waitUntilItRings()
        try callee.answer()
        try caller.waitUntilTalking()
        try callee.waitUntilTalking()
        for (holder, held) in [(caller, callee), (callee, caller)] {
            try holder.hold()
            try held.waitUntilChanged(.held)
            try holder.resume()
            try held.waitUntilChanged(.resumed)
        }
        try callee.hangUp()
        try callee.waitUntilOver()
        try caller.waitUntilOver()
    }
}
