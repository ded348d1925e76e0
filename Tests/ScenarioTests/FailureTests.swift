import SIPCore
import SIPProxy
import SIPTesting
import Synchronization
import Testing

@Suite("a request that nobody took") struct FailureTests {
    /// What Bob's phone does, and who has the call then.
    static let ends: [(Phone.Habit, status: Int, takesMessage: Bool)] = [
        (.refuses(486), 200, true), (.isDead, 200, true), (.rings, 200, true),
        (.refuses(603), 603, false), (.refuses(404), 404, false),
        (.answers(after: .seconds(1)), 200, false),
    ]

    @Test("goes to voicemail on 486 and 408", arguments: ends)
    func voicemail(habit: Phone.Habit, status: Int, takesMessage: Bool) async throws {
        let (site, alice, bob, mailbox) = try await site(Voicemail.init)
        bob.habit = habit
        mailbox.habit = .answers(after: .zero)
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(40))
        #expect(call.finalStatus == status)
        #expect(mailbox.calls.count == (takesMessage ? 1 : 0))
        if let message = mailbox.incoming?.received.first, takesMessage {
            #expect(message.value("X-Called") == "bob")
        }
        call.hangUp()
        await site.settle()
    }

    @Test("has the best of all relays for its end, not of the last one") func bestOfAll()
        async throws
    {
        let (site, alice, bob, mailbox) = try await site(Voicemail.init)
        bob.habit = .refuses(486)
        mailbox.habit = .refuses(500)
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 486)
        #expect(mailbox.calls.count == 1)
        await site.settle()
    }

    @Test("goes to the next gateway on 503") func gateways() async throws {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let gateways = [site.host("one", 0xC612_0001), site.host("two", 0xC612_0002)]
        site.proxy.router = ClosureRouter { request in
            request.attachment = ["sip:900@198.18.0.2"]
            return try .relay(
                to: .foreign(URI("sip:900@198.18.0.1"), unchecked: .anybodyToThisAddress))
        } failed: { request, best in
            guard best.status == .serviceUnavailable,
                var rest = request.attachment as? [String], let next = rest.popLast()
            else { return .reply(with: best) }
            request.attachment = rest
            return try .relay(to: .foreign(URI(next), unchecked: .anybodyToThisAddress))
        }
        let call = alice.call("sip:900@voice.test")
        await site.run(for: .milliseconds(100))
        gateways[0].respond(503, to: try #require(gateways[0].heard("INVITE").first))
        await site.run(for: .milliseconds(100))
        gateways[1].respond(503, to: try #require(gateways[1].heard("INVITE").first))
        await site.run(for: .milliseconds(100))
        // What was attached is used up; and a 503 is not passed on (16.7 step 6).
        #expect(call.finalStatus == 500)
        await site.settle()
    }

    @Test("is the route's no more after a CANCEL", arguments: [false, true])
    func cancelled(holds: Bool) async throws {
        let (site, alice, bob, mailbox) = try await site(Voicemail.init)
        bob.habit = .rings
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        site.proxy.holdsRoutes = holds
        if holds {
            // While the route is still thinking about the refusal.
            bob.incoming?.refuse(486)
            await site.run(for: .milliseconds(100))
            call.cancel()
            await site.run(for: .milliseconds(100))
            #expect(call.finalStatus == 487)
            await site.proxy.releaseRoutes()
        } else {
            call.cancel()
        }
        await site.run(for: .seconds(60))
        #expect(call.finalStatus == 487)
        #expect(mailbox.calls.isEmpty)
        await site.settle()
    }

    @Test("whose route never decides is answered 500, while the caller still listens")
    func never() async throws {
        let (site, alice, bob, _) = try await site(Voicemail.init)
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(100))
        site.proxy.holdsRoutes = true
        bob.incoming?.refuse(486)
        await site.run(for: .seconds(31))
        #expect(call.finalStatus == 500)
        #expect(call.responses.last?.value("Retry-After") == "5")
        await site.settle()
    }

    @Test("ends, also when the route sends it somewhere else for ever") func bounded() async throws
    {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        let asked = Mutex(0)
        site.proxy.router = ClosureRouter { _ in
            try .relay(to: .foreign(URI("sip:0@198.51.100.99"), unchecked: .anybodyToThisAddress))
        } failed: { _, best in
            asked.withLock { $0 += 1 }
            let next = try URI("sip:\(best.attempts)@198.51.100.99")
            return .relay(
                to: .foreign(next, unchecked: .anybodyToThisAddress), ringing: .seconds(1))
        }
        let call = alice.call("sip:900@voice.test")
        await site.run(for: .seconds(60))
        #expect(call.finalStatus == 408)
        #expect(asked.withLock { $0 } == 15)
        await site.settle()
    }

    @Test("with a To-tag ends as well, whatever the route says to it") func tagged() async throws {
        let site = try VirtualSite()
        let asked = Mutex(0)
        site.proxy.router = ClosureRouter { _ in
            let phones = try ["1", "2"].map {
                try Contacts.foreign(
                    URI("sip:\($0)@198.51.100.99"), unchecked: .anybodyToThisAddress)
            }
            return .relay(to: phones[0].then(phones[1]))
        } failed: { _, best in
            asked.withLock { $0 += 1 }
            let next = try URI("sip:x\(best.attempts)@198.51.100.99")
            return .relay(to: .foreign(next, unchecked: .anybodyToThisAddress))
        }
        let stranger = site.host()
        stranger.send(
            stranger.request("MESSAGE", "sip:900@voice.test", to: "<sip:900@voice.test>;tag=1"))
        await site.settle()
        #expect(asked.withLock { $0 } <= 15)
    }

    @Test("is none inside of a dialog") func dialog() async throws {
        let (site, alice, bob, mailbox) = try await site(Voicemail.init)
        bob.habit = .answers(after: .zero)
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        bob.habit = .isDead
        call.hangUp()
        await site.run(for: .seconds(60))
        #expect(call.hangUpStatus == 408)
        #expect(mailbox.calls.isEmpty)
        await site.settle()
    }

    @Test("is answered by what the route throws, with its headers") func thrown() async throws {
        let (site, alice, bob, _) = try await site { location in
            ClosureRouter { request in
                .relay(to: try await request.contacts(in: location))
            } failed: { _, _ in
                throw try Rejection(.temporarilyUnavailable, "Gone").with("Retry-After", "60")
            }
        }
        bob.habit = .refuses(486)
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .seconds(1))
        #expect(call.finalStatus == 480)
        #expect(call.responses.last?.value("Retry-After") == "60")
        await site.settle()
    }

    /// Alice, Bob, and Carol, whose phone takes messages.
    private func site(
        _ router: (LocationService) -> any Router
    ) async throws -> (VirtualSite, Phone, Phone, Phone) {
        let site = try VirtualSite()
        let phones = try await site.registered("alice", "bob", "carol")
        site.proxy.router = router(site.location)
        return (site, phones[0], phones[1], phones[2])
    }

    /// What carol takes when somebody is busy or not there.
    private struct Voicemail: Router {
        let location: LocationService

        func route(_ request: inout RoutedRequest) async throws -> Action {
            if request.to.tag != nil { return .relay(unchecked: .anybodyToAnywhere) }
            request.attachment = String(request.to.uri.sip?.user ?? "")
            return .relay(to: try await request.contacts(in: location), ringing: .seconds(5))
        }

        func failed(
            _ request: inout RoutedRequest, with best: BestResponse
        ) async throws -> Action {
            guard best.attempts == 1, [.busyHere, .requestTimeout].contains(best.status) else {
                return .reply(with: best)
            }
            let mailbox = try await request.contacts(of: URI("sip:carol@voice.test"), in: location)
            let called = request.attachment as? String ?? ""
            return .relay(to: try mailbox.with("X-Called", called))
        }
    }
}
