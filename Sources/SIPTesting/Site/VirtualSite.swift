import SIPAuth
public import SIPCore
package import SIPLocation
public import SIPProxy
import SIPTransaction

/// A proxy with a route of yours on a virtual network, with phones, strangers and a clock: no socket, no waiting.
///
/// ```swift
/// let site = try VirtualSite(router: Office(subscribers: users, location: LocationService()))
/// let alice = site.phone("alice", password: "wonderland")
/// let bob = site.phone("bob", password: "builder")
/// bob.habit = .answers(after: .seconds(2))
/// alice.register()
/// bob.register()
/// await site.run(for: .seconds(1))
/// let call = alice.call(bob)
/// await site.run(for: .seconds(3))
/// print(call.state, site.recorder.ladder(of: call))
/// ```
///
/// It serves `voice.test` at 192.0.2.1; phones live in 198.51.100.0/24. A route is also tested alone, as a function:
/// ``route(_:by:)``. Whatever happens by chance follows the seed, so a run can be repeated.
///
/// A site is used from one task; it is not `Sendable`.
public final class VirtualSite {
    /// What a site is like.
    public struct Setup: Sendable {
        /// A number for the network's dice, where the site has a network of its own: the same seed is the same run.
        public var seed: UInt64 = 1
        /// The domains that are served. The first is the phones' domain.
        public var domains = ["voice.test"]
        /// Where the proxy is on the network, at UDP port 5060.
        public var address = VirtualSite.address
        /// The proxy's name in Via and Record-Route; nil: its address.
        public var host: String?
        /// The name of its column in ladders.
        public var name = "proxy"
        /// Addresses whose requests prove themselves by where they come from (`RoutedRequest.trustedPeer`).
        public var trustedPeers: Set<IPAddress> = []
        /// Domains, names, groups and peers that may change while the proxy runs.
        public var tables = LiveTables()
        /// Which names a caller may use.
        public var names = NameRule.own
        /// What is borne from one source; nil: anything.
        public var flood: FloodProtection?
        /// Where calls leave the house, probed in virtual time from the first ``VirtualSite/run(for:)`` on.
        public var gateways: Gateways?
        /// Whether the same users are in all domains.
        public var sharesUsers = false
        /// Whether phones get GRUUs (RFC 5627).
        public var issuesGRUUs = false
        /// Further addresses of the machine; the IPv4 listener is bound to all of them then, by the wildcard.
        package var furtherAddresses: [IPAddress] = []
        /// Where it listens besides, at UDP port 5060: interfaces of their own.
        package var furtherListeners: [IPAddress] = []
        /// Whether it is at 2001:db8::1 as well.
        package var hasIPv6 = false
        /// What Record-Routes are signed with, and after it the keys of earlier generations.
        package var keys = [HashKey(11, 12)]
        package var stripes = 4
        package var core = ProxyCore.Settings()
        /// How phones behind a NAT are kept reachable. At first nothing is sent: a test that waits for silence would wait for long.
        public var keepAlive = KeepAlive(.none)

        /// A site that serves `voice.test`.
        public init() {}
    }

    /// The time that passes in ``run(for:)``.
    public let clock: VirtualClock
    /// What carries the messages: lose some, cut somebody off.
    public let network: VirtualNetwork
    package let proxy: VirtualProxy
    /// The registrations of the house's own route; nothing to a route of somebody's own.
    package let location: LocationService
    package let setup: Setup
    var issuedRequests = 0

    /// A site with a route.
    ///
    /// - Parameters:
    ///   - setup: what it is like.
    ///   - network: a network that it shares with other sites; nil: one of its own.
    ///   - router: what happens to requests.
    /// - Throws: `ParseError` for a domain or host that is no name.
    public convenience init(
        _ setup: Setup = Setup(), on network: VirtualNetwork? = nil, router: any Router
    ) throws {
        try self.init(setup, on: network, location: LocationService(epoch: 1), router: router)
    }

    /// A site whose route is a closure.
    ///
    /// - Throws: `ParseError` for a domain or host that is no name.
    public convenience init(
        _ setup: Setup = Setup(), on network: VirtualNetwork? = nil,
        route: @escaping @Sendable (inout RoutedRequest) async throws -> Action
    ) throws {
        try self.init(setup, on: network, router: ClosureRouter(route))
    }

    package init(
        _ setup: Setup, on network: VirtualNetwork?, location: LocationService, router: any Router
    ) throws {
        self.setup = setup
        self.network = network ?? VirtualNetwork(seed: setup.seed)
        clock = self.network.clock
        self.location = location
        proxy = VirtualProxy(
            try Self.site(setup), at: setup.address, router: router, on: self.network,
            stripes: setup.stripes, settings: setup.core, keepAlive: setup.keepAlive)
        for address in proxy.site.responsibility.addresses {
            self.network.recorder.names[Endpoint(.udp, address, port: 5060)] = setup.name
        }
    }

    private static func site(_ setup: Setup) throws -> Site {
        let host = ByteSlice(setup.host ?? Endpoint(.udp, setup.address, port: 5060).host)
        _ = try Host(host)
        let bound = setup.furtherAddresses.isEmpty ? setup.address : .v4(0)
        var listeners = [
            Listener(
                bound: Endpoint(.udp, bound, port: 5060), advertisedHost: host,
                advertisedPort: 5060)
        ]
        if setup.hasIPv6 {
            listeners.append(
                Listener(
                    bound: Endpoint(.udp, address6, port: 5060), advertisedHost: "[2001:db8::1]",
                    advertisedPort: 5060))
        }
        for address in setup.furtherListeners {
            let endpoint = Endpoint(.udp, address, port: 5060)
            listeners.append(
                Listener(
                    bound: endpoint, advertisedHost: ByteSlice(endpoint.host),
                    advertisedPort: 5060))
        }
        let responsibility = Responsibility(
            listeners: listeners,
            addresses: Set([setup.address] + setup.furtherAddresses + setup.furtherListeners)
                .union(setup.hasIPv6 ? [address6] : []),
            domains: try setup.domains.map { try Host(ByteSlice($0)) }, tables: setup.tables,
            sharesUsers: setup.sharesUsers)
        return Site(
            responsibility,
            digest: try DigestAuthenticator(
                key: Array(1...32), isOurs: { responsibility.includes($0) }),
            signature: DialogSignature(
                key: setup.keys[0], previous: Array(setup.keys.dropFirst())),
            trustedPeers: setup.trustedPeers, names: setup.names, issuesGRUUs: setup.issuesGRUUs,
            gateways: setup.gateways, flood: setup.flood)
    }

    /// 192.0.2.1.
    public static let address = IPAddress.v4(0xC000_0201)
    /// 2001:db8::1.
    package static let address6 = IPAddress.v6(high: 0x2001_0DB8_0000_0000, low: 1)
}

// MARK: - Who is there

extension VirtualSite {
    /// What was sent, and the ladders of calls.
    public var recorder: Recorder { network.recorder }
    /// Where the proxy is.
    public var proxyEndpoint: Endpoint { Endpoint(.udp, setup.address, port: 5060) }

    /// What names mean when the proxy looks them up: a gateway's, a phone's. A name that is missing has no address.
    public var names: [String: [IPAddress]] {
        get { proxy.names }
        set { proxy.names = newValue }
    }

    /// A phone at an address of its own; the same user may have several.
    ///
    /// - Parameters:
    ///   - user: the user part of its address.
    ///   - name: its name in ladders; nil: the user.
    ///   - password: what it answers challenges with; nil: `pass-` and the user.
    public func phone(
        _ user: String, named name: String? = nil, password: String? = nil
    ) -> Phone { phone(user, named: name, password: password, at: network.newEndpoint()) }

    /// A phone whose address only its own network knows; otherwise as ``phone(_:named:password:)``.
    ///
    /// - Parameter nat: the router that it is behind.
    public func phone(
        _ user: String, named name: String? = nil, password: String? = nil, behind nat: VirtualNAT
    ) -> Phone { phone(user, named: name, password: password, at: nat.newEndpoint()) }

    private func phone(
        _ user: String, named name: String?, password: String?, at endpoint: Endpoint
    ) -> Phone {
        let phone = Phone(
            user: user, password: password ?? "pass-\(user)",
            domain: setup.domains.first ?? "voice.test",
            at: endpoint, on: network, proxy: proxyEndpoint)
        recorder.names[phone.endpoint] = name ?? user
        return phone
    }

    /// A router that phones may be behind.
    public func nat() -> VirtualNAT { network.nat() }

    /// A host that a test plays by hand: a gateway, another proxy, a stranger.
    ///
    /// - Parameters:
    ///   - name: its name in ladders.
    ///   - address: an IPv4 address as a number; 203.0.113.66 when none is given.
    public func host(
        _ name: String = "mallory", _ address: UInt32 = 0xCB00_7142, port: UInt16 = 5060
    ) -> BareHost {
        let endpoint = Endpoint(.udp, .v4(address), port: port)
        recorder.names[endpoint] = name
        return BareHost(endpoint, on: network, proxy: proxyEndpoint)
    }

    /// Lets time pass, with all that happens in it.
    public func run(for duration: Duration) async {
        await proxy.lookAfterGateways()
        await clock.run(for: duration)
    }

    /// Lets all time run out, 32 s timers included, and says what is left of calls that are over: nothing, or it is a leak.
    public func finish() async -> Leftovers {
        proxy.stopProbing()
        let isQuiet = await clock.runToTheEnd()
        return Leftovers(
            transactions: proxy.sessionCount, timers: proxy.timerCount, isQuiet: isQuiet)
    }
}

/// What a proxy still keeps when everything is over.
public struct Leftovers: Hashable, Sendable {
    /// Transactions that live.
    public let transactions: Int
    /// Timers that run.
    public let timers: Int
    /// Whether everybody fell silent; false: after an hour somebody still had plans.
    public let isQuiet: Bool

    /// Whether nothing is left.
    public var isEmpty: Bool { transactions == 0 && timers == 0 && isQuiet }
}
