/// What is borne from one source: an IPv4 address, or the /64 network of an IPv6 address, which is what one customer has.
public struct FloodSettings: Hashable, Sendable {
    /// Requests a second from one source, 1 to 1,000,000; more are dropped. Nil: any number. Many phones behind one NAT are one source.
    public var rate: Int? = 500
    /// Requests that a source may send at once after a silence, 1 to 10,000,000: what a house of phones sends when its power comes back.
    public var burst = 5_000
    /// Logins that fail, and are not made up for by as many that succeed, until the source is banned. Nil: it never is. A login counts only
    /// with a nonce that was given to the same source, so nobody has another one banned by its address.
    public var failedLogins: Int? = 20
    /// The first ban; each further one is twice as long.
    public var firstBan = Duration.seconds(60)
    /// The longest ban.
    public var longestBan = Duration.seconds(3600)
    /// After so long without a failed login or a ban nothing of it is remembered.
    public var memory = Duration.seconds(3600)
    /// Whether requests from this machine itself are never dropped: no packet from outside has such a source.
    public var exemptsLoopback = true
    /// Words of User-Agents whose requests are dropped, in any case of letters; over a connection their source is banned as well.
    public var scanners = [
        "friendly-scanner", "sipvicious", "sipcli", "sip-scan", "sundayddr", "pplsip",
        "vaxsipuseragent",
    ]

    public init() {}
}
