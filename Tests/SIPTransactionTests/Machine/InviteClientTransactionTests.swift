import SIPCore
import SIPTransaction
import Testing

@Suite("the INVITE client transaction") struct InviteClientTransactionTests {
    typealias Time = VirtualTime<InviteClientTransaction>
    typealias State = InviteClientTransaction.State

    private func calling(reliable: Bool = false) -> Time {
        let time = Time(InviteClientTransaction(isReliable: reliable))
        time.receive(.send)
        return time
    }

    private func state(_ state: State, reliable: Bool = false) -> Time {
        let time = Time(InviteClientTransaction(isReliable: reliable))
        switch state {
        case .initial: break
        case .calling: time.receive(.send)
        case .proceeding:
            time.receive(.send)
            time.receive(.response(.ringing))
        case .completed:
            time.receive(.send)
            time.receive(.response(.busyHere))
        case .accepted:
            time.receive(.send)
            time.receive(.response(.ok))
        case .terminated:
            time.receive(.send)
            time.receive(.transportError)
        }
        #expect(time.machine.state == state)
        return time
    }

    @Test("sends the INVITE and sets timers A and B") func start() {
        let time = calling()
        #expect(time.log == [.init(0, .sendNew)])
        #expect(time.pending == [.a: 0.5, .b: 32])
    }

    @Test("sends again after 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s, and gives up after 32 s")
    func schedule() {
        let time = calling()
        time.advance(to: .seconds(100))
        #expect(time.times(of: .retransmitLast) == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5])
        #expect(time.times(of: [.timedOut, .terminated]) == [32])
        #expect(time.machine.state == .terminated)
        #expect(time.pending.isEmpty)
    }

    @Test("doubles timer A without regard to T2") func uncapped() {
        var values = TimerValues.standard
        values.b = .seconds(200)
        let time = Time(InviteClientTransaction(isReliable: false), timers: values)
        time.receive(.send)
        time.advance(to: .seconds(199))
        #expect(
            time.times(of: .retransmitLast) == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 63.5, 127.5])
    }

    @Test("does not send again over a reliable transport, but gives up after 32 s") func reliable()
    {
        let time = calling(reliable: true)
        #expect(time.pending == [.b: 32])
        time.advance(to: .seconds(100))
        #expect(time.log == [.init(0, .sendNew), .init(32, [.timedOut, .terminated])])
    }

    @Test("rings without timers once a provisional response came") func proceeding() {
        let time = calling()
        time.advance(to: .seconds(1))
        #expect(time.receive(.response(.trying)) == .passToUser)
        #expect(time.machine.state == .proceeding)
        #expect(time.pending.isEmpty)
        time.advance(to: .seconds(170))
        #expect(time.receive(.response(.ringing)) == .passToUser)
        #expect(time.times(of: .retransmitLast) == [0.5])
    }

    @Test(
        "acknowledges a final response and passes it on, ringing or not",
        arguments: [SIPStatus(300), SIPStatus(486), SIPStatus(503), SIPStatus(699)], [false, true])
    func failure(status: SIPStatus, rang: Bool) {
        let time = calling()
        if rang { time.receive(.response(.ringing)) }
        #expect(time.receive(.response(status)) == [.sendAck, .passToUser])
        #expect(time.machine.state == .completed)
        #expect(time.pending == [.d: 32])
    }

    @Test("acknowledges each copy of the final response, for 32 s, and passes none on")
    func timerD() {
        let time = calling()
        time.receive(.response(.busyHere))
        for second in 1...31 {
            time.advance(to: .seconds(second))
            #expect(time.receive(.response(.busyHere)) == .sendAck)
        }
        time.advance(to: .seconds(40))
        #expect(time.times(of: .terminated) == [32])
    }

    @Test(
        "ends at once after a final response over a reliable transport", arguments: [false, true])
    func reliableFailure(rang: Bool) {
        let time = calling(reliable: true)
        if rang { time.receive(.response(.ringing)) }
        #expect(time.receive(.response(.busyHere)) == [.sendAck, .passToUser, .terminated])
        #expect(time.machine.state == .terminated)
        #expect(time.pending.isEmpty)
    }

    @Test(
        "passes on every 2xx for 32 s and acknowledges none", arguments: [false, true],
        [false, true])
    func accepted(rang: Bool, reliable: Bool) {
        let time = calling(reliable: reliable)
        if rang { time.receive(.response(.ringing)) }
        #expect(time.receive(.response(.ok)) == .passToUser)
        #expect(time.machine.state == .accepted)
        #expect(time.pending == [.m: 32])
        time.advance(to: .seconds(31))
        #expect(time.receive(.response(.ok)) == .passToUser)
        #expect(time.receive(.response(.accepted)) == .passToUser)
        time.advance(to: .seconds(40))
        #expect(time.times(of: .terminated) == [32])
    }

    @Test("tells of a transport failure where it sends", arguments: [State.calling, .completed])
    func transportError(_ from: State) {
        let time = state(from)
        #expect(time.receive(.transportError) == [.transportFailed, .terminated])
        #expect(time.machine.state == .terminated)
        #expect(time.pending.isEmpty)
    }

    @Test("absorbs what does not belong into its state", arguments: strays)
    func stray(_ row: Stray<InviteClientTransaction>) {
        state(row.state).expectNothing(of: row.events)
    }

    static let strays: [Stray<InviteClientTransaction>] = [
        Stray(
            state: .initial,
            events: [.response(.trying), .response(.ok), .response(.busyHere), .timer(.a)]),
        Stray(state: .calling, events: [.send, .timer(.d), .timer(.m), .timer(.e), .timer(.g)]),
        Stray(
            state: .proceeding,
            events: [.send, .timer(.a), .timer(.b), .timer(.d), .transportError]),
        Stray(
            state: .completed,
            events: [
                .send, .response(.trying), .response(.ringing), .response(.ok), .timer(.a),
                .timer(.b), .timer(.m),
            ]),
        Stray(
            state: .accepted,
            events: [
                .send, .response(.ringing), .response(.busyHere), .timer(.a), .timer(.b),
                .timer(.d), .transportError,
            ]),
        Stray(
            state: .terminated,
            events: [
                .send, .response(.ringing), .response(.ok), .response(.busyHere), .timer(.b),
                .transportError,
            ]),
    ]
}
