import SIPCore
import SIPProxy
import SIPTesting
import Testing

@Suite("a serial fork") struct SerialForkTests {
    @Test("rings the highest q first, the others when it has refused; equal ones together")
    func order() async throws {
        let (site, alice, bobs) = try await serial("1.0", "0.5", "0.5", "0.1")
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(rung(bobs) == [0])
        bobs[0].incoming?.refuse(486)
        await site.run(for: .seconds(1))
        #expect(rung(bobs) == [0, 1, 2])
        bobs[1].incoming?.refuse(480)
        await site.run(for: .seconds(1))
        // A group has ended when all of it has.
        #expect(rung(bobs) == [0, 1, 2])
        bobs[2].incoming?.refuse(404)
        await site.run(for: .seconds(1))
        #expect(rung(bobs) == [0, 1, 2, 3])
        #expect(call.finalStatus == nil)
        bobs[3].incoming?.answer()
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 200)
        call.hangUp()
        await site.settle()
    }

    @Test("when all have refused the best of all groups goes back") func best() async throws {
        let (site, alice, bobs) = try await serial("0.9", "0.5", "0.2")
        for (bob, status) in zip(bobs, [500, 486, 503]) { bob.habit = .refuses(status) }
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 486)
        #expect(rung(bobs) == [0, 1, 2])
        await site.settle()
    }

    @Test("a 2xx or a 6xx ends it: nobody else rings", arguments: [200, 603]) func ended(
        status: Int
    )
        async throws
    {
        let (site, alice, bobs) = try await serial("0.9", "0.5")
        bobs[0].habit = status == 200 ? .answers(after: .zero) : .refuses(status)
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(60))
        #expect(call.finalStatus == status)
        #expect(rung(bobs) == [0])
        call.hangUp()
        await site.settle()
    }

    @Test("CANCEL ends it: nobody else rings, and the caller gets 487") func cancelled()
        async throws
    {
        let (site, alice, bobs) = try await serial("0.9", "0.5")
        bobs[0].habit = .rings
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        call.cancel()
        await site.run(for: .seconds(60))
        #expect(call.finalStatus == 487)
        #expect(rung(bobs) == [0])
        await site.settle()
    }

    @Test("a CANCEL that crosses the refusal of the first phone stops the second") func crossed()
        async throws
    {
        let (site, alice, bobs) = try await serial("0.9", "0.5")
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        call.cancel()
        await site.run(for: .milliseconds(100))
        bobs[0].incoming?.refuse(486)
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 486)
        #expect(rung(bobs) == [0])
        await site.settle()
    }

    @Test("who rings for 20 s is cancelled, and the next one rings") func ringTime() async throws {
        let (site, alice, bobs) = try await serial("0.9", "0.5")
        bobs[0].habit = .rings
        bobs[1].habit = .rings
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(19_900))
        #expect(rung(bobs) == [0])
        await site.run(for: .milliseconds(200))
        #expect(rung(bobs) == [0, 1])
        await site.run(for: .seconds(1))
        #expect(bobs[0].incoming?.finalStatus == 487)
        // The last one rings until somebody gives up.
        await site.run(for: .seconds(100))
        #expect(call.state == .ringing)
        call.cancel()
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 487)
        await site.settle()
    }

    @Test("who was given up and answers nevertheless has the call; the next one is cancelled")
    func late() async throws {
        let (site, alice, bob, next) = try await byHand()
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(100))
        let invite = try #require(bob.heard("INVITE").first)
        bob.respond(180, to: invite)
        await site.run(for: .seconds(21))
        #expect(!bob.heard("CANCEL").isEmpty)
        let second = try #require(next.heard("INVITE").first)
        next.respond(180, to: second, tag: "c")
        // The caller does not hear that it rings where nobody waits any more.
        bob.respond(183, to: invite)
        bob.respond(200, to: invite, contact: "sip:bob@\(bob.hostPort)")
        await site.run(for: .seconds(1))
        #expect(call.responses.compactMap(\.status) == [407, 100, 180, 180, 200])
        #expect(!next.heard("CANCEL").isEmpty)
        next.respond(487, to: second, tag: "c")
        await site.settle()
    }

    @Test("who neither rings nor answers is asked no longer than the others, and forgotten")
    func silent() async throws {
        let (site, alice, bobs) = try await serial("0.9", "0.5")
        bobs[0].habit = .isDead
        bobs[1].habit = .answers(after: .seconds(1))
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(22))
        #expect(call.finalStatus == 200)
        call.hangUp()
        await site.settle()
    }

    @Test("who was given up and refuses then is acknowledged, also when the call has ended")
    func acknowledged() async throws {
        let (site, alice, bob, next) = try await byHand()
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(100))
        let invite = try #require(bob.heard("INVITE").first)
        bob.respond(180, to: invite)
        await site.run(for: .seconds(21))
        next.respond(603, to: try #require(next.heard("INVITE").first))
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 603)
        bob.respond(487, to: invite)
        await site.run(for: .seconds(1))
        #expect(bob.heard("ACK").count == 1)
        await site.settle()
    }

    @Test("a route sets how long each group rings, and all together") func times() async throws {
        let (site, alice, bobs) = try await serial("0.9", "0.5", "0.1") { contacts in
            .relay(to: contacts, ringing: .seconds(5), atMost: .seconds(8))
        }
        for bob in bobs { bob.habit = .rings }
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(5500))
        #expect(rung(bobs) == [0, 1])
        await site.run(for: .seconds(3))
        // Nobody refused and nobody hung up: nobody answered in time.
        #expect(call.finalStatus == 408)
        #expect(rung(bobs) == [0, 1])
        #expect(bobs[1].incoming?.finalStatus == 487)
        await site.settle()
    }

    @Test("a route lets all ring at once, whatever their q") func together() async throws {
        let (site, alice, bobs) = try await serial("0.9", "0.5", "0.1") {
            .relay(to: $0.together)
        }
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(rung(bobs) == [0, 1, 2])
        call.cancel()
        for bob in bobs { bob.incoming?.ring() }
        await site.settle()
    }

    @Test("an address that is in two groups is asked once (16.5)") func once() async throws {
        let (site, alice, bobs) = try await serial("0.9", "0.5") { .relay(to: $0.then($0)) }
        for bob in bobs { bob.habit = .refuses(480) }
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 480)
        #expect(bobs.map(\.calls.count) == [1, 1])
        await site.settle()
    }

    @Test("a branch gets a header of its own, and no line end through it") func header()
        async throws
    {
        let (site, alice, bobs) = try await serial("0.9", "0.5") { contacts in
            #expect(throws: HeaderError.self) { try contacts.with("X-Ring", "1\r\nVia: x") }
            return .relay(to: try contacts.with("X-Ring", "first").then(contacts))
        }
        _ = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(bobs[0].incoming?.received.first?.value("X-Ring") == "first")
    }

    @Test("a MESSAGE is not held up for long by a phone that says nothing") func message()
        async throws
    {
        let (site, _, bobs) = try await serial("0.9", "0.5")
        bobs[0].habit = .isDead
        let stranger = site.host()
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .seconds(6))
        #expect(stranger.inbox.last?.status == 200)
        #expect(bobs[1].requests.count == 1)
        await site.settle()
    }

    @Test("the seed rings all at once") func seed() async throws {
        let site = try VirtualSite { $0.style = .ser }
        let alice = try await site.registered("alice")[0]
        let bobs = try await register(site, ["0.9", "0.1"])
        _ = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(rung(bobs) == [0, 1])
    }

    private func rung(_ phones: [Phone]) -> [Int] {
        phones.indices.filter { !phones[$0].calls.isEmpty }
    }

    /// Alice, and phones of Bob with a q each; his calls go where the house's route, or the given one, sends them.
    private func serial(
        _ qs: String..., route: (@Sendable (Contacts) throws -> Action)? = nil
    ) async throws -> (VirtualSite, Phone, [Phone]) {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let bobs = try await register(site, qs)
        if let route {
            let location = site.location
            site.proxy.router = ClosureRouter { request in
                try route(try await request.contacts(in: location))
            }
        }
        return (site, alice, bobs)
    }

    private func register(_ site: VirtualSite, _ qs: [String]) async throws -> [Phone] {
        var bobs: [Phone] = []
        for (index, q) in qs.enumerated() {
            let bob = site.phone("bob", named: "bob\(index)")
            let answer = bob.register(contacts: ["<\(bob.contact)>;q=\(q)"])
            await site.run(for: .seconds(1))
            try #require(answer.status == 200)
            bobs.append(bob)
        }
        return bobs
    }

    /// Alice, and two hosts that are Bob, asked one after the other.
    private func byHand() async throws -> (VirtualSite, Phone, BareHost, BareHost) {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let first = site.host("first", 0xC633_64C8)
        let second = site.host("second", 0xC633_64C9)
        try await site.bind("bob", to: "sip:bob@\(first.hostPort)", q: 900)
        try await site.bind("bob", to: "sip:bob@\(second.hostPort)", q: 100)
        return (site, alice, first, second)
    }
}
