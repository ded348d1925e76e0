public import SIPCore

/// Time that passes only when a test says so: moments, and what happens at them.
///
/// What is due at the same moment happens in the order in which it was planned, so that a run with the same seed is the same run.
public final class VirtualClock {
    /// The moment that it is now; a new clock starts at zero.
    public private(set) var now = Instant.zero
    private var agenda: [Entry] = []
    private var planned: UInt64 = 0

    /// An appointment's place in the order: a value, so that finding the next one touches no object.
    private struct Entry {
        let moment: Instant
        let number: UInt64
        let appointment: Appointment

        func isBefore(_ other: Entry) -> Bool {
            moment < other.moment || moment == other.moment && number < other.number
        }
    }

    /// A clock that stands at zero.
    public init() {}

    /// The wall clock, which nonces and registrations are dated with; a new clock starts in January 2027.
    public var unixTime: UnixTime {
        UnixTime(seconds: 1_800_000_000 + now.nanoseconds / 1_000_000_000)
    }

    /// Plans something for later.
    ///
    /// - Returns: the appointment, which can be called off.
    @discardableResult
    public func after(_ delay: Duration, _ work: @escaping () async -> Void) -> Appointment {
        at(now + delay, work)
    }

    /// Plans something for a moment; one that has passed means now.
    @discardableResult
    public func at(_ moment: Instant, _ work: @escaping () async -> Void) -> Appointment {
        planned += 1
        let appointment = Appointment(max(moment, now), work)
        agenda.append(
            Entry(moment: appointment.moment, number: planned, appointment: appointment))
        siftUp(agenda.count - 1)
        return appointment
    }

    /// Lets time pass, with all that happens in it.
    public func run(for duration: Duration) async {
        let end = now + duration
        while let next = agenda.first, next.moment <= end { await happen() }
        now = end
    }

    /// Lets time pass until nothing is planned any more.
    ///
    /// - Returns: whether that was so before `limit` had passed: a timer that is set anew for ever never ends.
    @discardableResult
    public func runToTheEnd(limit: Duration = .seconds(3600)) async -> Bool {
        let end = now + limit
        while let next = agenda.first {
            guard next.moment <= end else { return false }
            await happen()
        }
        return true
    }

    private func happen() async {
        let appointment = agenda[0].appointment
        agenda.swapAt(0, agenda.count - 1)
        agenda.removeLast()
        siftDown()
        guard let work = appointment.take() else { return }
        now = appointment.moment
        await work()
    }

    // MARK: A binary heap

    private func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard agenda[child].isBefore(agenda[parent]) else { return }
            agenda.swapAt(child, parent)
            child = parent
        }
    }

    private func siftDown() {
        var parent = 0
        while true {
            var first = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < agenda.count && agenda[child].isBefore(agenda[first]) { first = child }
            guard first != parent else { return }
            agenda.swapAt(first, parent)
            parent = first
        }
    }
}

/// Something that is planned, and can be called off.
public final class Appointment {
    /// When it happens.
    public let moment: Instant
    private var work: (() async -> Void)?

    fileprivate init(_ moment: Instant, _ work: @escaping () async -> Void) {
        self.moment = moment
        self.work = work
    }

    /// Calls it off; one that has happened stays so.
    public func cancel() { work = nil }

    fileprivate func take() -> (() async -> Void)? {
        defer { work = nil }
        return work
    }
}
