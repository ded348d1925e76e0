import SIPLocation

/// The way to the database: one connection at a time, to one of the URL's hosts.
///
/// The hosts are tried in their order, beginning with the one that served last. When none can be reached, nothing is
/// tried for a second, and who asks hears so at once.
struct Link {
    private let url: DatabaseURL
    private var connection: Connection?
    private var host = 0
    /// Why nothing is tried, and until when.
    private var outage: (error: StoreError, end: ContinuousClock.Instant)?

    init(_ url: DatabaseURL) { self.url = url }

    /// - Returns: a connection that was open a moment ago.
    /// - Throws: ``StoreError`` when no host can be reached.
    mutating func open() throws(StoreError) -> Connection {
        if let connection {
            if connection.isOpen { return connection }
            self.connection = nil
        }
        if let outage, ContinuousClock.now < outage.end { throw outage.error }
        var failure = StoreError(.unavailable, "\(url): no host")
        let password = try url.password.resolve()
        for _ in url.hosts {
            do {
                let connection = try Connection(url, host: url.hosts[host], password: password)
                self.connection = connection
                outage = nil
                return connection
            } catch {
                failure = error.storeError("connect to \(url.hosts[host])", at: "\(url)")
                host = (host + 1) % url.hosts.count
            }
        }
        pause(failure)
        throw failure
    }

    /// Gives up a connection that is of no more use.
    ///
    /// - Parameter isHostUnfit: the next host is tried first.
    mutating func drop(isHostUnfit: Bool) {
        connection = nil
        if isHostUnfit { host = (host + 1) % url.hosts.count }
    }

    /// Tries nothing for a second.
    mutating func pause(_ error: StoreError) {
        outage = (error, ContinuousClock.now + .seconds(1))
    }
}
