import Glibc
import Logging
import SIPCore
import SIPLocation
import SIPProxy
import ServiceLifecycle

extension Daemon {
    /// The services of an operator who is at the machine: SIGHUP, and the control socket when there is one.
    func operatorServices(
        _ socket: ControlSocket?, proxy: Proxy, _ reload: Reload
    ) -> [any Service] {
        let tally = tally
        let (registrations, accounts) = (reload.registrations, reload.accounts)
        let start = Instant.now
        let controls = ControlDesk.Daemon(
            forget: { accounts.invalidate(username: $0.user, domain: $0.host) },
            refresh: { try await reload.refresh() },
            refreshTables: { try await reload.refreshTables() },
            reload: { try await reload() }, gateways: reload.gateways,
            flood: reload.flood,
            figures: { Self.figures(since: start, proxy, registrations, accounts, tally) },
            // The way that a service manager takes.
            stop: { kill(getpid(), SIGTERM) })
        let hangup = HangupReload(reload: reload)
        guard let socket else {
            logger.warning("no place for a control socket: name one with control:")
            return [hangup]
        }
        let desk = ControlDesk(
            registrations.operators, daemon: controls, domain: settings.sharedDomain)
        return [ControlServer(socket, desk, logger: logger), hangup]
    }

    private static func figures(
        since start: Instant, _ proxy: Proxy, _ registrations: Registrations, _ accounts: Accounts,
        _ tally: Tally
    ) -> Figures {
        let uptime = Instant.now - start
        var figures = Figures(process: getpid(), uptime: uptime / .seconds(1))
        if let statistics = registrations.statistics {
            figures.registrations = statistics.bindings
            figures.addresses = statistics.addresses
            figures.unsaved = statistics.unsaved
            figures.waiting = statistics.waiting
        }
        figures.accounts = accounts.count
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
