import SIPAuth
import SIPCore
import SIPProxy

/// The check of an INVITE's MD5 credentials: the nonce is known again, the account found in the cache, the response
/// computed from its HA1, the nonce count noted.
struct DigestBenchmark: Benchmark {
    private let authenticator: DigestAuthenticator
    private let subscribers: CachedSubscribers<FixedSubscribers>
    private let nonces: [ByteSlice]
    private var requests: [SIPRequest] = []

    init() throws {
        let authenticator = try World.site().digest
        self.authenticator = authenticator
        subscribers = try World.subscribers()
        nonces = try (0..<Inputs.count).map { index in
            let challenges = authenticator.challenges(
                realm: World.realm, as: .proxy, stale: false, at: World.time,
                random: UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
            guard let nonce = try DigestChallenge(ByteSlice(challenges[0])).nonce else {
                throw Unexpected("a challenge without a nonce")
            }
            return nonce
        }
    }

    /// A nonce count is good for one use.
    mutating func prepare(_ stage: Int, pass: Int) throws {
        var numbers = Numbers(seed: 4)
        requests = try (0..<Inputs.count).map { index in
            // The Request-URI comes from the numbers: made once to know it, once with the credentials.
            var copy = numbers
            let uri = Inputs.invite(index, &copy).split(separator: " ")[1]
            let credentials = try Phone(index).credentials(
                "INVITE", uri: String(uri), nonce: nonces[index], header: "Proxy-Authorization",
                count: UInt32(pass + 1))
            return try World.request(
                Array(Inputs.invite(index, &numbers, credentials: credentials).utf8))
        }
    }

    mutating func run(_ stage: Int) async throws {
        for request in requests {
            let verdict = try await authenticator.authenticate(
                request, as: .proxy, realm: World.realm, against: subscribers, at: World.time)
            guard case .accepted = verdict else { throw Unexpected("\(verdict)") }
        }
    }
}
