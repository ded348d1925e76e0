/// A MariaDB or MySQL database that holds accounts, aliases, bindings and the tables beside them.
///
/// It has three threads, each with a connection: for look-ups, which are gathered; for writes; and for whole tables. A
/// connection is made when it is needed first, and made again when it broke. Nothing here blocks the thread that calls.
public final class MariaDBDatabase: Sendable {
    public let url: DatabaseURL
    public let settings: MariaDBSettings
    let lookups: Lane
    let writes: Lane
    let tables: Lane
    /// Tells the operator what was passed over.
    let warn: @Sendable (String) -> Void

    /// - Parameter warn: is told, in one line each, what was found odd and passed over.
    public init(
        _ url: DatabaseURL, settings: MariaDBSettings = MariaDBSettings(),
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.url = url
        self.settings = settings
        self.warn = warn
        lookups = Lane("lookups", url, limit: settings.maximumWaiting)
        writes = Lane(
            "writes", url, limit: settings.maximumWaiting, interval: settings.commitInterval)
        tables = Lane("tables", url, limit: settings.maximumWaiting)
    }

    /// Figures of the moment.
    public struct Statistics: Hashable, Sendable {
        /// Statements, or batches of look-ups, that wait for a thread.
        public var waitingLookups = 0
        public var waitingWrites = 0
    }

    public var statistics: Statistics {
        Statistics(waitingLookups: lookups.waiting, waitingWrites: writes.waiting)
    }

    /// Ends the connections, after what is under way. Afterwards every use throws.
    public func close() async {
        await lookups.close()
        await writes.close()
        await tables.close()
    }
}
