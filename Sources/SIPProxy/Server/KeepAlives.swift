import Metrics
import SIPCore
import SIPLocation
import SIPTransport
import Synchronization

/// The bindings behind NATs that something is sent to, each loop's part of the addresses behind a lock of its own.
final class KeepAlives: Sendable {
    let settings: KeepAlive
    private let parts: [Part]
    /// By kind: line ends, STUN, other STUN.
    private let received: [Counter]
    private let sent: Counter
    private let removed: Counter

    private final class Part: Sendable {
        let schedule: Mutex<KeepAliveSchedule>
        init(_ schedule: KeepAliveSchedule) { self.schedule = Mutex(schedule) }
    }

    /// - Parameter metrics: makes the counters.
    init(_ settings: KeepAlive, loops: Int, at now: Instant, metrics: any MetricsFactory) {
        self.settings = settings
        received = ["line_ends", "stun", "stun_other"].map {
            Counter(
                label: "sip_keep_alives_received_total", dimensions: [("kind", $0)],
                factory: metrics)
        }
        sent = Counter(label: "sip_keep_alives_sent_total", factory: metrics)
        removed = Counter(label: "sip_silent_bindings_removed_total", factory: metrics)
        parts = (0..<loops).map { _ in
            Part(KeepAliveSchedule(interval: settings.interval, at: now))
        }
    }

    func count(_ keepAlive: KeepAliveDatagram) {
        switch keepAlive {
        case .lineEnds: received[0].increment()
        case .stun: received[1].increment()
        case .otherSTUN: received[2].increment()
        }
    }

    /// Whether nothing is ever sent.
    var isOff: Bool { settings.way == .none }

    /// How many bindings something is sent to.
    var count: Int { parts.reduce(0) { $0 + $1.schedule.withLock { $0.count } } }

    /// The bindings that an address has now.
    func set(_ bindings: [Binding], of address: AddressOfRecord, in location: any Location) {
        part(of: address).schedule.withLock { $0.set(bindings, of: address, in: location) }
    }

    /// Those of a loop's that are due.
    func due(for loop: Int, at now: Instant) -> [(number: UInt64, binding: KeptBinding)] {
        let due = parts[loop].schedule.withLock { schedule in
            guard let deadline = schedule.nextDeadline, deadline <= now else {
                return [(number: UInt64, binding: KeptBinding)]()
            }
            return schedule.due(at: now, Clock.unixTime)
        }
        if !due.isEmpty { sent.increment(by: due.count) }
        return due
    }

    /// What came of an OPTIONS of a loop's.
    ///
    /// - Returns: whether the binding is to be removed.
    func note(_ number: UInt64, of loop: Int, hasAnswered: Bool) -> Bool {
        let isSilent = parts[loop].schedule.withLock {
            $0.note(number, hasAnswered: hasAnswered, maximum: settings.maximumSilence)
        }
        if isSilent { removed.increment() }
        return isSilent
    }

    private func part(of address: AddressOfRecord) -> Part {
        var hasher = Hasher()
        hasher.combine(address.bytes)
        return parts[Int(hasher.finalize().magnitude % UInt(parts.count))]
    }
}
