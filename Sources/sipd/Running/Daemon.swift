import Logging
import SIPAuth
import SIPCore
import SIPLocation
import SIPProxy
import SIPSQLite
import SIPTransaction
import ServiceLifecycle
import UnixSignals

/// Composes a proxy from settings and runs it until SIGTERM or SIGINT.
struct Daemon {
    private typealias Home = HomeRouter<Upkeep.Accounts, LocationService>

    let settings: Settings
    let reread: @Sendable () throws -> Settings
    let threshold: LogThreshold
    let logger: Logger

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
            let database = try openDatabase()
            let location = try await location(on: database)
            let subscribers = try await subscribers(in: database)
            let proxy = Proxy(
                try proxySettings(),
                router: Home(
                    settings.preset == .ser ? .ser : .closed, limits: limits,
                    subscribers: subscribers, location: location))
            let accounts = Accounts(
                refresh: {
                    try await subscribers.refresh()
                    return subscribers.count
                },
                count: { subscribers.count },
                forget: { subscribers.invalidate(username: $0.user, domain: $0.host) })
            try await serve(
                proxy, Upkeep(location: location, subscribers: subscribers, logger: logger),
                operatorServices(socket, proxy: proxy, location: location, accounts: accounts))
            try database.close()
            logger.notice("stopped")
        } catch {
            throw Failure(anything: error)
        }
    }

    /// The proxy stops first, so that what it still answered is written by the upkeep, which stops last.
    private func serve(
        _ proxy: Proxy, _ upkeep: Upkeep, _ operatorServices: [any Service]
    ) async throws {
        var configuration = ServiceGroupConfiguration(
            services: operatorServices + [upkeep, ListeningProxy(proxy: proxy, logger: logger)],
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

    private func openDatabase() throws -> SQLiteDatabase {
        switch settings.database {
        case .sqlite(let path):
            // Only mode 1 promises that an answered registration outlives a power cut.
            try SQLiteDatabase(
                path: path,
                durability: settings.location.mode == .writeThrough ? .powerLoss : .crash)
        }
    }

    private func location(on database: SQLiteDatabase) async throws -> LocationService {
        var own = LocationService.Settings()
        own.flushInterval = Int64(settings.location.flushInterval)
        own.registrar.minimumExpires = UInt32(settings.location.minimumExpires)
        own.registrar.defaultExpires = UInt32(settings.location.defaultExpires)
        own.registrar.maximumExpires = UInt32(settings.location.maximumExpires)
        own.registrar.maximumContacts = settings.location.maximumContacts
        own.registrar.whenFull = settings.location.whenFull == .refuse ? .refuse : .replaceOldest
        let location = LocationService(
            mode: settings.location.mode.mode, store: SQLiteBindings(database),
            aliases: SQLiteAliases(database), settings: own)
        let count = try await location.load(at: .now)
        logger.info(
            "registrations loaded",
            metadata: ["count": "\(count)", "mode": "\(location.mode.rawValue)"])
        return location
    }

    private func subscribers(in database: SQLiteDatabase) async throws -> Upkeep.Accounts {
        let subscribers = CachedSubscribers(
            SQLiteSubscribers(database), clock: { Instant.now })
        try await subscribers.refresh()
        logger.info("accounts loaded", metadata: ["count": "\(subscribers.count)"])
        return subscribers
    }

    private var limits: Home.Limits {
        var limits = Home.Limits()
        limits.hops = UInt8(clamping: settings.maxForwards)
        limits.messageSize = settings.maxMessageSize
        limits.tryingOnRegister = settings.tryingOnRegister
        return limits
    }

    private func proxySettings() throws(Failure) -> ProxySettings {
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
        own.trustedPeers = settings.trustedPeers
        let timers = settings.timers
        own.timers = .init(t1: timers.t1, t2: timers.t2, t4: timers.t4)
        own.timers.c = timers.c
        own.maximumTransactions = settings.maximumTransactions
        own.eventLoops = settings.eventLoops
        own.logger = logger
        return own
    }
}
