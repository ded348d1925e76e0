import SIPAuth
import SIPCore
import SIPProxy

/// Who takes part in the flows of RFC 3665, and where they are.
struct CallFlowParty: Sendable {
    let name: String
    let host: String
    /// The last number of its address.
    let last: UInt32
    /// What a proxy serves; nil for a phone.
    let domain: String?

    static let all = [
        CallFlowParty("Alice", "client.atlanta.example.com", 101),
        CallFlowParty("Bob", "client.biloxi.example.com", 201),
        CallFlowParty("Bob in Chicago", "client.chicago.example.com", 100),
        CallFlowParty("Proxy 1", "ss1.atlanta.example.com", 111, "atlanta.example.com"),
        CallFlowParty("Proxy 2", "ss2.biloxi.example.com", 222, "biloxi.example.com"),
        CallFlowParty("Proxy 3", "ss3.chicago.example.com", 233, "chicago.example.com"),
        CallFlowParty("SIP ALG", "alg1.atlanta.example.com", 128, "alg1.atlanta.example.com"),
        CallFlowParty("Redirect Server", "rs.biloxi.example.com", 223, "biloxi.example.com"),
    ]

    /// Who has nothing to do with the flow.
    static let stranger = CallFlowParty("stranger", "stranger.test", 250)

    init(_ name: String, _ host: String, _ last: UInt32, _ domain: String? = nil) {
        self.name = name
        self.host = host
        self.last = last
        self.domain = domain
    }
}

/// The route of a proxy of RFC 3665: it serves a domain, asks who is there where the flow does, and stays on the path where the flow
/// does.
struct CallFlowRoute: Router {
    /// Whether the flow shows it ask for credentials, or take some off.
    var authenticates = false
    var recordsRoute = false
    /// Where the users of its domain are; nil: it redirects.
    var contact: String?
    let subscribers = FixedSubscribers([
        Subscriber(
            username: "alice", domain: "atlanta.example.com", secret: .password("pass-alice")),
        Subscriber(
            username: "alice", domain: "biloxi.example.com", secret: .password("pass-alice")),
    ])

    func route(_ request: inout RoutedRequest) async throws -> Action {
        try request.limitHops(to: 70)
        if let dialog = try request.followRoute() {
            request.consumeCredentials()
            return .relay(in: dialog)
        }
        if request.method == .ack { return .drop }
        if recordsRoute { request.recordRoute() }
        if authenticates {
            let caller = try await request.authenticate(.proxy, against: subscribers)
            request.consumeCredentials()
            guard request.isForUs else { return .relay(for: caller) }
        } else {
            guard let peer = request.trustedPeer else { throw Rejection(.forbidden) }
            guard request.isForUs else { return .relay(via: peer) }
        }
        guard let contact else {
            throw try Rejection(.movedTemporarily).with(
                "Contact", "<sip:bob@chicago.example.com>")
        }
        return .relay(to: Contacts([Target(uri: try URI(ByteSlice(contact)))]))
    }
}
