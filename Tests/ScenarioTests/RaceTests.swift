import SIPCore
import SIPTesting
import SIPTransaction
import TestPrograms
import Testing

/// Who does what, when several phones ring and the caller may have enough of it, and what everybody hears of it.
struct Race: CustomTestStringConvertible, Sendable {
    enum Event: Sendable {
        /// A phone answers the INVITE.
        case says(Int, Int)
        /// A phone answers the CANCEL with 200.
        case obeys(Int)
        case callerCancels
        case passes(Duration)
    }

    let name: String
    let events: [Event]
    /// What the caller hears: the status, and `CANCEL` for answers to that; a refusal once.
    let caller: [String]
    /// What each phone hears, retransmissions left out.
    let heard: [[String]]

    init(
        _ name: String, _ events: [Event], caller: [String], phones heard: [String]
    ) {
        self.name = name
        self.events = events
        self.caller = caller
        self.heard = heard.map { $0.split(separator: " ").map(String.init) }
    }

    var testDescription: String { name }

    static let all = cancels + answers + refusals + silences
}

// MARK: - CANCEL

extension Race {
    static let cancels: [Race] = [
        Race(
            "a phone that rings is cancelled",
            [.says(0, 180), .callerCancels, .obeys(0), .says(0, 487)],
            caller: ["100", "180", "200 CANCEL", "487"], phones: ["INVITE CANCEL ACK"]),
        Race(
            "a 200 that meets the CANCEL on the way wins",
            [.says(0, 180), .callerCancels, .says(0, 200), .obeys(0)],
            caller: ["100", "180", "200 CANCEL", "200"], phones: ["INVITE CANCEL"]),
        Race(
            "a CANCEL after the 200 has no effect", [.says(0, 180), .says(0, 200), .callerCancels],
            caller: ["100", "180", "200", "200 CANCEL"], phones: ["INVITE"]),
        Race(
            "a CANCEL after a refusal has no effect", [.says(0, 486), .callerCancels],
            caller: ["100", "486", "200 CANCEL"], phones: ["INVITE ACK"]),
        Race(
            "a CANCEL before the phone said 100 waits until it says something (9.1)",
            [.callerCancels, .passes(.milliseconds(300)), .says(0, 100), .obeys(0), .says(0, 487)],
            caller: ["100", "200 CANCEL", "487"], phones: ["INVITE CANCEL ACK"]),
        Race(
            "a CANCEL before the phone said 100 is never sent when it answers",
            [.callerCancels, .says(0, 200)],
            caller: ["100", "200 CANCEL", "200"], phones: ["INVITE"]),
        Race(
            "a CANCEL before the phone said 100 is never sent when it refuses",
            [.callerCancels, .says(0, 486)],
            caller: ["100", "200 CANCEL", "486"], phones: ["INVITE ACK"]),
        Race(
            "of two phones the one that rings is cancelled, the other when it does",
            [
                .says(0, 180), .callerCancels, .obeys(0), .says(0, 487), .says(1, 180), .obeys(1),
                .says(1, 487),
            ],
            caller: ["100", "180", "200 CANCEL", "180", "487"],
            phones: ["INVITE CANCEL ACK", "INVITE CANCEL ACK"]),
        Race(
            "a 487 that comes after 64*T1 is acknowledged, and is too late: the caller has one",
            [.says(0, 180), .callerCancels, .obeys(0), .passes(.seconds(40)), .says(0, 487)],
            caller: ["100", "180", "200 CANCEL", "487"], phones: ["INVITE CANCEL ACK"]),
        Race(
            "a 200 that comes after 64*T1 finds nobody any more",
            [.says(0, 180), .callerCancels, .obeys(0), .passes(.seconds(100)), .says(0, 200)],
            caller: ["100", "180", "200 CANCEL", "487"], phones: ["INVITE CANCEL"]),
    ]
}

// MARK: - Several phones

extension Race {
    static let answers: [Race] = [
        Race(
            "the first 200 ends the search",
            [
                .says(0, 180), .says(1, 180), .says(2, 180), .says(1, 200), .obeys(0), .obeys(2),
                .says(0, 487), .says(2, 487),
            ],
            caller: ["100", "180", "180", "180", "200"],
            phones: ["INVITE CANCEL ACK", "INVITE", "INVITE CANCEL ACK"]),
        Race(
            "two that answer at once both reach the caller (16.7 step 5)",
            [.says(0, 180), .says(1, 200), .says(2, 200), .obeys(0), .says(0, 487)],
            caller: ["100", "180", "200", "200"],
            phones: ["INVITE CANCEL ACK", "INVITE", "INVITE"]),
        Race(
            "a phone that answers although it was cancelled reaches the caller",
            [.says(0, 180), .says(1, 180), .says(1, 200), .obeys(0), .says(0, 200)],
            caller: ["100", "180", "180", "200", "200"], phones: ["INVITE CANCEL", "INVITE"]),
        Race(
            "a phone that says nothing before the other answers is cancelled when it rings",
            [.says(1, 200), .says(0, 180), .obeys(0), .says(0, 487)],
            caller: ["100", "200"], phones: ["INVITE CANCEL ACK", "INVITE"]),
        Race(
            "a repeated 200 goes on each time",
            [.says(0, 200), .passes(.seconds(4)), .says(0, 200)],
            caller: ["100", "200", "200"], phones: ["INVITE"]),
        Race(
            "a repeated 200 goes nowhere when the branch is gone (RFC 6026 7.3)",
            [.says(0, 200), .passes(.seconds(40)), .says(0, 200)],
            caller: ["100", "200"], phones: ["INVITE"]),
        Race(
            "ringing after the other's 200 is kept from the caller (16.7 step 5)",
            [.says(0, 180), .says(1, 200), .says(0, 180), .obeys(0), .says(0, 487)],
            caller: ["100", "180", "200"], phones: ["INVITE CANCEL ACK", "INVITE"]),
    ]

    static let refusals: [Race] = [
        Race(
            "a 6xx ends the search, and goes back when all have ended",
            [
                .says(0, 180), .says(1, 180), .says(2, 603), .obeys(0), .obeys(1), .says(0, 487),
                .says(1, 487),
            ],
            caller: ["100", "180", "180", "603"],
            phones: ["INVITE CANCEL ACK", "INVITE CANCEL ACK", "INVITE ACK"]),
        Race(
            "after a 6xx a 200 still wins",
            [.says(0, 180), .says(1, 603), .says(0, 200), .obeys(0)],
            caller: ["100", "180", "200"], phones: ["INVITE CANCEL", "INVITE ACK"]),
        Race(
            "a 6xx after the 200 is acknowledged and kept",
            [.says(0, 180), .says(1, 200), .says(0, 603), .obeys(0)],
            caller: ["100", "180", "200"], phones: ["INVITE CANCEL ACK", "INVITE"]),
        Race(
            "a 6xx among rings and a CANCEL of the caller: the 6xx",
            [.says(0, 180), .says(1, 603), .callerCancels, .obeys(0), .says(0, 487)],
            caller: ["100", "180", "200 CANCEL", "603"],
            phones: ["INVITE CANCEL ACK", "INVITE ACK"]),
        Race(
            "a phone that is busy waits for the one that rings",
            [.says(0, 486), .says(1, 180), .passes(.seconds(20)), .says(1, 200)],
            caller: ["100", "180", "200"], phones: ["INVITE ACK", "INVITE"]),
        Race(
            "a repeated refusal is acknowledged again, and goes back once",
            [.says(0, 486), .says(0, 486)], caller: ["100", "486"], phones: ["INVITE ACK"]),
        Race(
            "a 200 after the same phone's refusal belongs to nothing",
            [.says(0, 486), .says(0, 200)],
            caller: ["100", "486"], phones: ["INVITE ACK"]),
    ]

    static let silences: [Race] = [
        Race(
            "nobody says anything: 408 (16.8)", [.passes(.seconds(33))], caller: ["100", "408"],
            phones: ["INVITE"]),
        Race(
            "one is silent, one is busy: 486 says more than 408 (16.7 step 6)",
            [.says(1, 486), .passes(.seconds(33))],
            caller: ["100", "486"], phones: ["INVITE", "INVITE ACK"]),
        Race(
            "one is silent, one does not know the user: 404",
            [.says(1, 404), .passes(.seconds(33))],
            caller: ["100", "404"], phones: ["INVITE", "INVITE ACK"]),
        Race(
            "one is silent, one is broken: the lower class, 408",
            [.says(1, 500), .passes(.seconds(33))],
            caller: ["100", "408"], phones: ["INVITE", "INVITE ACK"]),
        Race(
            "one is silent, one declines: 603 when the silence is over",
            [.says(1, 603), .passes(.seconds(33))],
            caller: ["100", "603"], phones: ["INVITE", "INVITE ACK"]),
        Race(
            "one rings for ever: cancelled by Timer C, and 487 stands for what it answers",
            [.says(0, 180), .passes(.seconds(181)), .obeys(0), .says(0, 487)],
            caller: ["100", "180", "487"], phones: ["INVITE CANCEL ACK"]),
        Race(
            "ringing again starts Timer C again (16.7 step 2)",
            [
                .says(0, 180), .passes(.seconds(100)), .says(0, 180), .passes(.seconds(100)),
                .says(0, 200),
            ],
            caller: ["100", "180", "180", "200"], phones: ["INVITE"]),
    ]
}

@Suite("forks, cancels and races") struct RaceTests {
    @Test("everybody hears what RFC 3261 16.7 and 16.10 say", arguments: Race.all)
    func race(_ race: Race) async throws {
        let site = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        try await RaceRun(race, on: site).run()
        try await site.end()
    }

    @Test("it is the same on sockets", .onOwnThread(atOnce: 8), arguments: Race.all)
    func sockets(_ race: Race) async throws {
        let model = try VirtualSite { $0.trustedPeers = [VirtualSite.peerAddress] }
        let moments = try await RaceRun(race, on: model).run()
        let site = try await SocketSite { settings in
            // Nobody has to be quick where no time passes.
            settings.timers = race.outlastsTimers ? .quick : .standard
        }
        try await RaceRun(race, on: site).run(asIn: moments)
        if race.outlastsTimers { try await site.end() } else { await site.proxy.stop() }
    }
}

extension Race {
    /// Whether some timer of RFC 3261 runs out in it.
    fileprivate var outlastsTimers: Bool {
        events.contains { if case .passes(let time) = $0 { time > .seconds(32) } else { false } }
    }
}

extension TimerValues {
    /// Timer C takes less than two hundred seconds do on sockets, and more than half of it. The others leave the phones three seconds
    /// for their answers.
    fileprivate static var quick: TimerValues {
        var values = TimerValues.forgetful
        values.c = .seconds(4)
        for timer in [\TimerValues.b, \.f, \.h] { values[keyPath: timer] = .seconds(3) }
        return values
    }
}
