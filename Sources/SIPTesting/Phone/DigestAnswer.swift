import SIPAuth
import SIPCore

/// What a client answers a challenge with; each part can be made wrong.
public struct DigestAnswer: Sendable {
    /// The name of the account.
    public var username: String
    /// Its password.
    public var password: String
    /// The method of the request that carries the answer.
    public var method: String
    /// The Request-URI of that request.
    public var uri: String
    /// How often the nonce was used, this time included (RFC 7616 `nc`), 1 or more.
    public var nonceCount = 1
    /// The algorithm to answer; nil: the first challenge.
    public var algorithm: String?
    /// The realm to answer; nil: the first challenge.
    public var realm: String?

    /// The answer to the first challenge whose algorithm is known.
    public init(username: String, password: String, method: String, uri: String) {
        self.username = username
        self.password = password
        self.method = method
        self.uri = uri
    }

    /// The header line that answers a 401 or 407; nil when it has no challenge that can be answered.
    public func line(for challenge: ReceivedMessage) -> String? {
        let isProxy = challenge.status == 407
        for line in challenge.lines(isProxy ? "Proxy-Authenticate" : "WWW-Authenticate") {
            guard let value = value(for: line) else { continue }
            return (isProxy ? "Proxy-Authorization: " : "Authorization: ") + value
        }
        return nil
    }

    private func value(for line: String) -> String? {
        guard let challenge = try? DigestChallenge(ByteSlice(line)), let nonce = challenge.nonce,
            let realm = challenge.realm, self.realm.map({ realm == ByteSlice($0) }) ?? true
        else { return nil }
        let name = challenge.algorithm.map(String.init) ?? "MD5"
        guard algorithm == nil || algorithm == name,
            let algorithm = DigestAlgorithm(rawValue: name)
        else { return nil }
        let digits = String(nonceCount, radix: 16)
        let count = String(repeating: "0", count: 8 - digits.count) + digits
        let input = DigestInput(
            algorithm: algorithm, username: ByteSlice(username), realm: realm, nonce: nonce,
            method: ByteSlice(method), uri: ByteSlice(uri), qop: .auth,
            nonceCount: ByteSlice(count), cnonce: "0a4f113b")
        guard let response = try? Digest.response(input, password: password) else { return nil }
        let text = String(decoding: response, as: UTF8.self)
        return "Digest username=\"\(username)\", realm=\"\(realm)\", nonce=\"\(nonce)\", "
            + "uri=\"\(uri)\", response=\"\(text)\", algorithm=\(name), cnonce=\"0a4f113b\", "
            + "qop=auth, nc=\(count)"
    }
}
