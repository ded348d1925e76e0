import SIPCore
import SIPLocation

/// Who talks to the proxy.
enum Party: Int, CaseIterable {
    /// Has neither account nor proof.
    case stranger
    /// Has an account.
    case alice
    /// Is trusted for his address.
    case peer
    /// Two phones, which are registered.
    case bob, bobAtHome
    /// Is registered by a name that must be looked up.
    case carol
    /// Where nobody gets without a proof.
    case inner

    static let password = "wonderland"

    var endpoint: Endpoint {
        let address: IPAddress =
            switch self {
            case .stranger: .v4(0xCB00_7142)
            case .alice: .v4(0xC633_6401)
            case .peer: .v4(0xCB00_7101)
            case .bob: .v4(0xC633_640B)
            case .bobAtHome: .v4(0xC633_640C)
            case .carol: .v4(0xC633_640D)
            case .inner: .v4(0x0A00_0001)
            }
        return Endpoint(.udp, address, port: 5060)
    }

    var hostPort: String { String(endpoint.description.dropFirst("udp:".count)) }

    /// Whom the location service knows: anybody may send something to them.
    static let registered: Set<IPAddress> = Set(
        [Party.bob, .bobAtHome, .carol].map(\.endpoint.address))

    /// Request-URIs to choose from.
    static let uris = [
        "sip:bob@voice.test", "sip:carol@voice.test", "sip:dave@voice.test",
        "sip:nobody@voice.test", "sip:voice.test", "sip:x@\(Party.inner.hostPort)",
        "sip:x@other.test", "sip:bob@192.0.2.1:5060", "tel:+1900555", "sip:bob@voice.test;lr",
        "sip:alice@voice.test",
    ]
}

/// Bob has two phones of different q, Carol one at a name, and Dave has all of them.
struct KnownContacts: Location {
    private let bindings: [AddressOfRecord: [Binding]]

    init() {
        let bob = [
            ("sip:bob@\(Party.bob.hostPort)", 900), ("sip:bob@\(Party.bobAtHome.hostPort)", 500),
        ]
        let carol = [("sip:carol@carol.test", 1000)]
        var bindings: [AddressOfRecord: [Binding]] = [:]
        for (user, contacts) in [
            ("bob", bob), ("carol", carol), ("dave", carol + [("sip:bob@voice.test", 1000)]),
        ] {
            let address = AddressOfRecord(user: ByteSlice(user), host: "voice.test")
            bindings[address] = contacts.compactMap { uri, q in
                var fields = BindingFields(
                    address: address, ruid: ByteSlice("\(user)-\(uri)"), uri: ByteSlice(uri),
                    expiresAt: nil, lastModified: UnixTime(seconds: 0))
                fields.q = UInt16(q)
                return Binding(fields)
            }
        }
        self.bindings = bindings
    }

    func bindings(of address: AddressOfRecord, at now: UnixTime) async -> [Binding] {
        bindings[address] ?? []
    }

    func register(
        _ registration: Registration, for address: AddressOfRecord, at now: UnixTime
    ) async -> RegistrationOutcome { .accepted([]) }

    func alias(of address: AddressOfRecord) async -> URI? { nil }
}
