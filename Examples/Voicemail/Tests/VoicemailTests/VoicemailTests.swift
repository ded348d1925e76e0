import SIPTesting
import Testing

@testable import Voicemail

@Suite("voicemail") struct VoicemailTests {
    let site: VirtualSite
    let alice: Phone
    let bob: Phone
    let mailbox: Phone

    init() async throws {
        var setup = VirtualSite.Setup()
        setup.domains = ["voice.example"]
        let users = ["alice", "bob"].map {
            Subscriber(username: $0, domain: "voice.example", secret: .password("pass-\($0)"))
        }
        site = try VirtualSite(
            setup,
            router: Voicemail(
                users: FixedSubscribers(users), phones: LocationService(), server: "mail.example"))
        (alice, bob, mailbox) = (site.phone("alice"), site.phone("bob"), site.phone("mailbox"))
        site.names["mail.example"] = [mailbox.endpoint.address]
        mailbox.habit = .answers(after: .zero)
        bob.register()
        await site.run(for: .seconds(1))
    }

    @Test(
        "takes the calls of who is busy, does not answer, or is dead",
        arguments: [
            (Phone.Habit.refuses(486), "486"), (.rings, "408"), (.isDead, "408"),
        ])
    func taken(habit: Phone.Habit, cause: String) async throws {
        bob.habit = habit
        let call = alice.call(bob)
        await site.run(for: .seconds(25))
        #expect(call.state == .answered)
        let message = try #require(mailbox.incoming)
        #expect(message.state == .answered)
        #expect(
            message.received.first?.requestURI
                == "sip:mailbox@mail.example;target=sip:bob%40voice.example;cause=\(cause)")
        call.hangUp()
        #expect(await site.finish().isEmpty)
        #expect(call.hangUpStatus == 200)
    }

    @Test("takes the calls of who has no phone there") func nobody() async {
        bob.register(expires: 0)
        await site.run(for: .seconds(1))
        let call = alice.call(bob)
        await site.run(for: .seconds(1))
        #expect(call.state == .answered)
        #expect(mailbox.incoming?.received.first?.requestURI?.hasSuffix(";cause=404") == true)
    }

    @Test("takes no call that somebody answers, declines, or gives up") func notTaken() async {
        bob.habit = .answers(after: .seconds(19))
        let answered = alice.call(bob)
        await site.run(for: .seconds(30))
        #expect(bob.incoming?.state == .answered)
        answered.hangUp()
        bob.habit = .refuses(603)
        let declined = alice.call(bob)
        await site.run(for: .seconds(1))
        #expect(declined.finalStatus == 603)
        bob.habit = .rings
        let impatient = alice.call(bob)
        await site.run(for: .seconds(5))
        impatient.cancel()
        await site.run(for: .seconds(60))
        #expect(impatient.finalStatus == 487)
        #expect(mailbox.calls.isEmpty)
        #expect(await site.finish().isEmpty)
    }

    @Test("is all that a caller's spelling can reach") func spelling() async {
        let call = alice.request("INVITE", "sip:bob;maddr=192.0.2.66;cause=200@voice.example")
        #expect(
            await site.route(call, by: alice)
                == .relay(to: [
                    "sip:mailbox@mail.example;"
                        + "target=sip:bob%3Bmaddr%3D192.0.2.66%3Bcause%3D200%40voice.example;cause=404"
                ]))
    }

    @Test("that is down leaves the caller with what was wrong at first") func down() async {
        bob.habit = .refuses(486)
        mailbox.habit = .isDead
        let call = alice.call(bob)
        #expect(await site.finish().isEmpty)
        #expect(call.finalStatus == 486)
    }
}
