public import NIOCore
import NIOPosix
import SIPAuth
public import SIPCore
import SIPTransaction
import SIPTransport
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
    public convenience init(
        listening: [Endpoint], domains: [String],
        route: @escaping @Sendable (inout RoutedRequest) async throws -> Action
    ) {
        self.init(
            ProxySettings(listen: listening, domains: domains), router: ClosureRouter(route))
    }

    /// Starts, runs until the task is cancelled or the service group shuts down, and stops.
    ///
    /// - Throws: what ``start()`` throws.
    public func run() async throws {
        try await start()
        await waitForShutdown()
        await stop()
    }

    /// Binds all listeners; when it returns, requests are served.
    ///
    /// - Throws: `ListenError` for an address that can't be listened on, ``ProxySettingsError``; then nothing listens.
    public func start() async throws {
        guard !settings.listen.isEmpty else { throw ProxySettingsError.noListener }
        let loops = settings.eventLoops ?? System.coreCount
        let group = self.group ?? MultiThreadedEventLoopGroup(numberOfThreads: loops)
        do {
            let running = try await Running(settings, router, group, ownsGroup: self.group == nil)
            self.running.withLock { $0 = running }
        } catch {
            if self.group == nil { try? await group.shutdownGracefully() }
            throw error
        }
    }

    /// Closes all sockets. Calls that are under way go on between the phones.
    public func stop() async {
        let running = self.running.withLock { running in
            let taken = running
            running = nil
            return taken
        }
        await running?.stop()
    }

    /// The addresses that are listened on, with the ports that the system chose; empty when the proxy does not run.
    public var addresses: [Endpoint] {
        running.withLock { $0?.listeners.map(\.local) ?? [] }
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

    private func waitForShutdown() async {
        try? await gracefulShutdown()
    }
}
