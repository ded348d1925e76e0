public import SIPAuth
public import SIPCore
import SIPLocation

extension RoutedRequest {
    /// Finds out who sent the request, or challenges it (RFC 3261 22.2, 22.3).
    ///
    /// - Parameters:
    ///   - role: as a registrar (401, Authorization) or as a proxy (407, Proxy-Authorization); nil: as a registrar for REGISTER.
    ///   - subscribers: the accounts.
    ///   - realm: the realm of the challenge; nil stands for the domain of To (REGISTER) or of From, when we serve it.
    /// - Returns: proof of who the caller is.
    /// - Throws: ``Rejection`` 401 or 407 with a challenge for each algorithm, 400 for credentials that can't be read; what the
    ///   account store throws when it can't answer.
    public mutating func authenticate(
        _ role: DigestAuthenticator.Role? = nil, against subscribers: some Subscribers,
        realm: ByteSlice? = nil
    ) async throws -> Caller {
        let role = role ?? (method == .register ? .registrar : .proxy)
        let realm = realm ?? ownRealm
        let verdict = try await site.digest.authenticate(
            arrival.request, as: role, realm: realm, against: subscribers, at: time,
            origin: site.origin(of: source.address))
        switch verdict {
        case .accepted(let account):
            verifiedLine = account.line
            edits.isProven = true
            if site.flood != nil { effects.login(source, true) }
            let caller = Caller(
                username: account.username, domain: account.domain, site: site)
            self.caller = caller
            return caller
        case .challenge(let reason, let isStale):
            if reason != .noCredentials {
                effects.event(
                    .authenticationRefused(reason: reason.rawValue, callID: callID, from: source))
                if site.flood != nil, reason.isGuess { effects.login(source, false) }
            }
            throw challenge(role, realm: realm, isStale: isStale)
        case .malformed(let text):
            throw Rejection(.badRequest, text)
        }
    }

    /// Leaves the credentials that are meant for us out of the copies that are sent on, and no other realm's (16.6 step 12; they
    /// are for this hop alone).
    ///
    /// Those are the ones that were verified, and those for a domain of ours that nobody asked about: an ACK repeats what its
    /// INVITE carried (22.1), and some phones put it into every request.
    public mutating func consumeCredentials() {
        if let verifiedLine { edits.removedLines.append(verifiedLine) }
        let message = arrival.request.message
        for index in message.lines.indices where index != verifiedLine {
            switch message.lines[index].header {
            case .authorization, .proxyAuthorization:
                guard let credentials = try? DigestCredentials(message.value(index)),
                    let realm = credentials.realm.flatMap({ try? Host($0) }),
                    site.responsibility.serves(realm)
                else { continue }
                edits.removedLines.append(index)
            default: continue
            }
        }
    }

    private func challenge(
        _ role: DigestAuthenticator.Role, realm: ByteSlice, isStale: Bool
    ) -> Rejection {
        let challenges = site.digest.challenges(
            realm: realm, as: role, stale: isStale, at: time, random: random,
            origin: site.origin(of: source.address))
        var rejection = Rejection(
            role == .registrar ? .unauthorized : .proxyAuthenticationRequired)
        rejection.isStateless = true
        for challenge in challenges {
            rejection = rejection.with(
                role == .registrar ? .wwwAuthenticate : .proxyAuthenticate, bytes: challenge)
        }
        return rejection
    }

    /// The domain of To (REGISTER) or of From where we serve it, else the default domain, as the settings spell it: nobody chooses
    /// our realm for us.
    private var ownRealm: ByteSlice {
        let named = (method == .register ? to : from).uri.sip?.host
        let domain = named.flatMap { site.responsibility.domain(of: $0) }
        return (domain ?? site.responsibility.defaultDomain)?.text ?? "sip"
    }
}
