import Metrics
import NIOCore
import NIOPosix
import SIPAuth
import SIPCore
import SIPDNS
import SIPTransaction
import SIPTransport
import Synchronization

/// A proxy that runs: what ``Proxy/start()`` made, and ``Proxy/stop()`` ends.
final class Running: Sendable {
    let engine: Engine
    /// What is listened on, with the ports that the system chose.
    let addresses: [Endpoint]
    private let listeners: [BoundListener]
    private let streams: StreamTransport
    private let tls: TLSContexts?
    private let loops: [LoopIO]
    private let group: any EventLoopGroup
    private let ownsGroup: Bool
    /// Nil where somebody else's looks names up.
    private let dns: DNSResolver?
    private let ticks: [LoopTick]
    private let gatekeeper = Mutex<Task<Void, Never>?>(nil)
    private let asked = Atomic<Int>(0)

    /// How many cores share the work: many more than loops, so that two loops seldom want the same.
    private static let stripes = 64

    init(
        _ settings: ProxySettings, _ router: any Router, _ group: any EventLoopGroup,
        ownsGroup: Bool, events: EventStreams,
        onFailure: @escaping @Sendable (ListenError) -> Void
    ) async throws {
        let tls = try Running.tls(settings)
        self.tls = tls
        var connections = settings.streams
        connections.dscp = connections.dscp ?? settings.dscp
        let streams = StreamTransport(on: Array(group.makeIterator()), connections, tls: tls)
        let loops = streams.loops.map {
            LoopIO($0, listeners: settings.listen.count, onFailure: onFailure)
        }
        for (io, loop) in zip(loops, streams.loops) {
            try await io.eventLoop.submit { streams.start(loop, io.streamSink) }.get()
        }
        var listeners: [BoundListener] = []
        let engine: Engine
        let dns: DNSResolver?
        do {
            for (index, endpoint) in settings.listen.enumerated() {
                listeners.append(
                    try await BoundListener(endpoint, index, settings, loops, streams, group))
            }
            let bound = listeners.map(\.local)
            let resolver: any SIPDNS.Resolver
            if let given = settings.resolver {
                (resolver, dns) = (given, nil)
            } else {
                let own = try Running.resolver(settings.dns, bound)
                (resolver, dns) = (own, own)
            }
            engine = try Running.engine(
                settings, router, bound, resolver, events, loops: loops.count)
        } catch {
            for listener in listeners { await listener.close() }
            await streams.stop()
            throw error
        }

        for (index, io) in loops.enumerated() {
            io.start(engine, ports: listeners.map { $0.port(of: index) })
        }
        ticks = loops.enumerated().map { index, io in
            LoopTick(engine, io, loop: index, of: loops.count, t1: settings.timers.t1)
        }
        self.engine = engine
        self.listeners = listeners
        self.streams = streams
        addresses = listeners.map(\.local)
        self.loops = loops
        self.group = group
        self.ownsGroup = ownsGroup
        self.dns = dns
        // A loop does its tasks in order: after this one it has its engine, and no datagram is lost any more. It fails on a group that was
        // shut down, where nothing could have been bound.
        for io in loops { try? await io.eventLoop.submit {}.get() }
        if let gateways = settings.gateways {
            let watch = GatewayWatch(gateways, running: self)
            gatekeeper.withLock { $0 = Task { await watch.run() } }
        }
    }

    /// Messages of all loops together.
    var traffic: (received: Int, sent: Int) {
        loops.reduce((0, 0)) { sum, loop in
            let traffic = loop.traffic
            return (sum.0 + traffic.received, sum.1 + traffic.sent)
        }
    }

    func reloadNameServers() { dns?.reload() }

    /// - Throws: `TLSError`; then all stays as it was.
    func reload(_ settings: TLSSettings) throws(TLSError) {
        guard let tls else { throw .noCertificate }
        try tls.reload(settings)
    }

    /// - Throws: `TLSError` for settings that leave a door half open.
    private static func tls(_ settings: ProxySettings) throws(TLSError) -> TLSContexts? {
        guard settings.trustedNames.isEmpty || settings.tls?.clientVerification ?? .none != .none
        else { throw .trustedNamesWithoutVerification }
        guard let tls = settings.tls else {
            guard !settings.listen.contains(where: \.transport.isSecure) else {
                throw .noCertificate
            }
            return nil
        }
        return try TLSContexts(tls)
    }

    /// Sends an OPTIONS of our own.
    ///
    /// - Parameters:
    ///   - patience: how long its answer is waited for; 32 s at most.
    ///   - user: of its From.
    func ask(
        _ target: Target, within patience: Duration, user: ByteSlice?
    ) async -> OwnOutcome.Result {
        let turn = asked.wrappingAdd(1, ordering: .relaxed).oldValue
        let io = loops[turn % loops.count]
        return await withCheckedContinuation { continuation in
            engine.ask(target, within: patience, user: user, by: io) {
                continuation.resume(returning: $0)
            }
        }
    }

    func stop() async {
        gatekeeper.withLock { $0?.cancel() }
        engine.stopAsking()
        for tick in ticks { tick.cancel() }
        for listener in listeners { await listener.close() }
        await streams.stop()
        for io in loops { io.end() }
        dns?.stop()
        if ownsGroup { try? await group.shutdownGracefully() }
    }

    /// What we have a listener for we can send by, UDP before all others: it is what RFC 3263 4.1 falls back to.
    private static func resolver(_ settings: DNSSettings, _ bound: [Endpoint])
        throws(DNSSettingsError) -> DNSResolver
    {
        try DNSResolver(
            settings,
            // A WebSocket client has no address that could be connected to (RFC 7118 section 5).
            transports: [Transport.udp, .tcp, .tls].filter { transport in
                bound.contains { $0.transport == transport }
            },
            families: [AddressFamily.v6, .v4].filter { family in
                bound.contains { $0.address.family == family }
            }, now: { Clock.instant })
    }

    private static func engine(
        _ settings: ProxySettings, _ router: any Router, _ bound: [Endpoint],
        _ resolver: any SIPDNS.Resolver, _ events: EventStreams, loops: Int
    ) throws -> Engine {
        let machine = try MachineAddresses()
        let listeners = try bound.enumerated().map { index, endpoint -> Listener in
            let (host, port) = try advertised(settings.advertisedHosts[index], endpoint, machine)
            return Listener(bound: endpoint, advertisedHost: host, advertisedPort: port)
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
            trustedPeers: Set(settings.trustedPeers),
            trustedNames: Set(settings.trustedNames.map { ByteSlice($0.lowercased()) }),
            names: settings.names, issuesGRUUs: settings.issuesGRUUs, gateways: settings.gateways,
            flood: settings.flood)
        var core = ProxyCore.Settings()
        core.timers = settings.timers
        core.failover = settings.dns.failover
        core.maximumSessions = max(1, settings.maximumTransactions / stripes)
        let metrics = settings.metrics ?? MetricsSystem.factory
        let log = EventLog(settings.logger, metrics: metrics)
        return Engine(
            site: site, router: router, resolver: resolver, core: core, stripes: stripes,
            maximumHeaderLines: settings.streams.maximumHeaderLines,
            keepAlives: KeepAlives(
                settings.keepAlive, loops: loops, at: Clock.instant, metrics: metrics),
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
    ) throws -> (host: ByteSlice, port: UInt16) {
        let text = text ?? machine.host(for: endpoint.address)
        if (try? Host(ByteSlice(text))) != nil { return (ByteSlice(text), endpoint.port) }
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...]), port > 0,
            let host = try? Host(ByteSlice(String(text[..<colon])))
        else { throw ProxySettingsError.badAdvertisedHost(text) }
        return (host.text, port)
    }
}
