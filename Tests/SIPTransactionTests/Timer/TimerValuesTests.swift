import SIPCore
import SIPTransaction
import Testing

@Suite("the timer values") struct TimerValuesTests {
    struct Row: Sendable {
        let timer: TransactionTimer
        let unreliable: Duration?
        let reliable: Duration?
    }

    @Test(
        "are those of RFC 3261 table 4 and RFC 6026 8.11",
        arguments: [
            Row(timer: .a, unreliable: .milliseconds(500), reliable: nil),
            Row(timer: .b, unreliable: .seconds(32), reliable: .seconds(32)),
            Row(timer: .d, unreliable: .seconds(32), reliable: .zero),
            Row(timer: .e, unreliable: .milliseconds(500), reliable: nil),
            Row(timer: .f, unreliable: .seconds(32), reliable: .seconds(32)),
            Row(timer: .g, unreliable: .milliseconds(500), reliable: nil),
            Row(timer: .h, unreliable: .seconds(32), reliable: .seconds(32)),
            Row(timer: .i, unreliable: .seconds(5), reliable: .zero),
            Row(timer: .j, unreliable: .seconds(32), reliable: .zero),
            Row(timer: .k, unreliable: .seconds(5), reliable: .zero),
            Row(timer: .l, unreliable: .seconds(32), reliable: .seconds(32)),
            Row(timer: .m, unreliable: .seconds(32), reliable: .seconds(32)),
        ])
    func table(_ row: Row) {
        let values = TimerValues.standard
        #expect(values.duration(of: row.timer, isReliable: false) == row.unreliable)
        #expect(values.duration(of: row.timer, isReliable: true) == row.reliable)
    }

    @Test("give timer C more than three minutes") func timerC() {
        #expect(TimerValues.standard.c > .seconds(180))
    }

    @Test("follow from T1, T2 and T4") func computed() {
        let values = TimerValues(t1: .seconds(1), t2: .seconds(8), t4: .seconds(10))
        let whole = Duration.seconds(64)
        #expect(
            [values.b, values.f, values.h, values.j, values.l, values.m].allSatisfy { $0 == whole })
        #expect([values.i, values.k] == [.seconds(10), .seconds(10)])
        #expect(values.d == whole)
    }

    @Test("keep timer D at 32 s when T1 is short") func timerD() {
        #expect(TimerValues(t1: .milliseconds(10)).d == .seconds(32))
    }

    @Test("are settings, each for itself") func settings() {
        var values = TimerValues.standard
        values.j = .seconds(7)
        #expect(values.duration(of: .j, isReliable: false) == .seconds(7))
        #expect(values.duration(of: .h, isReliable: false) == .seconds(32))
    }

    @Test(
        "say when a client's timer E is at T2",
        arguments: [(500, 3_500), (4_000, 0), (3_999, 3_999)])
    func timerEAtT2(t1: Int, expected: Int) {
        #expect(
            TimerValues(t1: .milliseconds(t1)).untilTimerEReachesT2 == .milliseconds(expected))
        #expect(TimerValues(t1: .zero).untilTimerEReachesT2 < .seconds(70))
    }

    @Test("never let a request be sent without a pause") func zero() {
        let values = TimerValues(t1: .zero, t2: .zero, t4: .zero)
        #expect(values.duration(of: .a, isReliable: false) == .milliseconds(1))
        var client = NonInviteClientTransaction(isReliable: false)
        _ = client.receive(.send, timers: values)
        _ = client.receive(.response(.trying), timers: values)
        let again = client.receive(.timer(.e), timers: values)
        #expect(again.armed.first?.after == .milliseconds(1))
    }
}
