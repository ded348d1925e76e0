import SIPCore
import SIPTransaction
import Testing

@Suite("the non-INVITE server transaction") struct NonInviteServerTransactionTests {
    typealias Time = VirtualTime<NonInviteServerTransaction>
    typealias State = NonInviteServerTransaction.State

    private func state(_ state: State) -> Time {
        let time = Time(NonInviteServerTransaction(isReliable: false))
        switch state {
        case .trying: break
        case .proceeding: time.receive(.send(.trying))
        case .completed: time.receive(.send(.ok))
        case .terminated:
            time.receive(.send(.ok))
            time.receive(.timer(.j))
        }
        #expect(time.machine.state == state)
        return time
    }

    @Test("waits for its user without timers, and discards copies of the request") func start() {
        let time = state(.trying)
        #expect(time.pending.isEmpty)
        #expect(time.receive(.request) == [])
    }

    @Test("sends provisional responses, and the latest again when the request comes again")
    func provisional() {
        let time = state(.trying)
        #expect(time.receive(.send(.trying)) == .sendNew)
        #expect(time.machine.state == .proceeding)
        #expect(time.receive(.request) == .retransmitLast)
        #expect(time.receive(.send(.ringing)) == .sendNew)
        #expect(time.receive(.request) == .retransmitLast)
        #expect(time.pending.isEmpty)
    }

    @Test(
        "sends the final response, and again for each copy of the request, for 64·T1",
        arguments: [200, 302, 401, 500, 603], [false, true])
    func final(code: UInt16, afterProvisional: Bool) {
        let time = state(afterProvisional ? .proceeding : .trying)
        #expect(time.receive(.send(SIPStatus(code))) == .sendNew)
        #expect(time.machine.state == .completed)
        #expect(time.pending == [.j: 32])
        time.advance(to: .seconds(31))
        #expect(time.receive(.request) == .retransmitLast)
        time.advance(to: .seconds(100))
        #expect(time.times(of: .terminated) == [32])
    }

    @Test(
        "ends at once after the final response over a reliable transport", arguments: [false, true])
    func reliable(afterProvisional: Bool) {
        let time = Time(NonInviteServerTransaction(isReliable: true))
        if afterProvisional { time.receive(.send(.trying)) }
        #expect(time.receive(.send(.ok)) == [.sendNew, .terminated])
        #expect(time.machine.state == .terminated)
        #expect(time.pending.isEmpty)
    }

    @Test(
        "stays where it is when the transport fails, and says so",
        arguments: [State.trying, .proceeding, .completed])
    func transportError(_ from: State) {
        let time = state(from)
        let pending = time.pending
        #expect(time.receive(.transportError) == .transportFailed)
        #expect(time.machine.state == from)
        #expect(time.pending == pending)
    }

    @Test("absorbs what does not belong into its state", arguments: strays)
    func stray(_ row: Stray<NonInviteServerTransaction>) {
        state(row.state).expectNothing(of: row.events)
    }

    static let strays: [Stray<NonInviteServerTransaction>] = [
        Stray(state: .trying, events: [.request, .ack, .timer(.j), .timer(.g)]),
        Stray(state: .proceeding, events: [.ack, .timer(.j), .timer(.h)]),
        Stray(
            state: .completed,
            events: [.ack, .send(.trying), .send(.ok), .send(.busyHere), .timer(.i), .timer(.h)]),
        Stray(
            state: .terminated,
            events: [.request, .ack, .send(.ok), .timer(.j), .transportError]),
    ]
}
