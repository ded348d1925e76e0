import SIPAuth
import SIPCore
import Testing

/// A client that answers challenges, rightly or wrongly as a test asks.
struct Phone: Sendable {
    var username = "alice"
    var password = "w0nderland"
    var method = "REGISTER"
    /// The Request-URI.
    var uri = "sip:voice.test"
    /// What is hashed for it, when that is another.
    var digestURI: String?
    var body = ""
    var qop: String? = "auth"
    var nonceCount = "00000001"
    var cnonce = "0a4f113b"
    /// What is hashed for the method, when that is another.
    var digestMethod: String?

    /// The value of an Authorization header field that answers a challenge.
    func credentials(_ challenge: [UInt8]) throws -> String {
        let challenge = try DigestChallenge(ByteSlice(challenge))
        let algorithm = String(try #require(challenge.algorithm))
        let realm = try #require(challenge.realm)
        let nonce = try #require(challenge.nonce)
        let input = DigestInput(
            algorithm: try #require(DigestAlgorithm(rawValue: algorithm)),
            username: ByteSlice(username), realm: realm, nonce: nonce,
            method: ByteSlice(digestMethod ?? method), uri: ByteSlice(digestURI ?? uri),
            qop: qop.flatMap { QualityOfProtection(rawValue: $0) },
            nonceCount: ByteSlice(nonceCount), cnonce: ByteSlice(cnonce), body: ByteSlice(body))
        let response = String(
            decoding: try Digest.response(input, password: password), as: UTF8.self)
        var text =
            "Digest username=\"\(username)\", realm=\"\(realm)\", nonce=\"\(nonce)\", "
            + "uri=\"\(digestURI ?? uri)\", response=\"\(response)\", algorithm=\(algorithm), "
            + "cnonce=\"\(cnonce)\""
        if let qop { text += ", qop=\(qop), nc=\(nonceCount)" }
        return text
    }

    /// A request with header lines that are given whole.
    func request(_ lines: [String]) throws -> SIPRequest {
        let head =
            ["\(method) \(uri) SIP/2.0", "Via: SIP/2.0/UDP h;branch=z9hG4bKx"] + lines
            + ["Content-Length: \(body.utf8.count)", "", ""]
        let message = try SIPMessage(Array((head.joined(separator: "\r\n") + body).utf8))
        guard case .request(let request) = message else { throw NoRequest() }
        return request
    }

    struct NoRequest: Error {}
}

/// A proxy's half of the conversation.
struct Server: Sendable {
    let authenticator: DigestAuthenticator
    var realm: ByteSlice = "voice.test"
    var role = DigestAuthenticator.Role.registrar
    var now = UnixTime(seconds: 1_800_000_000)

    static let key = Array(1...32) as [UInt8]
    static let alice = Subscriber(
        username: "alice", domain: "voice.test", secret: .password("w0nderland"))

    init(
        key: [UInt8] = Server.key, previousKeys: [[UInt8]] = [],
        _ change: (inout DigestAuthenticator.Settings) -> Void = { _ in }
    ) throws {
        var settings = DigestAuthenticator.Settings()
        settings.rememberedNonces = 1024
        change(&settings)
        authenticator = try DigestAuthenticator(
            key: key, previousKeys: previousKeys, settings: settings,
            isOurs: { $0.host.text == "192.0.2.1" })
    }

    var header: String { role == .registrar ? "Authorization" : "Proxy-Authorization" }

    func challenge(_ index: Int = 0, random: UInt64 = .random(in: 0 ... .max)) throws -> [UInt8] {
        authenticator.challenges(
            realm: realm, as: role, stale: false, at: now, random: random)[index]
    }

    func verdict(_ request: SIPRequest, _ subscribers: some Subscribers) async throws -> Verdict {
        try await authenticator.authenticate(
            request, as: role, realm: realm, against: subscribers, at: now)
    }

    /// The verdict on credentials among the accounts, of which alice is one.
    func outcome(
        _ phone: Phone, _ credentials: String, among subscribers: [Subscriber] = [Server.alice]
    ) async throws -> Outcome {
        let request = try phone.request(["\(header): \(credentials)"])
        return Outcome(try await verdict(request, FixedSubscribers(subscribers)))
    }

    /// The verdict on a phone's answer to a new challenge.
    func outcome(_ phone: Phone, among subscribers: [Subscriber] = [Server.alice]) async throws
        -> Outcome
    {
        try await outcome(phone, try phone.credentials(try challenge()), among: subscribers)
    }
}

/// A verdict that can be compared.
enum Outcome: Hashable, Sendable {
    case accepted
    case challenge(Reason)
    /// With `stale=true`.
    case stale(Reason)
    case malformed

    init(_ verdict: Verdict) {
        switch verdict {
        case .accepted: self = .accepted
        case .challenge(let reason, false): self = .challenge(reason)
        case .challenge(let reason, true): self = .stale(reason)
        case .malformed: self = .malformed
        }
    }
}
