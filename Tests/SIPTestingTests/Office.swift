import SIPProxy
import SIPTesting
import Testing

/// Two registered phones at a site with the house's route, built as a user of the library builds it.
struct Office {
    let site: VirtualSite
    let alice: Phone
    let bob: Phone

    static func open(seed: UInt64 = 1) async throws -> Office {
        let accounts = ["alice", "bob", "carol"].map {
            Subscriber(username: $0, domain: "voice.test", secret: .password("pass-\($0)"))
        }
        var setup = VirtualSite.Setup()
        setup.seed = seed
        let site = try VirtualSite(
            setup,
            router: HomeRouter(
                subscribers: FixedSubscribers(accounts), location: LocationService(epoch: 1)))
        let office = Office(site: site, alice: site.phone("alice"), bob: site.phone("bob"))
        for phone in [office.alice, office.bob] { try await office.register(phone) }
        office.bob.habit = .answers(after: .seconds(1))
        return office
    }

    func phone(_ user: String, _ habit: Phone.Habit) async throws -> Phone {
        let phone = site.phone(user)
        phone.habit = habit
        try await register(phone)
        return phone
    }

    private func register(_ phone: Phone) async throws {
        let exchange = phone.register()
        await site.run(for: .seconds(1))
        try #require(exchange.status == 200)
    }

    /// Alice calls Bob, who answers: the call as either side has it.
    func talk() async throws -> (Call, Call) {
        let call = alice.call(bob)
        await site.run(for: .seconds(2))
        try #require(call.state == .answered)
        return (call, try #require(bob.incoming))
    }

    /// Hangs up, and says whether everybody knows and nothing is left.
    func isOverAfterHangUp(_ call: Call) async -> Bool {
        call.hangUp()
        let isClean = await site.finish().isEmpty
        return isClean && call.hangUpStatus == 200
    }
}
