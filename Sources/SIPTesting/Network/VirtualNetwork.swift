public import SIPCore

/// Whoever has an address on a ``VirtualNetwork``.
public protocol NetworkHost: AnyObject {
    /// A datagram arrived.
    func receive(_ bytes: [UInt8], from source: Endpoint, at endpoint: Endpoint) async
}

/// Datagrams on their way between hosts: late, lost, doubled, overtaken, as the conditions and the seed have it.
///
/// The same seed is the same run, whatever the machine does meanwhile.
public final class VirtualNetwork {
    /// The time that datagrams take passes on it.
    public let clock: VirtualClock
    /// What was sent.
    public let recorder = Recorder()
    /// How well the network works; it may change while a call is under way.
    public var conditions = NetworkConditions()
    /// Datagrams for which this says so get lost, whatever the conditions.
    public var isLost: (Transmission) -> Bool = { _ in false }
    /// Where nobody listens, and the sender is told so (ICMP port unreachable).
    public var refusing: Set<Endpoint> = []
    /// What carries the datagrams in place of this network: sockets, say.
    package var carrier: ((_ bytes: [UInt8], _ source: Endpoint, _ destination: Endpoint) -> Void)?
    private var nats: [VirtualNAT] = []
    private var islands: [Set<Endpoint>] = []
    private var hosts: [Endpoint: any NetworkHost] = [:]
    private var generator: SplitMix
    private var issuedEndpoints = 0

    /// - Parameter seed: decides what happens by chance.
    public init(seed: UInt64 = 1, clock: VirtualClock = VirtualClock()) {
        self.clock = clock
        generator = SplitMix(seed)
    }

    /// Gives a host an address; an address that is taken changes hands.
    public func attach(_ host: any NetworkHost, at endpoint: Endpoint) {
        hosts[endpoint] = host
    }

    /// Takes an address away: what is sent there from now on arrives nowhere.
    public func detach(_ endpoint: Endpoint) { hosts[endpoint] = nil }

    /// A router with a network of its own behind it, at 203.0.113.200 and on.
    public func nat() -> VirtualNAT {
        let nat = VirtualNAT(
            .v4(0xCB00_71C8 + UInt32(nats.count % 50)), number: nats.count + 1, on: self)
        nats.append(nat)
        return nat
    }

    /// An address for a phone: 198.51.100.1 and on, port 5060; from the 251st phone on they share addresses.
    func newEndpoint() -> Endpoint {
        issuedEndpoints += 1
        return Endpoint(
            .udp, .v4(0xC633_6400 + UInt32(issuedEndpoints % 250)),
            port: UInt16(5060 + issuedEndpoints / 250))
    }

    /// Cuts these addresses off: what they send to others, and others to them, gets lost until ``heal()``. Among themselves they
    /// can talk.
    public func partition(_ endpoints: Set<Endpoint>) { islands.append(endpoints) }

    /// Ends all partitions.
    public func heal() { islands = [] }

    /// Sends a datagram.
    ///
    /// - Returns: false when the sender hears that nobody listens there.
    @discardableResult
    public func send(_ bytes: [UInt8], from source: Endpoint, to destination: Endpoint) -> Bool {
        let (nat, other) = (nat(before: source), nat(before: destination))
        var source = source
        if let nat, nat !== other {
            let inside = source
            source = nat.translated(inside, to: destination)
            recorder.names[source] = recorder.names[inside]
        }
        var transmission = Transmission(
            bytes: bytes, source: source, destination: destination, moment: clock.now)
        defer { recorder.note(transmission) }
        guard other == nil || other === nat else {
            // Nobody outside has a way to an address inside.
            transmission.fate = .lost
            return true
        }
        guard !refusing.contains(destination) else {
            transmission.fate = .refused
            return false
        }
        if isLost(transmission) || isCutOff(source, destination) || happens(conditions.loss) {
            transmission.fate = .lost
            return true
        }
        if let carrier {
            carrier(bytes, source, destination)
            return true
        }
        deliver(transmission)
        if happens(conditions.duplication) {
            transmission.fate = .duplicated
            deliver(transmission)
        }
        return true
    }

    /// Records a datagram that something else carried.
    package func note(_ bytes: [UInt8], from source: Endpoint, to destination: Endpoint) {
        recorder.note(
            Transmission(
                bytes: bytes, source: source, destination: destination, moment: clock.now))
    }

    private func nat(before endpoint: Endpoint) -> VirtualNAT? {
        nats.isEmpty ? nil : nats.first { $0.hides(endpoint) }
    }

    private func isCutOff(_ source: Endpoint, _ destination: Endpoint) -> Bool {
        islands.contains { $0.contains(source) != $0.contains(destination) }
    }

    private func deliver(_ transmission: Transmission) {
        clock.after(latency()) { [unowned self] in
            await arrive(
                transmission.bytes, from: transmission.source, at: transmission.destination)
        }
    }

    /// A datagram has come to its destination.
    package func arrive(
        _ bytes: [UInt8], from source: Endpoint, at destination: Endpoint
    ) async {
        await hosts[destination]?.receive(bytes, from: source, at: destination)
    }

    private func latency() -> Duration {
        let range = conditions.latency
        let spread = (range.upperBound - range.lowerBound).nanoseconds
        var latency = range.lowerBound
        if spread > 0 {
            latency += .nanoseconds(Int64.random(in: 0...spread, using: &generator))
        }
        return happens(conditions.reordering) ? latency + conditions.holdUp : latency
    }

    private func happens(_ part: Double) -> Bool {
        part > 0 && Double.random(in: 0..<1, using: &generator) < part
    }
}
