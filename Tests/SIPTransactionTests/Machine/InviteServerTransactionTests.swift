import SIPCore
import SIPTransaction
import Testing

@Suite("the INVITE server transaction") struct InviteServerTransactionTests {
    typealias Time = VirtualTime<InviteServerTransaction>
    typealias State = InviteServerTransaction.State

    private func state(_ state: State, reliable: Bool = false) -> Time {
        let time = Time(InviteServerTransaction(isReliable: reliable))
        switch state {
        case .proceeding: break
        case .completed: time.receive(.send(.busyHere))
        case .confirmed:
            time.receive(.send(.busyHere))
            time.receive(.ack)
        case .accepted: time.receive(.send(.ok))
        case .terminated:
            time.receive(.send(.ok))
            time.receive(.timer(.l))
        }
        #expect(time.machine.state == state)
        return time
    }

    @Test("waits for its user without timers, and absorbs the INVITE until there is a response")
    func start() {
        let time = state(.proceeding)
        #expect(time.pending.isEmpty)
        #expect(time.receive(.request) == [])
    }

    @Test("sends provisional responses, and the latest again when the INVITE comes again")
    func provisional() {
        let time = state(.proceeding)
        #expect(time.receive(.send(.trying)) == .sendNew)
        #expect(time.receive(.request) == .retransmitLast)
        #expect(time.receive(.send(.ringing)) == .sendNew)
        #expect(time.receive(.request) == .retransmitLast)
        #expect(time.machine.state == .proceeding)
        #expect(time.pending.isEmpty)
    }

    @Test("sends a final response and sets timers G and H", arguments: [300, 404, 486, 503, 699])
    func final(code: UInt16) {
        let time = state(.proceeding)
        #expect(time.receive(.send(SIPStatus(code))) == .sendNew)
        #expect(time.machine.state == .completed)
        #expect(time.pending == [.g: 0.5, .h: 32])
    }

    @Test("sends the final response again with intervals that double up to T2, until H at 32 s")
    func schedule() {
        let time = state(.completed)
        time.advance(to: .seconds(100))
        #expect(
            time.times(of: .retransmitLast) == [
                0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5,
            ])
        #expect(time.times(of: [.timedOut, .terminated]) == [32])
        #expect(time.machine.state == .terminated)
        #expect(time.pending.isEmpty)
    }

    @Test("does not repeat the response by itself over a reliable transport") func reliable() {
        let time = state(.completed, reliable: true)
        #expect(time.pending == [.h: 32])
        time.advance(to: .seconds(100))
        #expect(time.log == [.init(0, .sendNew), .init(32, [.timedOut, .terminated])])
    }

    @Test("sends the final response again when the INVITE comes again") func again() {
        let time = state(.completed)
        #expect(time.receive(.request) == .retransmitLast)
        #expect(time.pending == [.g: 0.5, .h: 32])
    }

    @Test("is confirmed by the ACK, and absorbs its copies for T4") func confirmed() {
        let time = state(.completed)
        time.advance(to: .seconds(1))
        #expect(time.receive(.ack) == [])
        #expect(time.machine.state == .confirmed)
        #expect(time.pending == [.i: 6])
        time.advance(to: .seconds(3))
        #expect(time.receive(.ack) == [])
        time.advance(to: .seconds(100))
        #expect(time.times(of: .retransmitLast) == [0.5])
        #expect(time.times(of: .terminated) == [6])
    }

    @Test("ends at once with the ACK over a reliable transport") func reliableAck() {
        let time = state(.completed, reliable: true)
        #expect(time.receive(.ack) == .terminated)
        #expect(time.machine.state == .terminated)
        #expect(time.pending.isEmpty)
    }

    @Test("absorbs copies of an accepted INVITE for 64·T1", arguments: [false, true])
    func accepted(reliable: Bool) {
        let time = Time(InviteServerTransaction(isReliable: reliable))
        #expect(time.receive(.send(.ok)) == .sendNew)
        #expect(time.machine.state == .accepted)
        #expect(time.pending == [.l: 32])
        time.advance(to: .seconds(31))
        #expect(time.receive(.request) == [])
        time.advance(to: .seconds(100))
        #expect(time.times(of: .terminated) == [32])
        // The transaction never sends a 2xx by itself.
        #expect(time.times(of: .retransmitLast) == [])
    }

    @Test("passes on every ACK while accepted, and sends every 2xx") func acceptedAck() {
        let time = state(.accepted)
        #expect(time.receive(.ack) == .passToUser)
        #expect(time.receive(.send(.ok)) == .sendNew)
        #expect(time.receive(.ack) == .passToUser)
        #expect(time.pending == [.l: 32])
    }

    @Test(
        "stays where it is when the transport fails, and says so",
        arguments: [State.proceeding, .completed, .accepted])
    func transportError(_ from: State) {
        let time = state(from)
        let pending = time.pending
        #expect(time.receive(.transportError) == .transportFailed)
        #expect(time.machine.state == from)
        #expect(time.pending == pending)
    }

    @Test("absorbs what does not belong into its state", arguments: strays)
    func stray(_ row: Stray<InviteServerTransaction>) {
        state(row.state).expectNothing(of: row.events)
    }

    static let strays: [Stray<InviteServerTransaction>] = [
        Stray(state: .proceeding, events: [.ack, .request, .timer(.g), .timer(.h), .timer(.l)]),
        Stray(
            state: .completed,
            events: [
                .send(.trying), .send(.ok), .send(.busyHere), .timer(.i), .timer(.l), .timer(.a),
            ]),
        Stray(
            state: .confirmed,
            events: [
                .request, .ack, .send(.ringing), .send(.ok), .send(.busyHere), .timer(.g),
                .timer(.h), .timer(.l), .transportError,
            ]),
        Stray(
            state: .accepted,
            events: [
                .request, .send(.ringing), .send(.busyHere), .timer(.g), .timer(.h), .timer(.i),
            ]),
        Stray(
            state: .terminated,
            events: [.request, .ack, .send(.ok), .send(.busyHere), .timer(.l), .transportError]),
    ]
}
