import SIPCore
import SIPTransaction
import Testing

@Suite("the non-INVITE client transaction") struct NonInviteClientTransactionTests {
    typealias Time = VirtualTime<NonInviteClientTransaction>
    typealias State = NonInviteClientTransaction.State

    private func trying(reliable: Bool = false) -> Time {
        let time = Time(NonInviteClientTransaction(isReliable: reliable))
        time.receive(.send)
        return time
    }

    private func state(_ state: State) -> Time {
        let time = Time(NonInviteClientTransaction(isReliable: false))
        if state != .initial { time.receive(.send) }
        switch state {
        case .initial, .trying: break
        case .proceeding: time.receive(.response(.trying))
        case .completed: time.receive(.response(.ok))
        case .terminated: time.receive(.transportError)
        }
        #expect(time.machine.state == state)
        return time
    }

    @Test("sends the request and sets timers E and F") func start() {
        let time = trying()
        #expect(time.log == [.init(0, .sendNew)])
        #expect(time.pending == [.e: 0.5, .f: 32])
    }

    @Test("sends again with intervals that double up to T2, and gives up after 32 s")
    func schedule() {
        let time = trying()
        time.advance(to: .seconds(100))
        #expect(
            time.times(of: .retransmitLast) == [
                0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5,
            ])
        #expect(time.times(of: [.timedOut, .terminated]) == [32])
        #expect(time.machine.state == .terminated)
        #expect(time.pending.isEmpty)
    }

    @Test("sends again every T2 after a provisional response, and still gives up after 32 s")
    func proceeding() {
        let time = trying()
        time.advance(to: .seconds(1))
        #expect(time.receive(.response(.trying)) == .passToUser)
        #expect(time.machine.state == .proceeding)
        time.advance(to: .seconds(2))
        #expect(time.receive(.response(.ringing)) == .passToUser)
        time.advance(to: .seconds(100))
        // Timer E runs on from "Trying" once, and is set to T2 from then.
        #expect(
            time.times(of: .retransmitLast) == [0.5, 1.5, 5.5, 9.5, 13.5, 17.5, 21.5, 25.5, 29.5])
        #expect(time.times(of: [.timedOut, .terminated]) == [32])
    }

    @Test(
        "does not send again over a reliable transport, but gives up after 32 s",
        arguments: [false, true])
    func reliable(answered: Bool) {
        let time = trying(reliable: true)
        if answered { time.receive(.response(.trying)) }
        #expect(time.pending == [.f: 32])
        time.advance(to: .seconds(100))
        #expect(time.times(of: .retransmitLast) == [])
        #expect(time.times(of: [.timedOut, .terminated]) == [32])
    }

    @Test(
        "passes the final response on and absorbs its copies for T4",
        arguments: [SIPStatus(200), SIPStatus(302), SIPStatus(404), SIPStatus(600)], [false, true])
    func final(status: SIPStatus, afterProvisional: Bool) {
        let time = trying()
        if afterProvisional { time.receive(.response(.trying)) }
        #expect(time.receive(.response(status)) == .passToUser)
        #expect(time.machine.state == .completed)
        #expect(time.pending == [.k: 5])
        time.advance(to: .seconds(4))
        #expect(time.receive(.response(status)) == [])
        time.advance(to: .seconds(10))
        #expect(time.times(of: .terminated) == [5])
    }

    @Test(
        "ends at once after a final response over a reliable transport", arguments: [false, true])
    func reliableFinal(afterProvisional: Bool) {
        let time = trying(reliable: true)
        if afterProvisional { time.receive(.response(.trying)) }
        #expect(time.receive(.response(.ok)) == [.passToUser, .terminated])
        #expect(time.pending.isEmpty)
    }

    @Test("tells of a transport failure", arguments: [State.trying, .proceeding])
    func transportError(_ from: State) {
        let time = state(from)
        #expect(time.receive(.transportError) == [.transportFailed, .terminated])
        #expect(time.pending.isEmpty)
    }

    @Test("absorbs what does not belong into its state", arguments: strays)
    func stray(_ row: Stray<NonInviteClientTransaction>) {
        state(row.state).expectNothing(of: row.events)
    }

    static let strays: [Stray<NonInviteClientTransaction>] = [
        Stray(
            state: .initial, events: [.response(.trying), .response(.ok), .timer(.e), .timer(.f)]),
        Stray(state: .trying, events: [.send, .timer(.k), .timer(.a), .timer(.b)]),
        Stray(state: .proceeding, events: [.send, .timer(.k), .timer(.a)]),
        Stray(
            state: .completed,
            events: [
                .send, .response(.trying), .response(.ok), .response(.busyHere), .timer(.e),
                .timer(.f), .transportError,
            ]),
        Stray(
            state: .terminated,
            events: [.send, .response(.ok), .timer(.e), .timer(.f), .timer(.k), .transportError]),
    ]
}
