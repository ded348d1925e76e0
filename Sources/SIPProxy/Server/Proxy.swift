import Logging
public import NIOCore
import NIOPosix
import SIPAuth
public import SIPCore
public import SIPLocation
import SIPTransaction
public import SIPTransport
public import ServiceLifecycle
import Synchronization

/// A SIP proxy: sockets, event loops and a ``Router``.
///
/// ```swift
/// let proxy = Proxy(listening: [.udp(port: 5060)], domains: ["voice.example"]) { request in
///     try request.limitHops(to: 10)
///     return .reply(.notFound)
/// }
/// try await proxy.run()
/// ```
///
/// Several live in one process; there is no global state.
public final class Proxy: Service, Sendable {
    private let settings: ProxySettings
    private let router: any Router
    private let group: (any EventLoopGroup)?
    private let running = Mutex<Running?>(nil)
    private let listeners = EventStreams()
    private let failures = AsyncStream.makeStream(
        of: ListenError.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameters:
    ///   - settings: where to listen, and what for.
    ///   - router: what happens to requests.
    ///   - eventLoopGroup: the loops to run on; nil: loops of its own, ended with the proxy.
    public init(
        _ settings: ProxySettings, router: some Router,
        eventLoopGroup: (any EventLoopGroup)? = nil
    ) {
        self.settings = settings
        self.router = router
        group = eventLoopGroup
    }

    /// A proxy with the default settings.
    public convenience init(listening: [Endpoint], domains: [String], router: some Router) {
        self.init(ProxySettings(listen: listening, domains: domains), router: router)
    }

    /// A proxy with the default settings, and a closure that routes.
    ///
    /// - Parameters:
    ///   - route: what ``Router/route(_:)`` does.
    ///   - failed: what ``Router/failed(_:with:)`` does; nil: the best response goes back.
    public convenience init(
        listening: [Endpoint], domains: [String], route: @escaping ClosureRouter.Route,
        failed: ClosureRouter.Failed? = nil
    ) {
        self.init(
            ProxySettings(listen: listening, domains: domains),
            router: ClosureRouter(route, failed: failed))
    }

    /// Starts, runs until the task is cancelled or the service group shuts down, drains for ``ProxySettings/drainTime``, and stops.
    ///
    /// - Throws: what ``start()`` and ``waitForShutdown()`` throw.
    public func run() async throws {
        try await start()
        do {
            try await waitForShutdown()
        } catch {
            await stop()
            throw error
        }
        if settings.drainTime > .zero { await drain(within: settings.drainTime) }
        await stop()
    }

    /// Binds all listeners; when it returns, requests are served.
    ///
    /// - Throws: `ListenError` for an address that can't be listened on, `TLSError`, ``ProxySettingsError``, `DNSSettingsError`; then
    ///   nothing listens.
    public func start() async throws {
        guard !settings.listen.isEmpty else { throw ProxySettingsError.noListener }
        let loops = settings.eventLoops ?? System.coreCount
        let group = self.group ?? MultiThreadedEventLoopGroup(numberOfThreads: loops)
        do {
            let running = try await Running(
                settings, router, group, ownsGroup: self.group == nil, events: listeners,
                onFailure: { [weak self] in self?.fail($0) })
            self.running.withLock { $0 = running }
        } catch {
            if self.group == nil { try? await group.shutdownGracefully() }
            throw error
        }
    }

    /// Takes no new calls any more and waits for those under way to be answered: 503 for every request outside of dialogs, which sends
    /// phones to another server; everything else goes on as before. ``stop()`` comes after it.
    ///
    /// - Parameter limit: how long it waits at most. A phone may ring for three minutes.
    /// - Returns: whether nothing was under way at the end; true when the proxy does not run.
    @discardableResult
    public func drain(within limit: Duration) async -> Bool {
        guard let engine = running.withLock({ $0?.engine }) else { return true }
        engine.drain()
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        while engine.unanswered > 0 {
            guard clock.now < deadline, (try? await clock.sleep(for: Self.look)) != nil else {
                return false
            }
        }
        // The ACKs of the last ones have still to be passed on: T1 is what a round trip may take.
        try? await clock.sleep(until: min(clock.now + settings.timers.t1, deadline))
        return engine.unanswered == 0
    }

    /// How often ``drain(within:)`` looks.
    private static let look = Duration.milliseconds(20)

    /// What happens in the proxy, as it happens: for logs, statistics, a monitor of the host program's own.
    ///
    /// The sequence ends with ``stop()``. Several may listen; each misses only what is not in its own buffer any more.
    ///
    /// - Parameter buffer: so many events wait for a listener that is slow; then the oldest are lost.
    public func events(buffering buffer: Int = 1024) -> AsyncStream<ProxyEvent> {
        listeners.stream(buffering: buffer)
    }

    /// Reads certificates, keys and authorities again: new connections are made with them, those that live keep theirs.
    ///
    /// - Throws: `TLSError`, also when the proxy was started without TLS; then all stays as it was.
    public func reload(_ settings: TLSSettings) throws(TLSError) {
        guard let running = running.withLock({ $0 }) else { return }
        try running.reload(settings)
    }

    /// Reads again which DNS servers the system names, where ``DNSSettings/servers`` names none. By itself that is done within seconds
    /// of a change.
    public func reloadNameServers() { running.withLock { $0 }?.reloadNameServers() }

    /// Closes all sockets. Calls that are under way go on between the phones.
    public func stop() async {
        let running = self.running.withLock { running in
            let taken = running
            running = nil
            return taken
        }
        await running?.stop()
        listeners.finish()
    }

    /// The addresses that are listened on, with the ports that the system chose; empty when the proxy does not run.
    public var addresses: [Endpoint] {
        running.withLock { $0?.addresses ?? [] }
    }

    /// Transactions and timers that live now.
    public var load: (transactions: Int, timers: Int) {
        guard let load = running.withLock({ $0?.engine.load }) else { return (0, 0) }
        return (load.sessions, load.timers)
    }

    /// Messages that came and that were sent since the start, retransmissions and what was dropped included.
    public var traffic: (received: Int, sent: Int) {
        running.withLock { $0?.traffic ?? (0, 0) }
    }

    /// Asks somebody whether he lives, by an OPTIONS of our own (RFC 3261 11.1), over any transport.
    ///
    /// - Parameters:
    ///   - target: who is asked; where it names its address and our socket, there and from there.
    ///   - patience: how long its answer is waited for; 32 s at most.
    ///   - user: the user part of its From; nil: our host alone.
    /// - Returns: what came of it; ``OwnOutcome/Result/unsent`` when the proxy does not run.
    package func ask(
        _ target: Target, within patience: Duration, user: ByteSlice? = nil
    ) async -> OwnOutcome.Result {
        guard let running = running.withLock({ $0 }) else { return .unsent }
        return await running.ask(target, within: patience, user: user)
    }

    /// Keeps the ways to phones behind NATs alive that registered before the proxy was started: what a location service has read from its
    /// store. Those who register afterwards are kept by themselves. To be called after ``start()``.
    ///
    /// - Parameters:
    ///   - bindings: all of them, or those with a source (`Binding.received`).
    ///   - location: what knows of them, and removes those that stay silent (``KeepAlive/maximumSilence``).
    public func keepAlive(_ bindings: some Sequence<Binding>, in location: some Location) {
        guard let engine = running.withLock({ $0?.engine }), !engine.keepAlives.isOff else {
            return
        }
        let behindNATs = bindings.filter { $0.received != nil }
        for (address, bindings) in Dictionary(grouping: behindNATs, by: \.address) {
            engine.keepAlives.set(bindings, of: address, in: location)
        }
    }

    /// How many bindings behind NATs are kept alive now.
    public var keptAlive: Int { running.withLock { $0?.engine.keepAlives.count } ?? 0 }

    /// Waits until the task is cancelled or the service group shuts down.
    ///
    /// - Throws: `ListenError` when the system has closed a UDP socket: nothing comes by it any more, so the proxy is to be stopped and
    ///   started again.
    public func waitForShutdown() async throws(ListenError) {
        let failure = await cancelWhenGracefulShutdown { [failures] () -> ListenError? in
            for await failure in failures.stream { return failure }
            return nil
        }
        if let failure { throw failure }
    }

    /// A socket is closed, and nobody has asked for it.
    package func fail(_ error: ListenError) {
        settings.logger.critical("a socket failed", metadata: ["reason": "\(error)"])
        failures.continuation.yield(error)
    }
}
