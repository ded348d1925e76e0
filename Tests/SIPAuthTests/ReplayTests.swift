import SIPAuth
import SIPCore
import Testing

@Suite("replay window") struct ReplayWindowTests {
    /// Which of the counts are taken, in this order.
    func taken(_ counts: [UInt32], by window: ReplayWindow) -> [UInt32] {
        var window = window
        return counts.filter { window.use($0) }
    }

    @Test("takes each count once, in any order within its width") func reordering() {
        let counts = (1...63).shuffled().map { UInt32($0) }
        #expect(taken(counts + counts + [64], by: ReplayWindow(64)) == counts)
    }

    @Test("refuses what falls behind by its width") func tooOld() {
        #expect(taken([100, 36, 37], by: ReplayWindow(1)) == [100, 37])
    }

    @Test("forgets all bits when the count leaps") func leap() {
        let counts: [UInt32] = [.max, .max, .max - 63, .max - 64]
        #expect(taken(counts, by: ReplayWindow(1)) == [.max, .max - 63])
    }

    @Test("takes the count 0 as any other") func zero() {
        #expect(taken([0, 64, 0, 1], by: ReplayWindow(0)) == [64, 1])
    }

    @Test("takes nothing when closed") func closed() {
        #expect(taken([0, 1, 64, .max - 1, .max], by: .closed) == [])
    }
}

@Suite("replay table") struct ReplayTableTests {
    let now = UnixTime(seconds: 1_800_000_000)

    func table(_ capacity: Int, start: UnixTime? = nil) -> ReplayTable {
        ReplayTable(capacity: capacity, clockTolerance: 30, start: start)
    }

    @Test("notices the second use of a count") func again() {
        let table = table(64)
        let nonce = Nonce(issued: now, identity: 7)
        #expect(table.use(nonce, count: 1, at: now) == .first)
        #expect(table.use(nonce, count: 1, at: now) == .again)
        #expect(table.use(nonce, count: 2, at: now) == .first)
    }

    @Test("lets a nonce without a count be used once, and not with one either") func once() {
        let table = table(64)
        let nonce = Nonce(issued: now, identity: 7)
        #expect(table.use(nonce, count: nil, at: now) == .first)
        #expect(table.use(nonce, count: nil, at: now) == .again)
        #expect(table.use(nonce, count: 5, at: now) == .again)
        let other = Nonce(issued: now, identity: 8)
        #expect(table.use(other, count: 1, at: now) == .first)
        #expect(table.use(other, count: nil, at: now) == .again)
        #expect(table.use(other, count: 2, at: now) == .again)
    }

    @Test("never takes a nonce for new that it forgot") func eviction() {
        let table = table(8)
        #expect(table.capacity == 8)
        let nonces = (0..<20).map { Nonce(issued: now + Int64($0), identity: UInt64($0) + 1) }
        for nonce in nonces { #expect(table.use(nonce, count: 1, at: now + 20) == .first) }
        for nonce in nonces.prefix(12) {
            #expect(table.use(nonce, count: 2, at: now + 20) == .forgotten)
        }
        for nonce in nonces.suffix(8) {
            #expect(table.use(nonce, count: 1, at: now + 20) == .again)
            #expect(table.use(nonce, count: 2, at: now + 20) == .first)
        }
    }

    @Test("refuses a nonce older than all that fill it, and keeps them") func oldest() {
        let table = table(8)
        for identity in 1...8 as ClosedRange<UInt64> {
            let nonce = Nonce(issued: now + 10, identity: identity)
            #expect(table.use(nonce, count: 1, at: now + 10) == .first)
        }
        let old = Nonce(issued: now, identity: 9)
        #expect(table.use(old, count: 1, at: now + 10) == .forgotten)
        let kept = Nonce(issued: now + 10, identity: 1)
        #expect(table.use(kept, count: 1, at: now + 10) == .again)
    }

    @Test("holds millions of nonces in the memory of its capacity") func millions() {
        let table = table(1024)
        var first = 0
        for index in 0..<1_000_000 as Range<Int64> {
            let identity = UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
            let nonce = Nonce(issued: now + index / 100, identity: identity)
            let use = table.use(nonce, count: 1, at: now + index / 100)
            if use == .first { first += 1 }
        }
        #expect(table.capacity == 1024)
        // A hundred a second among 128 buckets of eight: hardly any bucket fills within a second.
        #expect(first > 995_000)
    }

    @Test("takes new nonces after the clock was set back, however full it is") func clockBack() {
        let table = table(8)
        for identity in 1...30 as ClosedRange<UInt64> {
            let nonce = Nonce(issued: now + Int64(identity), identity: identity)
            #expect(table.use(nonce, count: 1, at: now + 30) == .first)
        }
        let earlier = UnixTime(seconds: now.seconds - 3600)
        for identity in 100...120 as ClosedRange<UInt64> {
            let nonce = Nonce(issued: earlier + Int64(identity), identity: identity)
            #expect(table.use(nonce, count: 1, at: earlier + Int64(identity)) == .first)
            #expect(table.use(nonce, count: 1, at: earlier + Int64(identity)) == .again)
        }
    }

    @Test("refuses nonces issued before the process started") func restart() {
        let table = table(64, start: now)
        let before = Nonce(issued: UnixTime(seconds: now.seconds - 1), identity: 1)
        let after = Nonce(issued: now, identity: 2)
        #expect(table.use(before, count: 1, at: now) == .forgotten)
        #expect(table.use(after, count: 1, at: now) == .first)
    }

    @Test("bears any time", arguments: [Int64.min, -1, 0, .max])
    func extremes(_ seconds: Int64) {
        let table = table(8)
        let time = UnixTime(seconds: seconds)
        for identity in 0...20 as ClosedRange<UInt64> {
            _ = table.use(Nonce(issued: time, identity: identity), count: 1, at: time)
            _ = table.use(Nonce(issued: now, identity: identity), count: 2, at: time)
        }
        #expect(table.use(Nonce(issued: now, identity: 99), count: 1, at: now) == .first)
    }
}
