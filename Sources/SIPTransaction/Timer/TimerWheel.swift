public import SIPCore

/// Many deadlines, of which most are cancelled before they pass: arming and cancelling cost a few
/// nanoseconds, however many there are.
///
/// A hierarchical wheel of 10 ms steps. Level 0 has a slot for each of the 64 ticks that differ
/// from now in their last six bits only, level 1 for each 64 of those, and so on; when now reaches
/// a slot of a higher level, its timers move down. A timer is linked into its slot by index, in one
/// array that grows to the most that ever ran at a time and is then never allocated again. One bit
/// a slot says whether it is empty, so a long sleep is a few steps, not one a tick.
///
/// A timer fires in the first step that begins at or after its deadline: up to 10 ms late, never
/// early.
public struct TimerWheel: Sendable {
    /// The step of the wheel.
    public static let resolution = Duration.milliseconds(10)

    /// The tick that was reached: timers before it have fired.
    private var now: UInt64
    private var timers: [Entry] = []
    /// The head of the list of unused entries.
    private var unused = Entry.nobody
    /// The first timer of each slot, level after level.
    private var heads: [UInt32]
    /// A bit for each slot of a level that is not empty.
    private var occupied: InlineArray<7, UInt64> = InlineArray(repeating: 0)

    /// The number of timers that run.
    public private(set) var count = 0

    /// An empty wheel.
    ///
    /// - Parameter now: the moment from which time goes on; nothing is due before it.
    public init(now: Instant = .zero) {
        self.now = now.tickAtOrBefore
        heads = Array(repeating: Entry.nobody, count: Self.levels * 64)
    }

    /// Makes room for as many timers at a time, so that arming does not allocate.
    public mutating func reserveCapacity(_ count: Int) {
        timers.reserveCapacity(count)
    }

    /// Starts a timer.
    ///
    /// - Parameters:
    ///   - deadline: when it fires; a moment that has passed means as soon as asked.
    ///   - id: whose timer it is, in the caller's numbering.
    ///   - kind: which of its timers.
    public mutating func arm(at deadline: Instant, id: UInt64, kind: UInt8) -> Handle {
        let tick = max(deadline.tickAtOrAfter, now)
        var entry = Entry(tick: tick, id: id, kind: kind)
        let index = unused
        if index != Entry.nobody {
            let old = timers[Int(index)]
            unused = old.next
            entry.generation = old.generation &+ 1
            link(entry, at: index)
            count &+= 1
            return Handle(index: index, generation: entry.generation)
        }
        // The first time that so many run at once: one more unused place.
        timers.append(entry)
        unused = UInt32(truncatingIfNeeded: timers.count - 1)
        return arm(at: deadline, id: id, kind: kind)
    }

    /// Starts one of a transaction's timers.
    public mutating func arm(at deadline: Instant, id: UInt64, _ timer: TransactionTimer) -> Handle
    {
        arm(at: deadline, id: id, kind: timer.rawValue)
    }

    /// Stops a timer.
    ///
    /// - Returns: false when it does not run any more: it fired, or was cancelled before.
    @discardableResult
    public mutating func cancel(_ handle: Handle) -> Bool {
        guard isRunning(handle) else { return false }
        release(handle.index)
        return true
    }

    /// Whether the timer has neither fired nor been cancelled.
    public func isRunning(_ handle: Handle) -> Bool {
        // The generation counts the uses of an entry, and is odd while the entry is in use.
        Int(handle.index) < timers.count
            && timers[Int(handle.index)].generation == handle.generation
            && handle.generation & 1 == 1
    }

    /// Takes the next timer that is due, or nil when none is: the earliest tick first, in a tick
    /// the one armed first.
    ///
    /// Between two calls others may be cancelled, and they will not fire.
    public mutating func next(until moment: Instant) -> Expired? {
        let target = moment.tickAtOrBefore
        guard target >= now else { return nil }
        while let slot = firstSlot {
            let start = start(of: slot)
            guard start <= target else { break }
            now = start
            guard slot.level == 0 else {
                cascade(slot)
                continue
            }
            let index = heads[slot.number]
            let entry = timers[Int(index)]
            let expired = Expired(
                id: entry.id, kind: entry.kind,
                handle: Handle(index: index, generation: entry.generation))
            release(index)
            return expired
        }
        now = target
        return nil
    }

    /// Takes all timers that are due, in the order of ``next(until:)``.
    ///
    /// Whoever cancels timers while it works through the list must compare each ``Expired/handle``
    /// with the one it keeps, since what is in the list has already fired.
    public mutating func expired(until moment: Instant, into list: inout [Expired]) {
        while let timer = next(until: moment) { list.append(timer) }
    }

    /// When to ask next: no timer is due before. Nil when none runs.
    ///
    /// The moment is exact for timers within 640 ms; a later timer may take one or two questions
    /// more, which find nothing.
    public var nextDeadline: Instant? {
        firstSlot.map { Instant(tick: start(of: $0)) }
    }
}

extension TimerWheel {
    /// One use of one timer. After the timer fired or was cancelled it stands for nothing, for
    /// ever.
    public struct Handle: Hashable, Sendable {
        let index: UInt32
        let generation: UInt32

        /// No timer.
        public static let none = Handle(index: .max, generation: 0)
    }

    /// A timer that fired.
    public struct Expired: Hashable, Sendable {
        public let id: UInt64
        public let kind: UInt8
        /// What ``TimerWheel/arm(at:id:kind:)`` returned.
        public let handle: Handle

        /// The timer, when it was armed as a transaction's.
        public var timer: TransactionTimer? { TransactionTimer(rawValue: kind) }
    }

    /// A timer's place: 32 bytes.
    private struct Entry {
        static let nobody = UInt32.max
        var tick: UInt64
        var id: UInt64
        /// The next of its slot, or of the unused.
        var next = nobody
        /// The one before; the first of a slot has the last here, so that a slot is filled at its
        /// end.
        var previous = nobody
        var generation: UInt32 = 0
        var kind: UInt8
    }

    private struct Slot {
        let level: Int
        let digit: Int
        var number: Int { level << 6 | digit }
    }

    /// Six bits a level: 42 bits of ticks, where all of `Instant` needs 40.
    private static let levels = 7
}

extension TimerWheel {
    /// The level of the highest digit in which the tick differs from now.
    private func slot(of tick: UInt64) -> Slot {
        let level = (63 - ((tick ^ now) | 1).leadingZeroBitCount) / 6
        return Slot(level: level, digit: Int(tick >> UInt64(level * 6) & 63))
    }

    /// The tick at which a slot begins. Its timers share all higher digits with now.
    private func start(of slot: Slot) -> UInt64 {
        let shift = UInt64(slot.level * 6)
        return (now >> shift & ~63 | UInt64(slot.digit)) << shift
    }

    /// The first slot that is not empty. What is on a lower level comes before all that is on a
    /// higher one.
    private var firstSlot: Slot? {
        for level in 0..<Self.levels where occupied[level] != 0 {
            return Slot(level: level, digit: occupied[level].trailingZeroBitCount)
        }
        return nil
    }

    /// Moves the timers of a slot that now has reached down, in their order.
    private mutating func cascade(_ slot: Slot) {
        var index = heads[slot.number]
        heads[slot.number] = Entry.nobody
        occupied[slot.level] &= ~(1 << UInt64(slot.digit))
        while index != Entry.nobody {
            let entry = timers[Int(index)]
            link(entry, at: index)
            index = entry.next
        }
    }

    /// Puts a timer at the end of its slot.
    private mutating func link(_ entry: Entry, at index: UInt32) {
        var entry = entry
        let slot = slot(of: entry.tick)
        let first = heads[slot.number]
        entry.next = Entry.nobody
        if first == Entry.nobody {
            entry.previous = index
            heads[slot.number] = index
            occupied[slot.level] |= 1 << UInt64(slot.digit)
        } else {
            entry.previous = timers[Int(first)].previous
            timers[Int(entry.previous)].next = index
            timers[Int(first)].previous = index
        }
        timers[Int(index)] = entry
    }

    /// Takes a timer out of its slot, and puts its place among the unused.
    private mutating func release(_ index: UInt32) {
        // Its slot is the one it would get now: of the digits that it and now differ in, the
        // highest changes only when now reaches the slot, and then the slot is emptied.
        var entry = timers[Int(index)]
        let slot = slot(of: entry.tick)
        let first = heads[slot.number]
        if first != index {
            timers[Int(entry.previous)].next = entry.next
            let after = entry.next == Entry.nobody ? first : entry.next
            timers[Int(after)].previous = entry.previous
        } else if entry.next != Entry.nobody {
            heads[slot.number] = entry.next
            timers[Int(entry.next)].previous = entry.previous
        } else {
            heads[slot.number] = Entry.nobody
            occupied[slot.level] &= ~(1 << UInt64(slot.digit))
        }
        entry.generation &+= 1
        entry.next = unused
        timers[Int(index)] = entry
        unused = index
        count &-= 1
    }
}

extension Instant {
    private static let tick: Int64 = 10_000_000

    fileprivate init(tick: UInt64) {
        // A tick comes from an Instant, rounded up by less than a tick: only the last one of all
        // could overflow.
        let (product, wrapped) = Int64(clamping: tick).multipliedReportingOverflow(by: Self.tick)
        self.init(nanoseconds: wrapped ? .max : product)
    }

    /// The step that begins here or after; what lies before the clock's zero counts as zero.
    fileprivate var tickAtOrAfter: UInt64 {
        (UInt64(max(0, nanoseconds)) + UInt64(Self.tick) - 1) / UInt64(Self.tick)
    }

    fileprivate var tickAtOrBefore: UInt64 {
        UInt64(max(0, nanoseconds)) / UInt64(Self.tick)
    }
}
