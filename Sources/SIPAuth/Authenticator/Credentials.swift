import SIPCore

/// The credentials of one header line, complete and readable (RFC 7616 3.4).
struct Credentials: Sendable {
    /// The index of the line among the request's.
    let line: Int
    /// What the response was computed over.
    let input: DigestInput
    let response: DigestValue
    /// Nil without `qop`.
    let nonceCount: UInt32?
    let login: Login
}

extension Credentials {
    /// Why there are none to be checked.
    enum Obstacle: Error {
        case missing(Reason)
        /// What is wrong with those that are there.
        case malformed(String)
    }

    /// Chooses among a request's credentials: those for the realm, of the strongest algorithm that was offered.
    ///
    /// Those for other realms are somebody else's, and whatever they look like is left to him.
    init(
        of request: SIPRequest, in header: KnownHeader, realm: ByteSlice,
        offered offer: Offer
    ) throws(Obstacle) {
        var best: DigestCredentials?
        var bestLine = 0
        var bestAlgorithm = DigestAlgorithm.md5Session
        var reason = Reason.noCredentials
        var isMalformed = false
        for (index, line) in request.message.lines.enumerated() where line.header == header {
            let value = ByteSlice(request.message.bytes, line.value)
            guard let credentials = try? DigestCredentials(value) else {
                isMalformed = true
                continue
            }
            // "SIP clients and servers MUST NOT accept or request Basic authentication" (RFC 8760 2.6).
            guard credentials.isDigest else { continue }
            guard let sent = credentials.realm, sent.isQuotedForm(of: realm) else {
                if reason == .noCredentials { reason = .otherRealm }
                continue
            }
            guard let algorithm = credentials.knownAlgorithm, offer.includes(algorithm) else {
                reason = .unknownAlgorithm
                continue
            }
            if best != nil, bestAlgorithm.strength >= algorithm.strength { continue }
            best = credentials
            bestLine = index
            bestAlgorithm = algorithm
        }
        guard let best else {
            throw isMalformed ? .malformed("unreadable parameters") : .missing(reason)
        }
        try self.init(best, bestAlgorithm, request, line: bestLine)
        guard offer.accepts(input.qop) else { throw .missing(.qopNotOffered) }
    }

    private init(
        _ sent: borrowing DigestCredentials, _ algorithm: DigestAlgorithm, _ request: SIPRequest,
        line: Int
    ) throws(Obstacle) {
        guard let username = sent.username, sent.usernameEncoded == nil, let realm = sent.realm,
            let nonce = sent.nonce, let uri = sent.uri, let response = sent.response
        else { throw .malformed("username, realm, nonce, uri and response are needed, once each") }
        // "A parameter with an empty value is allowed when the UAC has not yet received a challenge" (RFC 8760 2.7).
        guard !nonce.isEmpty else { throw .missing(.noCredentials) }
        guard let digest = DigestValue(hexadecimal: response, of: algorithm.function) else {
            throw .malformed("a response of \(2 * algorithm.function.size) hexadecimal digits")
        }
        var input = DigestInput(request.message.bytes, algorithm)
        input.username = username.range
        input.realm = realm.range
        input.nonce = nonce.range
        input.method = request.methodRange
        input.uri = uri.range
        if let value = sent.qop {
            guard let qop = QualityOfProtection(value) else { throw .missing(.qopNotOffered) }
            guard let nc = sent.nc, let count = nc.hexadecimalNumber, sent.cnonce != nil else {
                throw .malformed("qop needs a cnonce and an nc of hexadecimal digits")
            }
            input.qop = qop
            input.qopText = value.range
            input.nonceCount = nc.range
            input.body = request.message.body
            nonceCount = count
        } else {
            nonceCount = nil
        }
        if let cnonce = sent.cnonce {
            input.cnonce = cnonce.range
        } else if algorithm.isSession {
            throw .malformed("\(algorithm) needs a cnonce")
        }
        self.line = line
        self.input = input
        self.response = digest
        login = Login(username.withoutQuotedPairs, realm: realm)
    }
}

extension DigestCredentials {
    /// MD5 when the parameter is absent (RFC 7616 3.3); nil when it names what nobody knows.
    fileprivate var knownAlgorithm: DigestAlgorithm? {
        guard let algorithm else { return .md5 }
        return DigestAlgorithm(algorithm)
    }
}

extension SIPRequest {
    /// Where the method stands in the start line.
    fileprivate var methodRange: ByteRange {
        var cursor = Cursor(ByteSlice(message.bytes, message.startLine))
        return cursor.takeWhile(.token)
    }
}

extension ByteSlice {
    /// Whether these bytes, from between quotes, are what a text becomes there.
    fileprivate func isQuotedForm(of text: ByteSlice) -> Bool {
        if self == text { return true }
        guard text.contains(where: { $0 == 0x22 || $0 == 0x5C }) else { return false }
        return withoutQuotedPairs == text
    }

    /// `nc-value = 8LHEX`; fewer or more digits are let pass, as long as the number fits in 32 bits.
    fileprivate var hexadecimalNumber: UInt32? {
        guard (1...16).contains(count) else { return nil }
        var value: UInt64 = 0
        let digits = span
        for index in digits.indices {
            guard let digit = digits[index].hexadecimalValue else { return nil }
            value = value << 4 | UInt64(digit)
        }
        return UInt32(exactly: value)
    }
}
