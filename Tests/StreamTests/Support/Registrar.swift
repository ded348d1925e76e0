import SIPAuth
import SIPCore
import SIPLocation
import SIPProxy

/// A router that registers who knows the password "secret", and passes requests to who is registered.
struct Registering: Router {
    let location = LocationService()
    private let subscribers = FixedSubscribers(
        ["alice", "bob"].map {
            Subscriber(username: $0, domain: "voice.test", secret: .password("secret"))
        })

    func route(_ request: inout RoutedRequest) async throws -> Action {
        if request.method == .register {
            let caller = try await request.authenticate(.registrar, against: subscribers)
            return try await location.save(request, for: try caller.owning(request.to))
        }
        // A signed Record-Route needs a proof: the tests' machine is trusted.
        _ = request.trustedPeer
        request.recordRoute()
        if let dialog = try request.followRoute() { return .relay(in: dialog) }
        let contacts = try await request.contacts(in: location)
        return contacts.isEmpty ? .reply(.notFound) : .relay(to: contacts)
    }
}

/// Somebody to exchange whole messages with.
protocol Talker {
    mutating func send(_ text: String) async throws
    mutating func message() async throws -> String
}

extension Wire: Talker {}

extension WebSocketClient: Talker {
    mutating func message() async throws -> String { try await next().text }
}

extension Talker {
    /// Registers a user of voice.test with a contact, and answers the challenge.
    mutating func register(_ user: String, contact: String, via: String) async throws -> String {
        var authorization: [String] = []
        for number in 1...2 {
            let text = request(
                "REGISTER", "sip:voice.test", via: via, branch: "r\(user)\(number)",
                headers: ["Contact: <\(contact)>;expires=600"] + authorization, from: user,
                to: user, callID: "r\(user)")
            try await send(text.replacing("CSeq: 1", with: "CSeq: \(number)"))
            let answer = try await message()
            guard answer.hasPrefix("SIP/2.0 401 ") else { return answer }
            let nonce =
                answer.split(separator: "nonce=\"").dropFirst().first?.split(separator: "\"").first
                ?? ""
            let input = DigestInput(
                algorithm: .md5, username: ByteSlice(user), realm: "voice.test",
                nonce: ByteSlice(String(nonce)), method: "REGISTER", uri: "sip:voice.test",
                qop: .auth, nonceCount: "00000001", cnonce: "c")
            let response = String(
                decoding: try Digest.response(input, password: "secret"), as: UTF8.self)
            authorization = [
                "Authorization: Digest username=\"\(user)\", realm=\"voice.test\", "
                    + "nonce=\"\(nonce)\", uri=\"sip:voice.test\", response=\"\(response)\", "
                    + "algorithm=MD5, qop=auth, nc=00000001, cnonce=\"c\""
            ]
        }
        return ""
    }
}
