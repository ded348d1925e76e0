import SIPAuth
import SIPCore
import SIPLocation
import SIPProxy
import SIPTesting
import Testing

extension VirtualSite {
    /// What a site with the house's own route is like.
    struct Home {
        /// A number for the network's dice: the same seed is the same run.
        var seed: UInt64 = 1
        var stripes = 4
        var hasIPv6 = false
        /// Further addresses of the machine.
        var furtherAddresses: [IPAddress] = []
        /// Further interfaces that it listens on.
        var furtherListeners: [IPAddress] = []
        var domains = ["voice.test"]
        /// Every one has the password `pass-NAME`.
        var accounts = ["alice", "bob", "carol", "dave"]
        /// Their domain.
        var accountDomain = "voice.test"
        var aliases: [String: String] = [:]
        /// Aliases with more targets than one.
        var severalTargets: [String: [String]] = [:]
        /// Domains, names, groups and peers of the operator's.
        var tables = LiveTables()
        var names = NameRule.own
        var sharesUsers = false
        var issuesGRUUs = false
        /// Who needs no account; a gateway, say.
        var trustedPeers: Set<IPAddress> = []
        /// Where calls leave the house.
        var gateways: Gateways?
        /// What is borne from one source.
        var flood: FloodProtection?
        /// What Record-Routes are signed with, and after it the keys of earlier generations.
        var keys = Setup().keys
        var core = ProxyCore.Settings()
        var registrar = RegistrarSettings()
        var limits = Router.Limits()
        var style = Router.Style.closed
        /// What is sent to phones behind a NAT.
        var keepAlive = KeepAlive(.none)
    }

    typealias Router = HomeRouter<FixedSubscribers, SiteLocation>

    /// A site with the house's own route, and accounts and registrations in memory.
    ///
    /// - Parameter network: a network that it shares with others; nil: one of its own.
    convenience init(
        on network: VirtualNetwork? = nil, _ change: (inout Home) -> Void = { _ in }
    ) throws {
        var home = Home()
        change(&home)
        var setup = Setup()
        setup.seed = home.seed
        setup.stripes = home.stripes
        setup.hasIPv6 = home.hasIPv6
        setup.furtherAddresses = home.furtherAddresses
        setup.furtherListeners = home.furtherListeners
        setup.domains = home.domains
        setup.trustedPeers = home.trustedPeers
        setup.tables = home.tables
        setup.names = home.names
        setup.gateways = home.gateways
        setup.flood = home.flood
        setup.sharesUsers = home.sharesUsers
        setup.issuesGRUUs = home.issuesGRUUs
        setup.core = home.core
        setup.keys = home.keys
        setup.keepAlive = home.keepAlive
        var settings = LocationService.Settings()
        settings.registrar = home.registrar
        let location = LocationService(settings: settings, epoch: 1)
        let domain = home.accountDomain
        let subscribers = FixedSubscribers(
            home.accounts.map {
                Subscriber(username: $0, domain: domain, secret: .password("pass-\($0)"))
            })
        try self.init(
            setup, on: network, location: location,
            router: Router(
                home.style, limits: home.limits, subscribers: subscribers,
                location: SiteLocation(
                    service: location, aliases: home.aliases, severalTargets: home.severalTargets)))
    }

    /// Phones that are registered.
    func registered(_ users: String...) async throws -> [Phone] {
        let phones = users.map { phone($0) }
        let answers = phones.map { $0.register() }
        await run(for: .seconds(1))
        for answer in answers { try #require(answer.status == 200) }
        return phones
    }

    /// Lets all time run out, and checks that nothing is left: no session, no timer, and nothing was sent that may not be.
    ///
    /// - Parameter isWatched: false where somebody else's damage may have been passed on.
    func settle(isWatched: Bool = true, _ location: SourceLocation = #_sourceLocation) async {
        let left = await finish()
        #expect(left.isQuiet, "a timer is set anew for ever", sourceLocation: location)
        #expect(left.transactions == 0, "sessions are left", sourceLocation: location)
        #expect(left.timers == 0, "timers are left", sourceLocation: location)
        #expect(!isWatched || proxy.complaints.isEmpty, sourceLocation: location)
    }

    /// As ``LocationService/bind(_:to:path:q:local:domain:at:)``.
    func bind(
        _ user: String, to contact: String, path: [ByteSlice] = [], q: UInt16? = nil,
        local: Endpoint? = nil, at domain: String = "voice.test"
    ) async throws {
        try await location.bind(
            user, to: contact, path: path, q: q, local: local, domain: domain, at: clock.unixTime)
    }

    /// Where ``peer()`` lives: 203.0.113.66.
    static let peerAddress = IPAddress.v4(0xCB00_7142)

    /// A host that the settings trust, when ``Home/trustedPeers`` names it: what it sends is neither challenged nor refused.
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

extension LocationService {
    /// Binds a user to a contact as an operator does: permanent, whatever the contact is.
    func bind(
        _ user: String, to contact: String, path: [ByteSlice] = [], q: UInt16? = nil,
        local: Endpoint? = nil, domain: String = "voice.test", at now: UnixTime
    ) async throws {
        var fields = BindingFields(
            address: AddressOfRecord(user: ByteSlice(user), host: ByteSlice(domain)),
            ruid: ByteSlice("operator-\(user)-\(contact)"), uri: ByteSlice(contact), expiresAt: nil,
            lastModified: now)
        fields.path = path
        fields.q = q
        fields.localSocket = local
        try await put(try #require(Binding(fields)))
    }
}

/// Registrations in memory, and aliases of a dictionary: `bob@voice.test` to a URI.
struct SiteLocation: Location {
    let service: LocationService
    let aliases: [String: String]
    var severalTargets: [String: [String]] = [:]

    func bindings(of address: AddressOfRecord, at now: UnixTime) async throws -> [Binding] {
        service.current(of: address, at: now)
    }

    func register(
        _ registration: Registration, for address: AddressOfRecord, at now: UnixTime
    ) async throws -> RegistrationOutcome {
        try await service.register(registration, for: address, at: now)
    }

    func connectionEnded(
        from source: Endpoint, to local: Endpoint, of address: AddressOfRecord
    ) async throws {
        try await service.connectionEnded(from: source, to: local, of: address)
    }

    func alias(of address: AddressOfRecord) async throws -> URI? {
        try aliases[address.description].map { try URI(ByteSlice($0)) }
    }

    func aliases(of address: AddressOfRecord) async throws -> [URI] {
        if let alias = try await alias(of: address) { return [alias] }
        return try severalTargets[address.description, default: []].map { try URI(ByteSlice($0)) }
    }
}
