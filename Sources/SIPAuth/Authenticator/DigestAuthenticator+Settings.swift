extension DigestAuthenticator {
    /// What is offered to phones and accepted from them.
    public struct Settings: Sendable {
        /// The algorithms offered, a challenge each, the preferred one first (RFC 8760 2.3).
        ///
        /// MD5 is among them by default because half of the phones in the field know nothing else. Accounts that have
        /// only an MD5 HA1 must not be offered more than MD5.
        public var algorithms: [DigestAlgorithm] = [.sha256, .md5]
        /// The qualities of protection offered; none for phones that do not know `qop` (RFC 2069).
        public var qop: [QualityOfProtection] = [.auth]
        /// Whether credentials without `qop` are accepted although it was offered; RFC 8760 2.6 (8) asks for it.
        public var acceptsMissingQop = true
        /// How often a nonce may be used without `qop`, where no count tells uses apart.
        public var nonceWithoutQop = NonceUse.once
        /// How long a nonce is good after it was issued, in seconds. Default 300.
        public var nonceLifetime: Int64 = 300
        /// How far in the future a nonce may have been issued, in seconds, by another machine's clock. Default 30.
        public var clockTolerance: Int64 = 30
        /// Whether a nonce count is accepted only once. Without it, only the very Request-URI is accepted as `uri`.
        public var refusesReplay = true
        /// How many nonces are remembered at once (24 bytes each), rounded up to a power of two. Default 131,072.
        ///
        /// Beyond that the oldest are forgotten, and are stale from then on.
        public var rememberedNonces = 131_072

        public init() {}
    }

    /// How often a nonce may be used by credentials that carry no nonce count.
    public enum NonceUse: Hashable, Sendable {
        /// Once; every request then costs a challenge of its own.
        case once
        /// Until its lifetime ends: a replay within it is not noticed.
        case untilItExpires
    }

    /// In which name a request is challenged.
    public enum Role: UInt8, Hashable, CaseIterable, Sendable {
        /// 401, WWW-Authenticate, Authorization (RFC 3261 22.2).
        case registrar = 0
        /// 407, Proxy-Authenticate, Proxy-Authorization (RFC 3261 22.3).
        case proxy = 1
    }
}
