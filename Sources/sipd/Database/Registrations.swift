import Logging
import SIPCore
import SIPLocation
import SIPMariaDB
import SIPProxy
import Synchronization

/// Where registrations and aliases are looked up: in memory with a database behind it (modes 0, 1 and 2), or in the database
/// itself (mode 3).
enum Registrations: Location {
    case memory(LoadedLocation)
    case database(MariaDBLocation, upkeep: StoredBindings)

    /// - Throws: `Failure` when the settings name no database for bindings.
    init(_ databases: Databases, _ settings: Settings, _ logger: Logger) throws(Failure) {
        switch (settings.location.mode, databases) {
        case (.database, .mariadb(let databases)):
            let database = try databases.database(for: .bindings)
            self = .database(
                MariaDBLocation(
                    database, aliases: databases.aliases, registrar: settings.registrar),
                upkeep: StoredBindings(store: MariaDBBindings(database)))
        case (let mode, _):
            self = .memory(try LoadedLocation(databases, settings, mode.mode, logger))
        }
    }

    func bindings(of address: AddressOfRecord, at now: UnixTime) async throws -> [Binding] {
        switch self {
        case .memory(let location): try location.service.current(of: address, at: now)
        case .database(let location, _): try await location.bindings(of: address, at: now)
        }
    }

    func register(
        _ registration: Registration, for address: AddressOfRecord, at now: UnixTime
    ) async throws -> RegistrationOutcome {
        switch self {
        case .memory(let location):
            try await location.service.register(registration, for: address, at: now)
        case .database(let location, _):
            try await location.register(registration, for: address, at: now)
        }
    }

    func connectionEnded(
        from source: Endpoint, to local: Endpoint, of address: AddressOfRecord
    ) async throws {
        switch self {
        case .memory(let location):
            try await location.service.connectionEnded(from: source, to: local, of: address)
        case .database(let location, _):
            try await location.connectionEnded(from: source, to: local, of: address)
        }
    }

    func alias(of address: AddressOfRecord) async throws -> URI? {
        switch self {
        case .memory(let location): try await location.service.alias(of: address)
        case .database(let location, _): try await location.alias(of: address)
        }
    }

    func aliases(of address: AddressOfRecord) async throws -> [URI] {
        switch self {
        case .memory(let location): try await location.service.aliases(of: address)
        case .database(let location, _): try await location.aliases(of: address)
        }
    }

    /// Reads what is stored, where memory is to hold it.
    ///
    /// - Throws: `StoreError`.
    func load() async throws {
        if case .memory(let location) = self { try await location.load() }
    }

    /// Does what is due; to be called once a second.
    ///
    /// - Throws: `StoreError`; what could not be written is kept and tried again.
    func maintain() async throws {
        switch self {
        case .memory(let location): try await location.maintain()
        case .database(_, let upkeep): try await upkeep.maintain()
        }
    }

    /// Looks for changed aliases now, where memory holds them, and does what else is due.
    ///
    /// - Throws: `StoreError`; then the aliases stay as they were.
    func refreshAliases() async throws {
        if case .memory(let location) = self { try await location.refreshAliases() }
    }

    /// Has the proxy keep the ways to phones behind NATs alive that registered before it was started: what was read into memory.
    func keepAlive(by proxy: Proxy) {
        guard case .memory(let location) = self, let service = try? location.service else { return }
        var bindings: [Binding] = []
        service.forEach(at: .now) { if $0.received != nil { bindings.append($0) } }
        proxy.keepAlive(bindings, in: service)
    }

    /// Writes what is not written yet, at the end.
    ///
    /// - Returns: how many changes were written; nil when nothing ever waits.
    /// - Throws: `StoreError`.
    func flush() async throws -> Int? {
        guard case .memory(let location) = self else { return nil }
        return try await location.flush()
    }
}

/// The location service in memory, which says that it does not know as long as it has not read its database.
final class LoadedLocation: Sendable {
    private let loading: LocationService
    /// Looked at once an interval unless told.
    private let serverAliases: MariaDBAliases?
    private let isLoaded = Atomic<Bool>(false)
    private let logger: Logger

    init(
        _ databases: Databases, _ settings: Settings, _ mode: LocationService.Mode,
        _ logger: Logger
    ) throws(Failure) {
        self.logger = logger
        var own = LocationService.Settings()
        own.flushInterval = Int64(settings.location.flushInterval)
        own.registrar = settings.registrar
        let store: (any BindingStore)? = mode == .memory ? nil : try databases.bindings
        var aliases: (any AliasStore)?
        switch databases {
        case .sqlite:
            aliases = try databases.aliases
            serverAliases = nil
        case .mariadb(let databases):
            let interval = Duration.seconds(settings.location.aliasInterval)
            serverAliases = databases.aliases.map { MariaDBAliases($0, interval: interval) }
            aliases = serverAliases
        }
        loading = LocationService(mode: mode, store: store, aliases: aliases, settings: own)
    }

    /// - Throws: `StoreError` until the database has been read.
    var service: LocationService {
        get throws(StoreError) {
            guard isLoaded.load(ordering: .acquiring) else {
                throw StoreError(.unavailable, "the registrations are not read yet")
            }
            return loading
        }
    }

    func load() async throws {
        let count = try await loading.load(at: .now)
        isLoaded.store(true, ordering: .releasing)
        logger.info(
            "registrations loaded",
            metadata: ["count": "\(count)", "mode": "\(loading.mode.rawValue)"])
    }

    func maintain() async throws {
        guard isLoaded.load(ordering: .acquiring) else { return try await load() }
        try await loading.maintain(at: .now)
    }

    func refreshAliases() async throws {
        serverAliases?.invalidate()
        try await maintain()
    }

    func flush() async throws -> Int? {
        // What was never read was never changed.
        guard loading.mode == .writeBack, isLoaded.load(ordering: .acquiring) else { return nil }
        return try await loading.flush()
    }
}

/// Mode 3: what has expired is removed from the database, once a minute.
final class StoredBindings: Sendable {
    let store: MariaDBBindings
    private let last = Mutex<UnixTime?>(nil)

    init(store: MariaDBBindings) { self.store = store }

    func maintain() async throws {
        let now = UnixTime.now
        let isDue = last.withLock { last in
            guard let before = last, now - before < 60, now >= before else {
                last = now
                return true
            }
            return false
        }
        if isDue { _ = try await store.expire(at: now) }
    }
}
