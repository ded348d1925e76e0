import CoreMetrics
import Glibc
import Logging
import SIPCore
import SIPLocation
import SIPProxy
import ServiceLifecycle

extension Daemon {
    /// How the control socket reaches the accounts in memory.
    struct Accounts: Sendable {
        /// Brings them up to date; answers how many there are.
        let refresh: @Sendable () async throws -> Int
        let count: @Sendable () -> Int
        let forget: @Sendable (AddressOfRecord) -> Void
    }

    /// The services of an operator who is at the machine: SIGHUP, and the control socket when there is one.
    ///
    /// To be called before the proxy starts, whose counters are made then.
    func operatorServices(
        _ socket: ControlSocket?, proxy: Proxy, location: LocationService, accounts: Accounts
    ) -> [any Service] {
        let tally = Tally()
        MetricsSystem.bootstrap(tally)
        let reload = Reload(
            running: settings, reread: reread, threshold: threshold, logger: logger,
            location: location, accounts: accounts.refresh)
        let start = Instant.now
        let controls = ControlDesk.Daemon(
            forget: accounts.forget, refresh: { _ = try await reload.refresh() },
            reload: { try await reload() },
            figures: { Self.figures(since: start, proxy, location, accounts, tally) },
            // The way that a service manager takes.
            stop: { kill(getpid(), SIGTERM) })
        let hangup = HangupReload(reload: reload)
        guard let socket else {
            logger.warning("no place for a control socket: name one with control:")
            return [hangup]
        }
        let desk = ControlDesk(LiveRegistrations(location), daemon: controls)
        return [ControlServer(socket, desk, logger: logger), hangup]
    }

    private static func figures(
        since start: Instant, _ proxy: Proxy, _ location: LocationService, _ accounts: Accounts,
        _ tally: Tally
    ) -> Figures {
        let uptime = Instant.now - start
        var figures = Figures(process: getpid(), uptime: uptime / .seconds(1))
        let statistics = location.statistics
        figures.registrations = statistics.bindings
        figures.addresses = statistics.addresses
        figures.unsaved = statistics.unsaved
        figures.waiting = statistics.waiting
        figures.accounts = accounts.count()
        figures.transactions = proxy.load.transactions
        (figures.received, figures.sent) = proxy.traffic
        for label in ["sip_answered_total", "sip_completed_total", "sip_refused_total"] {
            figures.replies.merge(tally.sums(of: label, by: "class"), uniquingKeysWith: +)
        }
        figures.replies = figures.replies.filter { $0.value > 0 }
        figures.memory = ProcessFigures.memory
        figures.processor = ProcessFigures.processor
        return figures
    }
}
