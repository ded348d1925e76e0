import NIOCore
import NIOPosix
import SIPAuth
import SIPCore
import SIPDNS
import SIPTransaction
import SIPTransport

/// A proxy that runs: what ``Proxy/start()`` made, and ``Proxy/stop()`` ends.
final class Running: Sendable {
    let engine: Engine
    let listeners: [UDPListener]
    private let loops: [LoopIO]
    private let group: any EventLoopGroup
    private let ownsGroup: Bool
    private let resolver: DNSResolver
    private let ticks: [LoopTick]

    /// How many cores share the work: many more than loops, so that two loops seldom want the same.
    private static let stripes = 64

    init(
        _ settings: ProxySettings, _ router: any Router, _ group: any EventLoopGroup,
        ownsGroup: Bool, events: EventStreams
    ) async throws {
        let loops = group.makeIterator().map { LoopIO($0, listeners: settings.listen.count) }
        var listeners: [UDPListener] = []
        let engine: Engine
        let resolver: DNSResolver
        do {
            for (index, endpoint) in settings.listen.enumerated() {
                listeners.append(
                    try await UDPListener.bind(to: endpoint, on: group) { loop in
                        Running.sink(loop, loops, index)
                    })
            }
            resolver = try Running.resolver(settings.dns, listeners.map(\.local))
            engine = try Running.engine(
                settings, router, listeners.map(\.local), resolver, events)
        } catch {
            for listener in listeners { await listener.close() }
            throw error
        }

        for (index, io) in loops.enumerated() {
            io.start(engine, ports: listeners.map { $0.ports[index] })
        }
        ticks = loops.enumerated().map { index, io in
            LoopTick(engine, io, loop: index, of: loops.count, t1: settings.timers.t1)
        }
        self.engine = engine
        self.listeners = listeners
        self.loops = loops
        self.group = group
        self.ownsGroup = ownsGroup
        self.resolver = resolver
        // A loop does its tasks in order: after this one it has its engine, and no datagram is lost any more. It fails on a group that was
        // shut down, where nothing could have been bound.
        for io in loops { try? await io.eventLoop.submit {}.get() }
    }

    /// Messages of all loops together.
    var traffic: (received: Int, sent: Int) {
        loops.reduce((0, 0)) { sum, loop in
            let traffic = loop.traffic
            return (sum.0 + traffic.received, sum.1 + traffic.sent)
        }
    }

    func stop() async {
        for tick in ticks { tick.cancel() }
        for listener in listeners { await listener.close() }
        resolver.stop()
        if ownsGroup { try? await group.shutdownGracefully() }
    }

    private static func sink(_ loop: any EventLoop, _ loops: [LoopIO], _ listener: Int)
        -> any DatagramSink
    {
        // Every loop of the group has its LoopIO; the first stands in for none.
        let io = loops.first { $0.eventLoop === loop } ?? loops[0]
        return io.sink(for: listener)
    }

    /// What we have a listener for we can send by, UDP before all others: it is what RFC 3263 4.1 falls back to.
    private static func resolver(_ settings: DNSSettings, _ bound: [Endpoint])
        throws(DNSSettingsError) -> DNSResolver
    {
        try DNSResolver(
            settings,
            transports: Transport.allCases.filter { transport in
                bound.contains { $0.transport == transport }
            },
            families: [AddressFamily.v6, .v4].filter { family in
                bound.contains { $0.address.family == family }
            }, now: { Clock.instant })
    }

    private static func engine(
        _ settings: ProxySettings, _ router: any Router, _ bound: [Endpoint],
        _ resolver: DNSResolver, _ events: EventStreams
    ) throws -> Engine {
        let machine = try MachineAddresses()
        let listeners = try bound.enumerated().map { index, endpoint in
            Listener(
                bound: endpoint,
                advertisedHost: try advertised(settings.advertisedHosts[index], endpoint, machine),
                advertisedPort: endpoint.port)
        }
        let responsibility = Responsibility(
            listeners: listeners, addresses: machine.reached(by: bound),
            domains: try settings.domains.map(domain), tables: settings.tables,
            sharesUsers: settings.sharesUsers)
        let site = Site(
            responsibility,
            digest: try DigestAuthenticator(
                key: settings.key.nonces, previousKeys: settings.otherKeys.map(\.nonces),
                settings: settings.digest, start: Clock.unixTime,
                isOurs: { responsibility.includes($0) }),
            signature: DialogSignature(
                key: settings.key.dialogs, previous: settings.otherKeys.map(\.dialogs),
                lifetime: settings.longestDialog),
            trustedPeers: Set(settings.trustedPeers), names: settings.names)
        var core = ProxyCore.Settings()
        core.timers = settings.timers
        core.failover = settings.dns.failover
        core.maximumSessions = max(1, settings.maximumTransactions / stripes)
        let log = EventLog(settings.logger)
        return Engine(
            site: site, router: router, resolver: resolver, core: core, stripes: stripes,
            onEvent: {
                log.record($0)
                events.send($0)
            })
    }

    private static func domain(_ text: String) throws -> Host {
        guard let host = try? Host(ByteSlice(text.lowercased())) else {
            throw ProxySettingsError.badDomain(text)
        }
        return host
    }

    private static func advertised(
        _ text: String?, _ endpoint: Endpoint, _ machine: MachineAddresses
    ) throws -> ByteSlice {
        let text = text ?? machine.host(for: endpoint.address)
        guard (try? Host(ByteSlice(text))) != nil else {
            throw ProxySettingsError.badAdvertisedHost(text)
        }
        return ByteSlice(text)
    }
}
