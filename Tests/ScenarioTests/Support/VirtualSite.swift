import SIPAuth
import SIPCore
import SIPLocation
import SIPProxy
import SIPTransaction
import Testing

/// A whole site in memory: the proxy with its accounts and registrations, phones, strangers, a network and a clock.
///
/// It serves `voice.test` at 192.0.2.1 (and, with ``Setup/hasIPv6``, at 2001:db8::1); phones live in 198.51.100.0/24.
final class VirtualSite {
    struct Setup {
        /// A number for the network's dice: the same seed is the same run.
        var seed: UInt64 = 1
        var stripes = 4
        var hasIPv6 = false
        /// Further addresses of the machine; the IPv4 listener is bound to all of them then, by the wildcard.
        var furtherAddresses: [IPAddress] = []
        var domains = ["voice.test"]
        /// Every one has the password `pass-NAME`.
        var accounts = ["alice", "bob", "carol", "dave"]
        /// Their domain.
        var accountDomain = "voice.test"
        var aliases: [String: String] = [:]
        /// Who needs no account; a gateway, say.
        var trustedPeers: Set<IPAddress> = []
        var core = ProxyCore.Settings()
        var registrar = RegistrarSettings()
        var limits = Router.Limits()
        var style = Router.Style.closed
    }

    typealias Router = HomeRouter<FixedSubscribers, SiteLocation>

    let clock = VirtualClock()
    let network: VirtualNetwork
    let proxy: VirtualProxy
    let location: LocationService
    private var phones = 0
    private var bindings = 0

    init(_ change: (inout Setup) -> Void = { _ in }) throws {
        var setup = Setup()
        change(&setup)
        network = VirtualNetwork(clock, seed: setup.seed)
        var settings = LocationService.Settings()
        settings.registrar = setup.registrar
        location = LocationService(settings: settings, epoch: 1)
        let domain = setup.accountDomain
        let subscribers = FixedSubscribers(
            setup.accounts.map {
                Subscriber(username: $0, domain: domain, secret: .password("pass-\($0)"))
            })
        proxy = VirtualProxy(
            try Self.site(setup),
            router: Router(
                setup.style, limits: setup.limits, subscribers: subscribers,
                location: SiteLocation(service: location, aliases: setup.aliases)),
            on: network, stripes: setup.stripes, settings: setup.core)
        for address in proxy.site.responsibility.addresses {
            network.recorder.names[Endpoint(.udp, address, port: 5060)] = "proxy"
        }
    }

    private static func site(_ setup: Setup) throws -> Site {
        var listeners = [
            Listener(
                bound: Endpoint(
                    .udp, setup.furtherAddresses.isEmpty ? address : .v4(0), port: 5060),
                advertisedHost: "192.0.2.1", advertisedPort: 5060)
        ]
        if setup.hasIPv6 {
            listeners.append(
                Listener(
                    bound: Endpoint(.udp, address6, port: 5060), advertisedHost: "[2001:db8::1]",
                    advertisedPort: 5060))
        }
        let domains = try setup.domains.map { try Host(ByteSlice($0)) }
        let digest = try DigestAuthenticator(
            key: Array(1...32),
            isOurs: { uri in domains.contains(uri.host) || uri.host.address == address })
        return Site(
            Responsibility(
                listeners: listeners,
                addresses: Set([address] + setup.furtherAddresses)
                    .union(setup.hasIPv6 ? [address6] : []),
                domains: domains),
            digest: digest, signature: DialogSignature(key: HashKey(11, 12)),
            trustedPeers: setup.trustedPeers)
    }

    /// 192.0.2.1.
    static let address = IPAddress.v4(0xC000_0201)
    /// 2001:db8::1.
    static let address6 = IPAddress.v6(high: 0x2001_0DB8_0000_0000, low: 1)

    var recorder: Recorder { network.recorder }
    var proxyEndpoint: Endpoint { Endpoint(.udp, Self.address, port: 5060) }

    /// A phone with an account, at an address of its own; the same user may have several.
    func phone(
        _ user: String, named name: String? = nil, password: String? = nil
    ) -> Phone {
        phones += 1
        let endpoint = Endpoint(
            .udp, .v4(0xC633_6400 + UInt32(phones % 250)), port: UInt16(5060 + phones / 250))
        let phone = Phone(
            user: user, password: password ?? "pass-\(user)", at: endpoint, on: network,
            proxy: proxyEndpoint)
        recorder.names[endpoint] = name ?? user
        return phone
    }

    /// Phones that are registered.
    func registered(_ users: String...) async throws -> [Phone] {
        let phones = users.map { phone($0) }
        let answers = phones.map { $0.register() }
        await run(for: .seconds(1))
        for answer in answers { try #require(answer.status == 200) }
        return phones
    }

    /// A host without an account, or one that a test plays by hand.
    func host(
        _ name: String = "mallory", _ address: UInt32 = 0xCB00_7142, port: UInt16 = 5060
    ) -> BareHost {
        let endpoint = Endpoint(.udp, .v4(address), port: port)
        recorder.names[endpoint] = name
        return BareHost(endpoint, on: network, proxy: proxyEndpoint)
    }

    func run(for duration: Duration) async { await clock.run(for: duration) }

    /// Lets all time run out, and checks that nothing is left: no session, no timer, and nothing was sent that may not be.
    ///
    /// - Parameter isWatched: false where somebody else's damage may have been passed on.
    func settle(isWatched: Bool = true, _ location: SourceLocation = #_sourceLocation) async {
        #expect(
            await clock.runToTheEnd(), "a timer is set anew for ever", sourceLocation: location)
        #expect(proxy.sessionCount == 0, "sessions are left", sourceLocation: location)
        #expect(proxy.timerCount == 0, "timers are left", sourceLocation: location)
        #expect(!isWatched || proxy.complaints.isEmpty, sourceLocation: location)
    }
}

/// Registrations in memory, and aliases of a dictionary: `bob@voice.test` to a URI.
struct SiteLocation: Location {
    let service: LocationService
    let aliases: [String: String]

    func bindings(of address: AddressOfRecord, at now: UnixTime) async throws -> [Binding] {
        service.current(of: address, at: now)
    }

    func register(
        _ registration: Registration, for address: AddressOfRecord, at now: UnixTime
    ) async throws -> RegistrationOutcome {
        try await service.register(registration, for: address, at: now)
    }

    func alias(of address: AddressOfRecord) async throws -> URI? {
        try aliases[address.description].map { try URI(ByteSlice($0)) }
    }
}

extension VirtualSite {
    /// Binds a user to a contact as an operator does: permanent, whatever the contact is.
    func bind(
        _ user: String, to contact: String, path: [ByteSlice] = [], at domain: String = "voice.test"
    ) async throws {
        bindings += 1
        var fields = BindingFields(
            address: AddressOfRecord(user: ByteSlice(user), host: ByteSlice(domain)),
            ruid: ByteSlice("operator-\(bindings)"), uri: ByteSlice(contact), expiresAt: nil,
            lastModified: clock.unixTime)
        fields.path = path
        try await location.put(try #require(Binding(fields)))
    }

    /// Where ``peer()`` lives: 203.0.113.66.
    static let peerAddress = IPAddress.v4(0xCB00_7142)

    /// A host that the settings trust, when ``Setup/trustedPeers`` names it: what it sends is neither challenged nor refused.
    func peer() async throws -> BareHost {
        try #require(proxy.site.trustedPeers.contains(Self.peerAddress))
        return host("peer", 0xCB00_7142)
    }

    /// A host that a test plays by hand, and to which a user's calls go.
    func callee(_ user: String, _ address: UInt32 = 0xC633_64C8, port: UInt16 = 5060) async throws
        -> BareHost
    {
        let host = host(user, address, port: port)
        try await bind(user, to: "sip:\(user)@\(host.hostPort)")
        return host
    }

    /// The contacts of a user, as they are now.
    func contacts(of user: String) -> [String] {
        location.current(
            of: AddressOfRecord(user: ByteSlice(user), host: "voice.test"), at: clock.unixTime
        ).map { String($0.uri) }
    }
}
