import SIPCore

// What an operator sees and says, on the clock of the process.
extension FloodProtection {
    /// Who is banned, those that are free again first before the others.
    public var bans: [Ban] { bans(at: Clock.instant) }

    /// Bans a source: an address, or the /64 network of an IPv6 address.
    ///
    /// - Parameter time: nil: until ``unban(_:)``.
    /// - Returns: whether there was room in the table.
    public func ban(_ address: IPAddress, for time: Duration? = nil) -> Bool {
        ban(address, for: time, at: Clock.instant)
    }

    /// Takes a ban back, and forgets what led to it.
    ///
    /// - Returns: whether the source was banned.
    public func unban(_ address: IPAddress) -> Bool { unban(address, at: Clock.instant) }
}
