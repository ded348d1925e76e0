import SIPLocation
import SIPMariaDB

/// One database for all services, or one for each: those with the same URL share their connections.
struct MariaDBDatabases: Sendable {
    typealias Service = MariaDBDatabase.Service

    let urls: ServiceURLs
    let settings: MariaDBSettings
    private let byURL: [DatabaseURL: MariaDBDatabase]

    init(
        _ urls: ServiceURLs, _ settings: MariaDBSettings,
        warn: @escaping @Sendable (String) -> Void
    ) {
        self.urls = urls
        self.settings = settings
        byURL = Dictionary(
            uniqueKeysWithValues: urls.byURL.keys.map {
                ($0, MariaDBDatabase($0, settings: settings, warn: warn))
            })
    }

    /// Each database once.
    var all: [MariaDBDatabase] {
        byURL.values.sorted { "\($0.url)" < "\($1.url)" }
    }

    /// - Throws: `Failure` when the settings name none.
    func database(for service: Service) throws(Failure) -> MariaDBDatabase {
        guard let database = urls[service].flatMap({ byURL[$0] }) else { throw isMissing(service) }
        return database
    }

    /// Both tables of aliases are in one database; nil when the settings name none.
    var aliases: MariaDBDatabase? {
        (urls[.databaseAliases] ?? urls[.aliases]).flatMap { byURL[$0] }
    }

    func isMissing(_ service: Service) -> Failure {
        Failure(
            .configuration,
            "no database is named for \(service.rawValue): add one under database: in the settings")
    }

    /// Sees that the servers can be reached and have what the services need.
    ///
    /// - Parameter patience: how long to go on trying; nil for ever, zero for a single try.
    /// - Throws: `StoreError`, `CancellationError`.
    func prepare(_ services: Set<Service>, patience: Duration?) async throws {
        for (url, served) in urls.byURL {
            let needed = served.intersection(services)
            guard !needed.isEmpty, let database = byURL[url] else { continue }
            try await database.prepare(needed, patience: patience)
        }
    }

    func close() async {
        for database in byURL.values { await database.close() }
    }
}
