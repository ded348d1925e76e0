public import SIPCore

/// A router between a network of its own and the others: phones behind it have addresses that only they know, and are seen at
/// ports of the router's address as long as something is sent.
///
/// ```swift
/// let nat = site.nat()
/// let bob = site.phone("bob", behind: nat)
/// ```
///
/// By default it does what Linux does when it masquerades: each destination sees a port of its own, nobody else gets in by it, and a
/// mapping ends 30 seconds after the last datagram in either direction.
public final class VirtualNAT: NetworkHost {
    /// The address that others see.
    public let address: IPAddress
    /// How long a mapping lives after its last datagram.
    public var timeout = Duration.seconds(30)
    /// Whether what comes from outside keeps a mapping alive too; RFC 4787 section 4.3 leaves that to the NAT.
    public var isRefreshedFromOutside = true
    /// Whether a phone has one port for all destinations, by which everybody gets in (RFC 4787: endpoint-independent).
    public var isOpen = false
    /// Datagrams from outside that found no mapping.
    public private(set) var refused = 0
    private let network: VirtualNetwork
    /// The first three bytes of the addresses inside.
    private let prefix: UInt32
    private var mappings: [UInt16: Mapping] = [:]
    private var nextPort: UInt16 = 30_000
    private var issuedEndpoints: UInt32 = 0

    private struct Mapping {
        let inside: Endpoint
        let outside: Endpoint?
        var end: Instant
    }

    init(_ address: IPAddress, number: Int, on network: VirtualNetwork) {
        self.address = address
        self.network = network
        prefix = 0xC0A8_0000 + UInt32(truncatingIfNeeded: number & 0xFF) << 8
    }

    /// Where a phone is seen from outside now; nil when it has no mapping.
    public func mapping(of inside: Endpoint) -> Endpoint? {
        mappings.first { $0.value.inside == inside && $0.value.end > network.clock.now }
            .map { Endpoint(.udp, address, port: $0.key) }
    }

    /// Forgets all mappings, as a restart does.
    public func restart() {
        for port in mappings.keys { network.detach(Endpoint(.udp, address, port: port)) }
        mappings = [:]
    }

    /// An address inside: 192.168.N.10 and on, port 5060.
    func newEndpoint() -> Endpoint {
        issuedEndpoints += 1
        return Endpoint(.udp, .v4(prefix + 9 + issuedEndpoints % 240), port: 5060)
    }

    /// Whether an address is behind it.
    func hides(_ endpoint: Endpoint) -> Bool {
        if case .v4(let bits) = endpoint.address { bits & 0xFFFF_FF00 == prefix } else { false }
    }

    /// Where a datagram from inside seems to come from.
    func translated(_ inside: Endpoint, to destination: Endpoint) -> Endpoint {
        let now = network.clock.now
        let outside = isOpen ? nil : destination
        let known = mappings.first {
            $0.value.inside == inside && $0.value.outside == outside && $0.value.end > now
        }
        if known == nil { nextPort += 1 }
        let port = known?.key ?? nextPort
        mappings[port] = Mapping(inside: inside, outside: outside, end: now + timeout)
        let seen = Endpoint(.udp, address, port: port)
        network.attach(self, at: seen)
        return seen
    }

    /// A datagram from outside: it goes on to the phone whose mapping it finds.
    public func receive(_ bytes: [UInt8], from source: Endpoint, at endpoint: Endpoint) async {
        let now = network.clock.now
        guard var mapping = mappings[endpoint.port], mapping.end > now,
            mapping.outside == nil || mapping.outside == source
        else {
            refused += 1
            return
        }
        if isRefreshedFromOutside {
            mapping.end = now + timeout
            mappings[endpoint.port] = mapping
        }
        await network.arrive(bytes, from: source, at: mapping.inside)
    }
}
