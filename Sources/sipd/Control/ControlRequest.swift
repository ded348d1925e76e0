/// What a command asks of a running `sipd`: one line of JSON, an object with one member that names the verb, such as
/// `{"show":{"address":"alice@voice.example"}}`.
package enum ControlRequest: Codable, Equatable, Sendable {
    /// The address of each registration, one that has two contacts twice.
    case online
    /// The registrations of an address, or all.
    case show(address: String?)
    /// Adds a contact, or gives the equal one (RFC 3261 19.1.4) another q and expiry.
    ///
    /// `q` is in thousandths; `expires` in seconds, nil makes it permanent.
    case add(address: String, contact: String, q: UInt16?, expires: UInt32?)
    /// Removes a contact of an address, or all of them.
    case remove(address: String, contact: String?)
    /// An account was changed in the database; `isGone`: it is no longer there, and its registrations go too.
    case account(address: String, isGone: Bool)
    /// Many accounts were changed in the database.
    case refresh
    /// Aliases, domains, groups, names or trusted addresses were changed in the database.
    case refreshTables
    /// Reads accounts, aliases, tables and what settings can change while it runs.
    case reload
    /// All gateways, as they are.
    case gateways
    /// Has a gateway of a group, or all of them, taken out of use or back into it, or probed.
    case gateway(change: GatewayVerb, group: String, uri: String?)
    /// Who is banned, and what was dropped.
    case bans
    /// Bans an address, or the /64 of an IPv6 address, for so many seconds; nil: until it is taken back.
    case ban(address: String, seconds: Int?)
    case unban(address: String)
    /// The figures of the moment, again after each interval in seconds, until the connection ends.
    case monitor(interval: Double)
    /// Stops cleanly; the connection ends with the process.
    case stop
}

/// What is to happen to a gateway.
package enum GatewayVerb: String, Codable, Sendable {
    case enable, disable, probe
}
