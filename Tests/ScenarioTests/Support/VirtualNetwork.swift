import SIPCore

/// Whoever has an address on the virtual network.
protocol NetworkHost: AnyObject {
    func receive(_ bytes: [UInt8], from source: Endpoint, at endpoint: Endpoint) async
}

/// Datagrams on their way between hosts: late, lost, doubled, overtaken, as the conditions and the seed have it.
final class VirtualNetwork {
    struct Conditions {
        /// How long a datagram takes; with a range, later ones overtake earlier ones.
        var latency: ClosedRange<Duration> = .milliseconds(5) ... .milliseconds(5)
        /// The part of all datagrams that gets lost, 0 to 1.
        var loss = 0.0
        /// The part that arrives twice.
        var duplication = 0.0
    }

    let clock: VirtualClock
    let recorder = Recorder()
    var conditions = Conditions()
    /// Datagrams for which this says so get lost, whatever the conditions.
    var isLost: (Transmission) -> Bool = { _ in false }
    /// Where nobody listens, and the sender is told so (ICMP port unreachable).
    var refusing: Set<Endpoint> = []
    private var hosts: [Endpoint: any NetworkHost] = [:]
    private var generator: SplitMix

    init(_ clock: VirtualClock, seed: UInt64) {
        self.clock = clock
        generator = SplitMix(seed)
    }

    func attach(_ host: any NetworkHost, at endpoint: Endpoint) {
        hosts[endpoint] = host
    }

    func detach(_ endpoint: Endpoint) { hosts[endpoint] = nil }

    /// Sends a datagram.
    ///
    /// - Returns: false when the sender hears that nobody listens there.
    @discardableResult
    func send(_ bytes: [UInt8], from source: Endpoint, to destination: Endpoint) -> Bool {
        var transmission = Transmission(
            bytes: bytes, source: source, destination: destination, moment: clock.now)
        guard !refusing.contains(destination) else {
            transmission.fate = .refused
            recorder.note(transmission)
            return false
        }
        if isLost(transmission) || conditions.loss > 0 && chance() < conditions.loss {
            transmission.fate = .lost
        } else {
            deliver(transmission)
            if conditions.duplication > 0, chance() < conditions.duplication {
                transmission.fate = .doubled
                deliver(transmission)
            }
        }
        recorder.note(transmission)
        return true
    }

    private func deliver(_ transmission: Transmission) {
        let range = conditions.latency
        let spread = (range.upperBound - range.lowerBound).nanoseconds
        let delay =
            spread == 0
            ? range.lowerBound
            : range.lowerBound + .nanoseconds(Int64.random(in: 0...spread, using: &generator))
        clock.after(delay) { [unowned self] in
            guard let host = hosts[transmission.destination] else { return }
            await host.receive(
                transmission.bytes, from: transmission.source, at: transmission.destination)
        }
    }

    private func chance() -> Double { Double.random(in: 0..<1, using: &generator) }
}

/// A datagram that was sent.
struct Transmission {
    enum Fate { case delivered, lost, doubled, refused }

    let bytes: [UInt8]
    let source: Endpoint
    let destination: Endpoint
    let moment: Instant
    var fate = Fate.delivered
}

/// Random numbers that are the same for the same seed (Steele, Lea, Flood: SplitMix64).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
