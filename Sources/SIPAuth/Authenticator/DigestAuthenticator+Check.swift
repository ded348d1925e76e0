public import SIPCore
import Synchronization

extension DigestAuthenticator {
    /// What a request's credentials are worth.
    ///
    /// The method and the Request-URI are those that the request came with: both are part of the digest (RFC 7616 3.4.3).
    /// ACK and CANCEL can't be challenged, and an ACK repeats the credentials of its INVITE: they are not to be asked here.
    /// - Parameters:
    ///   - realm: whose credentials are asked for; those for other realms are left alone.
    ///   - subscribers: where the account is looked up.
    ///   - origin: 24 bits that stand for whoever sent it: a nonce that somebody else was given counts as stale, before any look at the
    ///     password; nil: nobody asks.
    /// - Throws: what the account store throws, and ``CryptographyError``.
    public func authenticate(
        _ request: SIPRequest, as role: Role, realm: ByteSlice,
        against subscribers: some Subscribers, at now: UnixTime, origin: UInt32? = nil
    ) async throws -> Verdict {
        let credentials: Credentials
        let nonce: Nonce
        switch try examine(request, as: role, realm: realm, origin) {
        case .verdict(let verdict): return verdict
        case .candidate(let found, let its): (credentials, nonce) = (found, its)
        }

        // Whoever is unknown is looked up as often, and hashed for as long, as who has a wrong password.
        let login = credentials.login
        var found = try await subscribers.subscriber(
            login.username, domain: login.domain, freshness: .cached)
        var result = try compare(credentials, nonce, found)
        if result != nil, subscribers.mayBeStale {
            found = try await subscribers.subscriber(
                login.username, domain: login.domain, freshness: .fresh)
            result = try compare(credentials, nonce, found)
        }
        guard result == nil, let found else {
            return .challenge(reason: result ?? .unknownUser, stale: false)
        }
        return settle(credentials, nonce, found, realm: realm, at: now)
    }

    private enum Examination {
        case verdict(Verdict)
        case candidate(Credentials, Nonce)
    }

    /// All that can be said without an account.
    private func examine(
        _ request: SIPRequest, as role: Role, realm: ByteSlice, _ origin: UInt32?
    ) throws(CryptographyError) -> Examination {
        let header: KnownHeader = role == .registrar ? .authorization : .proxyAuthorization
        let credentials: Credentials
        do throws(Credentials.Obstacle) {
            credentials = try Credentials(
                of: request, in: header, realm: realm, offered: offer)
        } catch {
            switch error {
            case .missing(let reason):
                return .verdict(.challenge(reason: reason, stale: false))
            case .malformed(let what):
                return .verdict(.malformed("\(header.spelling): \(what)"))
            }
        }
        let text = credentials.input.slice(credentials.input.nonce)
        guard let nonce = nonce(text, realm: realm, role: role) else {
            return .verdict(.challenge(reason: .forgedNonce, stale: false))
        }
        guard origin == nil || nonce.origin == origin else {
            return .verdict(.challenge(reason: .otherSource, stale: true))
        }
        guard covers(credentials, request) else {
            return .verdict(.challenge(reason: .otherURI, stale: false))
        }
        return .candidate(credentials, nonce)
    }

    /// The nonce of a text, or nil when none of our keys issued it.
    private func nonce(_ text: ByteSlice, realm: ByteSlice, role: Role) -> Nonce? {
        if let nonce = mint.nonce(text, realm: realm, role: role.rawValue) { return nonce }
        for mint in previousMints {
            if let nonce = mint.nonce(text, realm: realm, role: role.rawValue) { return nonce }
        }
        return nil
    }

    /// Whether the digest's uri is the request's.
    ///
    /// "In a SIP context, these two URIs may refer to different users due to forwarding at some proxy" (RFC 8760 2.6); a
    /// proxy that asks its own users is the first one, so here they must be the same, or equivalent by RFC 3261 19.1.4.
    /// But some clients put their next hop there: a URI of ours without a user is accepted when the digest can be used
    /// only once, for with no Request-URI in it, it would be good for any.
    private func covers(_ credentials: Credentials, _ request: SIPRequest) -> Bool {
        let sent = credentials.input.slice(credentials.input.uri)
        let asked = ByteSlice(request.message.bytes, request.uriRange)
        if sent == asked { return true }
        guard let uri = try? SIPURI(sent) else { return false }
        if let other = try? SIPURI(asked), uri.isEquivalent(to: other) { return true }
        let isUsedOnce =
            settings.refusesReplay
            && (credentials.nonceCount != nil || settings.nonceWithoutQop == .once)
        return isUsedOnce && uri.user == nil && isOurs(uri)
    }

    /// Nil when the digest is that of the account, else why not.
    private func compare(
        _ credentials: borrowing Credentials, _ nonce: Nonce, _ found: Subscriber?
    ) throws(CryptographyError) -> Reason? {
        let function = credentials.input.algorithm.function
        // A database may compare names without case; a digest does not.
        guard let found, found.username.isSpelt(credentials.login.username) else {
            _ =
                secretsAreHashed.load(ordering: .relaxed)
                ? try isResponse(of: credentials, nonce, ha1: nobody(function))
                : try isResponse(of: credentials, nonce, password: "nobody's password")
            return .unknownUser
        }
        switch found.secret {
        case .password(let password):
            note(isHashed: false)
            return try isResponse(of: credentials, nonce, password: password)
                ? nil : .wrongPassword
        case .ha1(let hashes):
            note(isHashed: true)
            guard let ha1 = hashes.digits(function, for: credentials.login.form) else {
                _ = try isResponse(of: credentials, nonce, ha1: nobody(function))
                return .missingHash
            }
            return try isResponse(of: credentials, nonce, ha1: ha1) ? nil : .wrongPassword
        }
    }

    private func isResponse(
        of credentials: borrowing Credentials, _ nonce: Nonce, password: String
    ) throws(CryptographyError) -> Bool {
        let hasher = hashers[Int(nonce.identity % UInt64(hashers.count))]
        let expected = try hasher.work.withLock { (work) throws(CryptographyError) in
            try work.response(credentials.input, password: password)
        }
        return expected.matches(credentials.response)
    }

    private func isResponse(of credentials: borrowing Credentials, _ nonce: Nonce, ha1: [UInt8])
        throws(CryptographyError) -> Bool
    {
        let hasher = hashers[Int(nonce.identity % UInt64(hashers.count))]
        let expected = try hasher.work.withLock { (work) throws(CryptographyError) in
            try work.response(credentials.input, ha1: ha1)
        }
        return expected.matches(credentials.response)
    }

    /// Remembers how the accounts' secrets are kept.
    private func note(isHashed: Bool) {
        guard secretsAreHashed.load(ordering: .relaxed) != isHashed else { return }
        secretsAreHashed.store(isHashed, ordering: .relaxed)
    }

    /// The digest is right; what remains is whether the nonce is alive and this is its first use.
    private func settle(
        _ credentials: Credentials, _ nonce: Nonce, _ found: Subscriber, realm: ByteSlice,
        at now: UnixTime
    ) -> Verdict {
        guard nonce.issued + settings.nonceLifetime >= now,
            nonce.issued <= now + settings.clockTolerance
        else { return .challenge(reason: .staleNonce, stale: true) }
        let isCounted = credentials.nonceCount != nil || settings.nonceWithoutQop == .once
        if settings.refusesReplay, isCounted {
            switch replays.use(nonce, count: credentials.nonceCount, at: now) {
            case .first: break
            case .again: return .challenge(reason: .replayed, stale: true)
            case .forgotten: return .challenge(reason: .forgottenNonce, stale: true)
            }
        }
        return .accepted(
            Authenticated(
                subscriber: found, username: credentials.login.username,
                domain: domain(of: found, credentials.login, realm), realm: realm,
                algorithm: credentials.input.algorithm, qop: credentials.input.qop,
                line: credentials.line))
    }

    /// The account's own domain. What was sent counts only where the store confirms it.
    private func domain(of found: Subscriber, _ login: Login, _ realm: ByteSlice) -> ByteSlice {
        if found.domain.isEmpty { return realm }
        return found.domain.isSpelt(login.domain, ignoringCase: true)
            ? login.domain : ByteSlice(found.domain)
    }
}

extension String {
    /// Whether the text's UTF-8 is these bytes.
    fileprivate func isSpelt(_ slice: ByteSlice, ignoringCase: Bool = false) -> Bool {
        let mine = utf8Span.span
        let others = slice.span
        guard mine.count == others.count else { return false }
        for index in mine.indices where mine[index] != others[index] {
            guard ignoringCase, mine[index].lowercased == others[index].lowercased else {
                return false
            }
        }
        return true
    }
}

/// Digits as long as a hash has, of no password that anybody knows.
private func nobody(_ function: HashFunction) -> [UInt8] {
    function.size == 16 ? nobody16 : nobody32
}

private let nobody16 = Array(repeating: 0x30 as UInt8, count: 32)
private let nobody32 = Array(repeating: 0x30 as UInt8, count: 64)
