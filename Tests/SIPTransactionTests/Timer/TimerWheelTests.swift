import SIPCore
import SIPTransaction
import Testing

@Suite("the timer wheel") struct TimerWheelTests {
    private func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: milliseconds * 1_000_000)
    }

    @Test("fires nothing early, and everything within 10 ms") func onTime() {
        for deadline in Int64(1)...200 {
            let wheel = Wheel(now: at(0))
            _ = wheel.arm(at: at(deadline), id: 7, .a)
            #expect(wheel.fired(until: at(deadline - 1)) == [])
            #expect(wheel.fired(until: at(deadline + 10)) == [7])
        }
    }

    @Test("fires a timer whose deadline has passed as soon as asked") func past() {
        let wheel = Wheel(now: at(1_000))
        _ = wheel.arm(at: at(10), id: 1, .a)
        _ = wheel.arm(at: at(1_000), id: 2, .a)
        #expect(wheel.fired(until: at(1_000)) == [1, 2])
    }

    @Test("says whose timer fired, and which") func payload() throws {
        let wheel = Wheel()
        let handle = wheel.arm(at: at(500), id: UInt64.max - 1, .g)
        let expired = try #require(wheel.next(until: at(500)))
        #expect(expired.id == UInt64.max - 1)
        #expect(expired.timer == .g)
        #expect(expired.handle == handle)
    }

    @Test("cancels a timer once") func cancel() {
        let wheel = Wheel()
        let first = wheel.arm(at: at(500), id: 1, .a)
        _ = wheel.arm(at: at(500), id: 2, .a)
        #expect(wheel.cancel(first))
        #expect(!wheel.cancel(first))
        #expect(wheel.count == 1)
        #expect(wheel.fired(until: at(1_000)) == [2])
    }

    @Test("forgets a handle when its timer fired, and when its place is used again") func stale() {
        let wheel = Wheel()
        let old = wheel.arm(at: at(10), id: 1, .a)
        #expect(wheel.isRunning(old))
        #expect(wheel.fired(until: at(10)) == [1])
        #expect(!wheel.isRunning(old))
        let new = wheel.arm(at: at(20), id: 2, .a)
        #expect(old != new)
        #expect(!wheel.cancel(old))
        #expect(wheel.isRunning(new))
        #expect(wheel.fired(until: at(20)) == [2])
        #expect(!wheel.cancel(.none))
    }

    @Test("lets a timer that fired cancel another of the same moment") func cancelBetween() {
        let wheel = Wheel()
        _ = wheel.arm(at: at(50), id: 1, .g)
        let other = wheel.arm(at: at(50), id: 2, .h)
        #expect(wheel.next(until: at(60))?.id == 1)
        wheel.cancel(other)
        #expect(wheel.next(until: at(60)) == nil)
    }

    @Test("fires the timers of a tick in the order they were armed, wherever they waited")
    func order() {
        let wheel = Wheel()
        let far = at(40_000)
        for id in UInt64(0)..<50 { _ = wheel.arm(at: far, id: id, .b) }
        #expect(wheel.fired(until: at(39_900)) == [])
        for id in UInt64(50)..<100 { _ = wheel.arm(at: far, id: id, .b) }
        #expect(wheel.fired(until: far) == Array(0..<100))
    }

    @Test("sleeps through years in a few steps") func jump() {
        let wheel = Wheel()
        let year: Int64 = 365 * 24 * 3600 * 1000
        _ = wheel.arm(at: at(year), id: 1, .a)
        _ = wheel.arm(at: at(240_000), id: 2, .c)
        #expect(wheel.fired(until: at(20 * year)) == [2, 1])
        _ = wheel.arm(at: at(20 * year + 500), id: 3, .a)
        #expect(wheel.fired(until: at(20 * year + 499)) == [])
        #expect(wheel.fired(until: at(20 * year + 500)) == [3])
    }

    @Test("takes the ends of the clock") func ends() {
        let wheel = Wheel(now: Instant(nanoseconds: .min))
        _ = wheel.arm(at: Instant(nanoseconds: .max), id: 1, .a)
        _ = wheel.arm(at: Instant(nanoseconds: .min), id: 2, .a)
        #expect(wheel.fired(until: at(0)) == [2])
        #expect(wheel.nextDeadline != nil)
        #expect(wheel.fired(until: Instant(nanoseconds: .max)) == [])
        #expect(wheel.count == 1)
    }

    @Test("ignores a clock that goes back") func back() {
        let wheel = Wheel(now: at(1_000))
        _ = wheel.arm(at: at(1_500), id: 1, .a)
        #expect(wheel.fired(until: at(10)) == [])
        #expect(wheel.fired(until: at(1_500)) == [1])
    }

    @Test("knows when to be asked next") func nextDeadline() {
        let wheel = Wheel()
        #expect(wheel.nextDeadline == nil)
        let handle = wheel.arm(at: at(495), id: 1, .a)
        #expect(wheel.nextDeadline == at(500))
        wheel.cancel(handle)
        #expect(wheel.nextDeadline == nil)
        // A far timer may ask for a look in between, but only a few.
        _ = wheel.arm(at: at(181_000), id: 2, .c)
        var looks = 0
        while let deadline = wheel.nextDeadline {
            #expect(deadline <= at(181_000))
            _ = wheel.next(until: deadline)
            looks += 1
        }
        #expect(looks <= 4)
    }

    @Test("does what a sorted list would do", arguments: 0..<20)
    func model(seed: UInt64) {
        var random = SplitMix64(state: seed)
        let wheel = Wheel(now: at(Int64(random.next(below: 1_000_000))))
        var model = ModelWheel()
        var handles: [(handle: TimerWheel.Handle, key: Int)] = []
        var now: Int64 = 2_000_000
        _ = wheel.next(until: at(now))
        for step in 0..<4_000 {
            switch random.next(below: 10) {
            case 0..<5:
                let scale = [30, 1_000, 40_000, 300_000, 90_000_000][random.next(below: 5)]
                let deadline = now - 20 + Int64(random.next(below: scale))
                let handle = wheel.arm(at: at(deadline), id: UInt64(step), kind: UInt8(step & 255))
                model.arm(deadline, now: now, key: step)
                handles.append((handle, step))
            case 5..<8:
                guard !handles.isEmpty else { continue }
                let index = random.next(below: handles.count)
                let (handle, key) = handles[index]
                #expect(wheel.isRunning(handle) == model.isRunning(key))
                let wasRunning = model.cancel(key)
                #expect(wheel.cancel(handle) == wasRunning)
            default:
                let scale = [9, 50, 2_000, 100_000][random.next(below: 4)]
                now += Int64(random.next(below: scale))
                if let next = wheel.nextDeadline { #expect(next <= at(model.earliest)) }
                let due = model.expire(until: now)
                #expect(wheel.fired(until: at(now)) == due)
            }
            #expect(wheel.count == model.count)
        }
    }
}

/// A wheel that an expectation can turn: `#expect` evaluates no mutating call on a value.
private final class Wheel {
    private var wheel: TimerWheel

    init(now: Instant = .zero) { wheel = TimerWheel(now: now) }

    var count: Int { wheel.count }
    var nextDeadline: Instant? { wheel.nextDeadline }

    func arm(at deadline: Instant, id: UInt64, _ timer: TransactionTimer) -> TimerWheel.Handle {
        wheel.arm(at: deadline, id: id, timer)
    }

    func arm(at deadline: Instant, id: UInt64, kind: UInt8) -> TimerWheel.Handle {
        wheel.arm(at: deadline, id: id, kind: kind)
    }

    @discardableResult
    func cancel(_ handle: TimerWheel.Handle) -> Bool { wheel.cancel(handle) }

    func isRunning(_ handle: TimerWheel.Handle) -> Bool { wheel.isRunning(handle) }

    func next(until moment: Instant) -> TimerWheel.Expired? { wheel.next(until: moment) }

    func fired(until moment: Instant) -> [UInt64] {
        var list: [TimerWheel.Expired] = []
        wheel.expired(until: moment, into: &list)
        return list.map(\.id)
    }
}

/// Timers in a list.
private struct ModelWheel {
    private var timers: [(tick: Int64, key: Int)] = []

    var count: Int { timers.count }
    var earliest: Int64 { (timers.map(\.tick).min() ?? .max / 100) * 10 }

    mutating func arm(_ deadline: Int64, now: Int64, key: Int) {
        timers.append((max((deadline + 9) / 10, now / 10), key))
    }

    func isRunning(_ key: Int) -> Bool { timers.contains { $0.key == key } }

    mutating func cancel(_ key: Int) -> Bool {
        let before = timers.count
        timers.removeAll { $0.key == key }
        return timers.count < before
    }

    mutating func expire(until now: Int64) -> [UInt64] {
        let due = timers.filter { $0.tick <= now / 10 }
        timers.removeAll { $0.tick <= now / 10 }
        return due.sorted { ($0.tick, $0.key) < ($1.tick, $1.key) }.map { UInt64($0.key) }
    }
}

/// A small generator of numbers that a seed repeats.
struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func next(below limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
