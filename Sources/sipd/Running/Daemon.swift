import Logging
import SIPAuth
import SIPCore
import SIPDNS
import SIPLocation
import SIPProxy
import SIPTransaction
import ServiceLifecycle
import UnixSignals

/// Composes a proxy from settings and runs it until SIGTERM or SIGINT.
struct Daemon {
    private typealias Home = HomeRouter<Accounts, Registrations>

    let settings: Settings
    let reread: @Sendable () throws -> Settings
    let threshold: LogThreshold
    let logger: Logger
    let tally = Tally()

    /// - Parameter reread: reads the settings once more, for a reload.
    init(_ settings: Settings, reread: @escaping @Sendable () throws -> Settings) {
        self.settings = settings
        self.reread = reread
        let threshold = LogThreshold(settings.log.level.level)
        self.threshold = threshold
        let format = settings.log.format
        logger = Logger(label: "sipd") { _ in
            LineLogHandler(threshold: threshold, format: format)
        }
    }

    /// Everything that can fail fails before the first socket is open, so nothing is ever half started.
    ///
    /// - Throws: `Failure` with the fix.
    func run() async throws(Failure) {
        let pidFile = try settings.pidFile.map { path throws(Failure) in try PidFile(path: path) }
        defer { pidFile?.remove() }
        let socket = try settings.controlPath.map { path throws(Failure) in
            try ControlSocket(path: path)
        }
        defer { socket?.remove() }
        do {
            let databases = try await openDatabases()
            let registrations = try Registrations(databases, settings, logger)
            try await load { try await registrations.load() }
            let accounts = try Accounts(databases, settings)
            try await load { try await accounts.refresh() }
            logger.info("accounts loaded", metadata: ["count": "\(accounts.count)"])
            let permissions = try Permissions(databases, settings, logger)
            try await load { try await permissions.refresh() }
            let gateways = Gateways(settings.gateways)
            let flood = settings.floodSettings.map { FloodProtection($0) }
            let proxy = Proxy(
                try proxySettings(permissions.live, gateways, flood),
                router: Home(
                    settings.preset == .ser ? .ser : .closed, limits: limits,
                    subscribers: accounts, location: registrations))
            try await serve(
                ListeningProxy(proxy: proxy, registrations: registrations, logger: logger),
                Upkeep(
                    registrations: registrations, accounts: accounts, permissions: permissions,
                    logger: logger),
                operatorServices(
                    socket, proxy: proxy,
                    Reload(
                        running: settings, reread: reread, threshold: threshold, logger: logger,
                        registrations: registrations, accounts: accounts, permissions: permissions,
                        gateways: gateways, flood: flood, proxy: proxy)))
            try await databases.close()
            logger.notice("stopped")
        } catch {
            throw Failure(anything: error)
        }
    }

    /// The proxy stops first, so that what it still answered is written by the upkeep, which stops last.
    private func serve(
        _ proxy: ListeningProxy, _ upkeep: Upkeep, _ operatorServices: [any Service]
    ) async throws {
        var configuration = ServiceGroupConfiguration(
            services: operatorServices + [upkeep, proxy],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = .seconds(60)
        try await ServiceGroup(configuration: configuration).run()
    }

    /// The service group's own steps are of interest to nobody below a warning.
    private var quiet: Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }

    private func openDatabases() async throws -> Databases {
        let databases = try Databases(settings, make: true) { [logger] line in
            logger.warning("database", metadata: ["reason": "\(line)"])
        }
        guard case .mariadb(let servers) = databases else { return databases }
        do {
            try await servers.prepare(settings.neededServices, patience: settings.patience)
        } catch let error as StoreError where error.kind == .unavailable {
            guard settings.mariadb.whenDownAtStart == .serve else {
                throw Failure(
                    .unavailable,
                    "\(error); mariadb.when_down_at_start: wait or serve starts without it")
            }
            logger.error(
                "the database can't be reached, 503 until it is there",
                metadata: ["reason": "\(error)"])
        }
        return databases
    }

    /// Reads what is kept in memory. A server that is away is no obstacle when the settings say so: the upkeep tries again, and until
    /// then nobody is let in by what was not read.
    private func load(_ read: () async throws -> Void) async throws {
        do {
            try await read()
        } catch let error as StoreError where error.kind == .unavailable {
            guard settings.mariadb.whenDownAtStart == .serve else { throw error }
        }
    }

    private var limits: Home.Limits {
        var limits = Home.Limits()
        limits.hops = UInt8(clamping: settings.maxForwards)
        limits.messageSize = settings.maxMessageSize
        limits.tryingOnRegister = settings.tryingOnRegister
        limits.relayGroup = settings.permissions.relayGroup
        if settings.callsOut {
            limits.pstn = .init(gateways: settings.pstn.gateways, members: settings.pstn.members)
        }
        limits.fixesContacts = settings.nat.fixContacts
        limits.path = settings.path.added.mode
        limits.serviceRoute = settings.location.serviceRoute.compactMap { try? SIPURI($0) }
        return limits
    }

    private func proxySettings(
        _ tables: LiveTables, _ gateways: Gateways, _ flood: FloodProtection?
    ) throws(Failure) -> ProxySettings {
        var own = ProxySettings(listen: settings.listen, domains: settings.domains)
        let keyFile = settings.keyFile ?? settings.database.defaultKeyFile
        guard let key = ProxyKey(try KeyFile.load(path: keyFile)) else {
            throw Failure(
                .software, "the key in \(keyFile) has another length than the proxy wants")
        }
        own.key = key
        if let host = settings.advertisedHost {
            for index in settings.listen.indices { own.advertisedHosts[index] = host }
        }
        own.digest.algorithms = settings.authentication.algorithms.map(\.algorithm)
        own.digest.qop = settings.authentication.qop.compactMap(\.qualityOfProtection)
        own.digest.nonceLifetime = Int64(settings.authentication.nonceLifetime)
        own.trustedPeers = settings.trustedPeers.filter(\.isAddress).map(\.address)
        own.tables = tables
        own.gateways = gateways
        own.flood = flood
        own.names = settings.permissions.names.rule
        own.sharesUsers = settings.sharedDomain != nil
        own.balancers = settings.balancers
        own.dscp = settings.dscp
        own.issuesGRUUs = settings.location.gruu
        own.tls = settings.tlsSettings
        own.trustedNames = settings.tls.trustedNames
        own.streams = settings.streamSettings
        let timers = settings.timers
        own.timers = .init(t1: timers.t1, t2: timers.t2, t4: timers.t4)
        own.timers.c = timers.c
        own.dns = settings.dns
        own.keepAlive = settings.keepAlive
        own.maximumTransactions = settings.maximumTransactions
        own.eventLoops = settings.eventLoops
        own.logger = logger
        own.metrics = tally
        return own
    }
}
