import SIPAuth
import SIPCore
import SIPLocation
import SIPProxy
import SIPTesting

/// Simulated calls on a network that loses a tenth, doubles a tenth, and holds up a tenth: phones, network, proxy, and all timers.
///
/// An operation is a call with its challenge, answer and end: what a test of somebody's route pays for one.
struct StormBenchmark: Benchmark {
    private static let users = 100
    private var site: VirtualSite?

    mutating func prepare(_ stage: Int, pass: Int) async throws {
        var dice = Numbers(seed: UInt64(pass + 1))
        var setup = VirtualSite.Setup()
        setup.seed = dice.next()
        let accounts = (0..<Self.users).map { index in
            Subscriber(
                username: "user\(index)", domain: setup.domains[0],
                secret: .password("pass-user\(index)"))
        }
        let site = try VirtualSite(
            setup,
            router: HomeRouter(
                subscribers: FixedSubscribers(accounts), location: LocationService()))
        site.recorder.isRecording = false
        let phones = (0..<Self.users).map { site.phone("user\($0)") }
        for phone in phones {
            phone.register(expires: 7200)
            phone.habit = .answers(after: .milliseconds(dice.next(8_000)))
        }
        await site.run(for: .seconds(2))
        site.network.conditions = .bad(0.1)
        for _ in 0..<Inputs.count {
            let caller = dice.next(Self.users)
            let callee = (caller + 1 + dice.next(Self.users - 1)) % Self.users
            let talk = Duration.milliseconds(10_000 + dice.next(60_000))
            site.clock.after(.milliseconds(dice.next(300_000))) {
                let call = phones[caller].call(phones[callee])
                site.clock.after(talk) { call.hangUp() }
            }
        }
        self.site = site
    }

    mutating func run(_ stage: Int) async throws {
        guard let left = await site?.finish(), left.isEmpty else {
            throw Unexpected("something is left")
        }
    }
}
