import SIPAuth
import SIPCore
import SIPMariaDB
import SIPSQLite

/// The accounts in memory, in front of whichever database.
///
/// A file tells what has changed, a server whether something has: then all are read again.
enum Accounts: Subscribers {
    case sqlite(CachedSubscribers<SQLiteSubscribers>)
    case mariadb(CachedSubscribers<MariaDBSubscribers>)

    /// - Throws: `Failure` when the settings name no database for accounts.
    init(_ databases: Databases, _ settings: Settings) throws(Failure) {
        let (lifetime, capacity) = (
            Duration.seconds(settings.accounts.cacheLifetime), settings.accounts.cacheCapacity
        )
        switch databases {
        case .sqlite(let database):
            var own = CachedSubscribers<SQLiteSubscribers>.Settings()
            own.lifetime = lifetime
            own.capacity = capacity
            self = .sqlite(
                CachedSubscribers(SQLiteSubscribers(database), settings: own) { Instant.now })
        case .mariadb(let databases):
            var own = CachedSubscribers<MariaDBSubscribers>.Settings()
            own.lifetime = lifetime
            own.capacity = capacity
            let subscribers = MariaDBSubscribers(try databases.database(for: .accounts))
            self = .mariadb(CachedSubscribers(subscribers, settings: own) { Instant.now })
        }
    }

    func subscriber(
        _ username: ByteSlice, domain: ByteSlice, freshness: Freshness
    ) async throws -> Subscriber? {
        switch self {
        case .sqlite(let cached):
            try await cached.subscriber(username, domain: domain, freshness: freshness)
        case .mariadb(let cached):
            try await cached.subscriber(username, domain: domain, freshness: freshness)
        }
    }

    var mayBeStale: Bool {
        switch self {
        case .sqlite(let cached): cached.mayBeStale
        case .mariadb(let cached): cached.mayBeStale
        }
    }

    /// How many are in memory.
    var count: Int {
        switch self {
        case .sqlite(let cached): cached.count
        case .mariadb(let cached): cached.count
        }
    }

    /// Takes note of what has changed, where the store tells it.
    ///
    /// - Throws: `StoreError`; then what is in memory grows old.
    func refresh() async throws {
        switch self {
        case .sqlite(let cached): try await cached.refresh()
        case .mariadb(let cached): try await cached.refresh()
        }
    }

    /// Brings what is in memory up to date at once.
    ///
    /// - Throws: `StoreError`; then it stays as it was.
    func reload() async throws {
        switch self {
        case .sqlite(let cached): try await cached.refresh()
        case .mariadb(let cached):
            // While the server can't answer, what is in memory stays.
            _ = try await cached.subscriber("", domain: "", freshness: .fresh)
            // What was removed must stop at once, also when there are too many to be read again now.
            cached.invalidateAll()
            try await cached.refresh()
        }
    }

    /// Forgets an account: the next request for it goes to the store.
    func invalidate(username: ByteSlice, domain: ByteSlice) {
        switch self {
        case .sqlite(let cached): cached.invalidate(username: username, domain: domain)
        case .mariadb(let cached): cached.invalidate(username: username, domain: domain)
        }
    }

    /// Forgets all accounts.
    func invalidateAll() {
        switch self {
        case .sqlite(let cached): cached.invalidateAll()
        case .mariadb(let cached): cached.invalidateAll()
        }
    }
}
