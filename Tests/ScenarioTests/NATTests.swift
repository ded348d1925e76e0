import SIPCore
import SIPLocation
import SIPTesting
import Testing

@Suite("a phone behind a NAT") struct NATTests {
    private func stored(_ site: VirtualSite, _ user: String) -> Binding? {
        site.location.current(
            of: AddressOfRecord(user: ByteSlice(user), host: "voice.test"), at: site.clock.unixTime
        ).first
    }

    @Test("is registered where it was seen, from the socket that it used; its Contact stays")
    func registered() async throws {
        let site = try VirtualSite()
        let nat = site.nat()
        let bob = site.phone("bob", behind: nat)
        let answer = bob.register()
        await site.run(for: .seconds(1))
        #expect(answer.final?.values("Contact") == ["<\(bob.contact)>;expires=3600"])
        let binding = try #require(stored(site, "bob"))
        #expect(binding.received == nat.mapping(of: bob.endpoint))
        #expect(binding.received?.address == nat.address)
        #expect(binding.localSocket == site.proxyEndpoint)
    }

    @Test("that is none, and a contact elsewhere, are registered as they say")
    func elsewhere() async throws {
        let site = try VirtualSite()
        let bob = site.phone("bob")
        bob.register(contacts: ["<sip:bob@203.0.113.9:5070>", "<sip:bob@198.51.100.1:5999>"])
        await site.run(for: .seconds(1))
        #expect(stored(site, "bob")?.received == nil)
        let carol = site.phone("carol", behind: site.nat())
        carol.register(contacts: ["<sip:carol@203.0.113.9:5070>"])
        await site.run(for: .seconds(1))
        #expect(stored(site, "carol")?.uri == "sip:carol@203.0.113.9:5070")
        #expect(stored(site, "carol")?.received == nil)
    }

    /// Who of the two is behind a NAT, and whether they are behind the same.
    enum Side: CaseIterable { case caller, callee, both, bothBehindOne }

    private func phones(_ site: VirtualSite, _ side: Side) async throws -> (Phone, Phone) {
        let first = site.nat()
        let second = side == .bothBehindOne ? first : site.nat()
        let alice = side == .callee ? site.phone("alice") : site.phone("alice", behind: first)
        let bob = side == .caller ? site.phone("bob") : site.phone("bob", behind: second)
        let answers = [alice.register(), bob.register()]
        await site.run(for: .seconds(1))
        #expect(answers.map(\.status) == [200, 200])
        bob.habit = .answers(after: .seconds(1))
        return (alice, bob)
    }

    @Test(
        "calls, is called, held and hung up on by either side", arguments: Side.allCases,
        [true, false])
    func call(side: Side, endsWithCaller: Bool) async throws {
        let site = try VirtualSite()
        let (alice, bob) = try await phones(site, side)
        let call = alice.call(bob)
        await site.run(for: .seconds(3))
        #expect(call.state == .answered)
        let incoming = try #require(bob.incoming)
        #expect(incoming.isAcknowledged)
        incoming.hold()
        await site.run(for: .seconds(1))
        #expect(incoming.holdStatus == 200)
        incoming.resume()
        await site.run(for: .seconds(1))
        call.hold()
        await site.run(for: .seconds(1))
        #expect(call.holdStatus == 200)
        let (first, last) = endsWithCaller ? (call, incoming) : (incoming, call)
        first.hangUp()
        await site.run(for: .seconds(1))
        #expect(first.hangUpStatus == 200)
        #expect(last.state == .ended)
        await site.settle()
    }

    @Test("gives the other side an address that leads to it, and the rest of its Contact as it was")
    func contacts() async throws {
        let site = try VirtualSite()
        let (home, office) = (site.nat(), site.nat())
        let (alice, bob) = (site.phone("alice", behind: home), site.phone("bob", behind: office))
        alice.register()
        bob.register()
        await site.run(for: .seconds(1))
        bob.habit = .answers(after: .seconds(1))
        let call = alice.call(bob)
        await site.run(for: .seconds(3))
        let first = try #require(home.mapping(of: alice.endpoint))
        let second = try #require(office.mapping(of: bob.endpoint))
        #expect(bob.incoming?.dialog?.remoteTarget == "sip:alice@203.0.113.200:\(first.port)")
        #expect(call.dialog?.remoteTarget == "sip:bob@203.0.113.201:\(second.port)")
    }

    @Test("is not reached inside of a dialog when Contacts are left alone") func leftAlone()
        async throws
    {
        let site = try VirtualSite { $0.limits.fixesContacts = false }
        let (alice, bob) = try await phones(site, .caller)
        let call = alice.call(bob)
        await site.run(for: .seconds(3))
        #expect(bob.incoming?.dialog?.remoteTarget == alice.contact)
        bob.incoming?.hangUp()
        await site.run(for: .seconds(40))
        #expect(call.state == .answered)
    }

    @Test("is asked from the address of ours that it knows, wherever the other side came in")
    func severalAddresses() async throws {
        let second = IPAddress.v4(0xC000_0202)
        let site = try VirtualSite {
            $0.furtherAddresses = [second]
            $0.trustedPeers = [VirtualSite.peerAddress]
        }
        let nat = site.nat()
        let bob = site.phone("bob", behind: nat)
        bob.register()
        await site.run(for: .seconds(1))
        bob.habit = .answers(after: .seconds(1))
        let peer = try await site.peer()
        let proxy = Endpoint(.udp, second, port: 5060)
        let invite = peer.request("INVITE", "sip:bob@voice.test")
        peer.send(invite.text, to: proxy)
        await site.run(for: .seconds(3))
        let answer = try #require(peer.heard("200").last)
        let target = try #require(answer.contact)
        #expect(target.contains("@203.0.113.200:"))
        let bye = peer.request("BYE", target).with {
            $0.callID = invite.callID
            $0.from = invite.from
            $0.to = answer.value("To") ?? ""
            $0.routes = answer.values("Record-Route").reversed()
            $0.cseq = 2
        }
        peer.send(bye.text, to: proxy)
        await site.run(for: .seconds(1))
        #expect(bob.incoming?.state == .ended)
        #expect(nat.refused == 0)
    }

    @Test("of a redirected call keeps the Contact that the 302 names") func redirected()
        async throws
    {
        let site = try VirtualSite()
        let (alice, _) = try await phones(site, .caller)
        let moved = site.host("moved", 0xC633_64C8)
        try await site.bind("carol", to: "sip:carol@\(moved.hostPort)")
        let call = alice.call("sip:carol@voice.test")
        await site.run(for: .seconds(1))
        moved.respond(
            302, to: try #require(moved.heard("INVITE").first), contact: "sip:c@10.9.9.9:5060")
        await site.run(for: .seconds(1))
        #expect(call.responses.last?.contact == "sip:c@10.9.9.9:5060")
    }
}
