public import SIPCore

/// What the credentials of a request are worth.
public enum Verdict: Sendable {
    /// The digest is right, its nonce is ours and alive, and this is its first use.
    case accepted(Authenticated)
    /// Ask (again): 401 or 407 with ``DigestAuthenticator/challenges(realm:as:stale:at:random:)``.
    ///
    /// `stale` is true only when the digest was right and the nonce alone is no longer good, or the nonce was given to somebody else and
    /// nobody looked at the digest: the phone answers the new one without asking its user for a password (RFC 7616 section 3.3).
    case challenge(reason: Reason, stale: Bool)
    /// The credentials can't be read: 400. The text says what is wrong and holds nothing of what was sent.
    case malformed(String)
}

/// Who proved to know an account's password.
public struct Authenticated: Sendable {
    /// The account.
    public let subscriber: Subscriber
    /// The account's name as it was sent, without scheme and domain; the same bytes as the account's own.
    public let username: ByteSlice
    /// The account's domain; the realm when the account store does not tell domains apart.
    public let domain: ByteSlice
    public let realm: ByteSlice
    public let algorithm: DigestAlgorithm
    /// Nil when the phone knows no `qop` (RFC 2069).
    public let qop: QualityOfProtection?
    /// The index of the header line that was verified, in ``SIPRequest``'s lines: the one line to be consumed.
    package let line: Int
}

/// Why a request is challenged, for counters and logs; outside, all of them look alike.
public enum Reason: String, Hashable, CaseIterable, Sendable {
    /// No credentials at all, or none of the Digest scheme, or empty ones before any challenge (RFC 8760 2.7).
    case noCredentials = "no-credentials"
    /// Credentials for other realms only; they are left for whom they are meant for.
    case otherRealm = "other-realm"
    /// No such account.
    case unknownUser = "unknown-user"
    /// The account is there, the digest is wrong.
    case wrongPassword = "wrong-password"
    /// The account's secret is an HA1, and none for the algorithm that the phone chose.
    case missingHash = "missing-hash"
    /// The nonce is ours, but older than its lifetime, or the clock was set back since.
    case staleNonce = "stale-nonce"
    /// The nonce is not ours, or for another realm or role.
    case forgedNonce = "forged-nonce"
    /// The nonce is ours, and was given to somebody else.
    case otherSource = "other-source"
    /// The nonce count was used before, or is too far behind the highest one.
    case replayed = "replayed"
    /// The nonce was crowded out of the table of nonces, so nobody can say any more whether this is a replay.
    case forgottenNonce = "forgotten-nonce"
    /// The digest's uri is neither the Request-URI nor one that names this proxy.
    case otherURI = "other-uri"
    /// An algorithm that was not offered.
    case unknownAlgorithm = "unknown-algorithm"
    /// A quality of protection that was not offered.
    case qopNotOffered = "qop-not-offered"
}

extension Reason {
    /// Whether somebody who had a nonce of ours has tried an account or a password, and was wrong.
    package var isGuess: Bool {
        switch self {
        case .unknownUser, .wrongPassword, .missingHash: true
        default: false
        }
    }
}

extension Reason: CustomStringConvertible {
    public var description: String { rawValue }
}
