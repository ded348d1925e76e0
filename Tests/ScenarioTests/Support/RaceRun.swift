import SIPTesting
import Testing

/// A race as it happens on a stage.
final class RaceRun {
    /// How far everybody is after an event.
    struct Moment {
        /// How much the caller has heard, and each phone.
        let heard: [Int]
        /// Whether the proxy has forgotten all of it.
        let isOver: Bool

        /// Whether all has happened that had on another stage.
        func includes(_ other: Moment) -> Bool {
            zip(heard, other.heard).allSatisfy { $0 >= $1 } && (isOver || !other.isOver)
        }
    }

    private let race: Race
    private let stage: any Stage

    init(_ race: Race, on stage: some Stage) {
        self.race = race
        self.stage = stage
    }

    /// Plays it, and checks what everybody heard.
    ///
    /// - Parameter moments: what is waited for after each event; nil: time passes as the events have it.
    @discardableResult
    func run(asIn model: [Moment]? = nil) async throws -> [Moment] {
        var phones: [BareHost] = []
        for _ in race.heard { phones.append(try await stage.newCallee("bob")) }
        let caller = try await stage.peer()
        let invite = caller.request("INVITE", "sip:bob@voice.test")
        caller.send(invite)
        try await stage.rest()
        var moments: [Moment] = []
        for event in race.events {
            try await play(event, invite, caller, phones)
            try await stage.rest()
            acknowledge(invite, caller)
            try await stage.rest()
            if let model {
                let expected = model[moments.count]
                try await stage.until("it is as far as on the virtual network") {
                    acknowledge(invite, caller)
                    return moment(caller, phones).includes(expected)
                }
            }
            moments.append(moment(caller, phones))
        }
        try await stage.rest()
        #expect(
            caller.inbox.withoutRepeatedRefusals.map(\.short) == race.caller,
            "\(stage.recorder.ladder())")
        #expect(
            phones.map { $0.inbox.firstsOfTransactions.map(\.short) } == race.heard,
            "\(stage.recorder.ladder())")
        return moments
    }

    private func play(
        _ event: Race.Event, _ invite: RequestText, _ caller: BareHost, _ phones: [BareHost]
    ) async throws {
        switch event {
        case .says(let phone, let status):
            let request = try #require(phones[phone].heard("INVITE").first)
            phones[phone].respond(
                status, to: request, tag: status == 100 ? nil : "b\(phone)",
                contact: "sip:bob@\(phones[phone].hostPort)")
        case .obeys(let phone):
            let cancel = try #require(
                phones[phone].heard("CANCEL").first, "\(stage.recorder.ladder())")
            phones[phone].respond(200, to: cancel, tag: "b\(phone)")
        case .callerCancels: caller.send(invite.hopByHop("CANCEL"))
        case .passes(let duration): await stage.pass(duration)
        }
    }

    private func moment(_ caller: BareHost, _ phones: [BareHost]) -> Moment {
        Moment(
            heard: [caller.inbox.withoutRepeatedRefusals.count]
                + phones.map(\.inbox.firstsOfTransactions.count),
            isOver: stage.transactions == 0)
    }

    /// The caller acknowledges a refusal, so that it is not repeated.
    private func acknowledge(_ invite: RequestText, _ caller: BareHost) {
        for refusal in caller.inbox.withoutRepeatedRefusals where (refusal.status ?? 0) >= 300 {
            caller.send(invite.hopByHop("ACK", to: refusal.value("To")))
        }
    }
}

extension [ReceivedMessage] {
    /// A refusal is repeated until it is acknowledged, and the test acknowledges when it gets there; a 200 is never repeated by us.
    fileprivate var withoutRepeatedRefusals: [ReceivedMessage] {
        var seen: Set<String> = []
        return filter { ($0.status ?? 0) < 300 || seen.insert($0.text).inserted }
    }
}

extension ReceivedMessage {
    /// `INVITE`, `180`, `200 CANCEL`.
    fileprivate var short: String {
        cseqMethod == "INVITE" ? method ?? "\(status ?? 0)" : kind
    }
}
