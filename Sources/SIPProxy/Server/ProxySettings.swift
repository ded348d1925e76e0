public import Logging
public import Metrics
public import SIPAuth
public import SIPCore
public import SIPDNS
public import SIPTransaction
public import SIPTransport

/// What a ``Proxy`` is told when it starts.
public struct ProxySettings: Sendable {
    /// Where to listen. Port 0 lets the system choose; 0.0.0.0 and :: stand for all addresses of their family.
    public var listen: [Endpoint]
    /// The domains that are served. The first is the realm and the domain of whoever names us by address.
    public var domains: [String]
    /// The host that others are told to send to, in Via and Record-Route, by the index of the listener; where none is given, its
    /// address stands there, and for a wildcard the machine's first. `host:port` where the port is another one outside.
    public var advertisedHosts: [Int: String] = [:]
    /// Networks of load balancers that begin each connection with a PROXY header, version 1 or 2, by the index of the listener: the address
    /// in the header is the connection's source then. From any other address a connection to such a listener is refused. Where none is
    /// given, connections come from their clients. A port of the network is not looked at.
    public var balancers: [Int: [TrustedAddress]] = [:]
    /// How packets ask to be treated on the way, on all sockets; nil: as the system has it.
    public var dscp: DSCP?
    /// What nonces and Record-Routes are signed with.
    public var key = ProxyKey.random()
    /// Keys of earlier generations: what they signed still counts, and nothing new is signed with them. A key that is replaced stays here
    /// for as long as ``longestDialog`` and a nonce's life; and where several machines share keys, the new one is known to all of
    /// them here before the first signs with it.
    public var otherKeys: [ProxyKey] = []
    /// What is offered to phones in challenges.
    public var digest = DigestAuthenticator.Settings()
    /// Addresses whose requests prove themselves by where they come from (``RoutedRequest/trustedPeer``).
    public var trustedPeers: [IPAddress] = []
    /// Domains, names, groups and peers that may change while the proxy runs: a table of a database, say.
    public var tables = LiveTables()
    /// Which names a caller may use.
    public var names = NameRule.own
    /// Whether the same users are in all domains: alice@one is alice@other, and known by the first domain.
    public var sharesUsers = false
    /// Whether a phone that says `Supported: gruu` and has an instance gets a public and a temporary GRUU (RFC 5627). Some phones then use
    /// it as their Contact, so that all requests inside of dialogs come back with our own domain
    /// (``RoutedRequest/followGRUU(in:)``).
    public var issuesGRUUs = false
    /// Where calls leave the house; nil: nowhere. The proxy probes them while it runs.
    public var gateways: Gateways?
    /// What is borne from one source, and who is banned; nil: anything, and nobody.
    public var flood: FloodProtection?
    /// Certificates, for TLS and secure WebSocket in both directions; nil: there is neither.
    public var tls: TLSSettings?
    /// Names whose certificates prove their requests (``RoutedRequest/trustedPeer``), when `TLSSettings.clientVerification` has them
    /// verified.
    public var trustedNames: [String] = []
    /// How long after its first request a dialog's requests are let through without another proof: longer than any call lasts.
    public var longestDialog = Duration.seconds(7 * 24 * 3600)
    /// Timers of RFC 3261 17; T1 is 500 ms.
    public var timers = TimerValues.standard
    /// How names are looked up.
    public var dns = DNSSettings()
    /// What looks names up in place of the DNS.
    package var resolver: (any Resolver)?
    /// What is borne from connections: their limits and times.
    public var streams = StreamSettings()
    /// How phones behind NATs are kept reachable over UDP.
    public var keepAlive = KeepAlive()
    /// How many transactions may live at once; more are answered 503. Each takes about 2 KB.
    public var maximumTransactions = 1_000_000
    /// How long ``Proxy/run()`` waits at its end for calls under way to be answered; zero: not at all.
    public var drainTime = Duration.zero
    /// How many event loops to run; nil: one a core.
    public var eventLoops: Int?
    /// Where events are logged.
    public var logger = Logger(label: "sip")
    /// What makes the proxy's counters when it starts: one for each proxy keeps their figures apart; nil: `MetricsSystem.factory`.
    public var metrics: (any MetricsFactory)?

    /// - Parameters:
    ///   - listen: where to listen.
    ///   - domains: the domains that are served.
    public init(listen: [Endpoint], domains: [String]) {
        self.listen = listen
        self.domains = domains
    }
}

extension Endpoint {
    /// A UDP port on every IPv4 address of the machine.
    public static func udp(port: UInt16) -> Endpoint { Endpoint(.udp, .v4(0), port: port) }

    /// A UDP port on one address.
    public static func udp(_ address: IPAddress, port: UInt16) -> Endpoint {
        Endpoint(.udp, address, port: port)
    }
}

extension Endpoint {
    /// A TCP port on every IPv4 address of the machine.
    public static func tcp(port: UInt16) -> Endpoint { Endpoint(.tcp, .v4(0), port: port) }

    /// A TCP port on one address.
    public static func tcp(_ address: IPAddress, port: UInt16) -> Endpoint {
        Endpoint(.tcp, address, port: port)
    }
}

extension Endpoint {
    /// A TLS port on every IPv4 address of the machine.
    public static func tls(port: UInt16) -> Endpoint { Endpoint(.tls, .v4(0), port: port) }

    /// A TLS port on one address.
    public static func tls(_ address: IPAddress, port: UInt16) -> Endpoint {
        Endpoint(.tls, address, port: port)
    }

    /// A WebSocket port on every IPv4 address of the machine; secure when asked for.
    public static func webSocket(port: UInt16, isSecure: Bool = true) -> Endpoint {
        Endpoint(isSecure ? .wss : .ws, .v4(0), port: port)
    }
}

/// Settings that a proxy can't start with.
public enum ProxySettingsError: Error, Sendable, CustomStringConvertible {
    case noListener
    case badDomain(String)
    case badAdvertisedHost(String)

    public var description: String {
        switch self {
        case .noListener: "there is no address to listen on"
        case .badDomain(let text): "'\(text)' is not a domain name"
        case .badAdvertisedHost(let text):
            "'\(text)' is not a host name or address, nor one with a port"
        }
    }
}
