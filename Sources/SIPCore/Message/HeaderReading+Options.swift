extension HeaderReading {
    /// The seconds of the Expires header field; nil when there is none, or none that makes sense:
    /// then the default holds (RFC 3261 10.2.1.1, RFC 4475 3.1.2.4).
    public var expires: UInt32? {
        message.first(.expires).flatMap { try? Expires($0) }?.seconds
    }

    /// The Min-Expires header field. Throws when it is malformed.
    public var minExpires: MinExpires? {
        get throws(ParseError) { try message.optional(.minExpires) }
    }

    /// The Retry-After header field. Throws when it is malformed.
    public var retryAfter: RetryAfter? {
        get throws(ParseError) { try message.optional(.retryAfter) }
    }

    /// The Content-Type header field. Throws when it is malformed.
    public var contentType: ContentType? {
        get throws(ParseError) { try message.optional(.contentType) }
    }

    /// The bytes of body that Content-Length declares; nil when there is no such header field, or
    /// it says nothing.
    public var contentLength: Int? {
        if case .declared(let length) = message.contentLength { length } else { nil }
    }

    /// The Date header field. Throws when it is malformed.
    public var date: DateHeader? {
        get throws(ParseError) { try message.optional(.date) }
    }

    /// The Event header field. Throws when it is malformed.
    public var event: Event? {
        get throws(ParseError) { try message.optional(.event) }
    }

    /// The RAck header field. Throws when it is malformed.
    public var rack: RAck? {
        get throws(ParseError) { try message.optional(.rack) }
    }

    /// The RSeq header field. Throws when it is malformed.
    public var rseq: RSeq? {
        get throws(ParseError) { try message.optional(.rseq) }
    }

    /// The option tags that the answering user agent must know (RFC 3261 20.32).
    public var require: TokenList { TokenList(message.elements(of: .require)) }
    /// The option tags that every proxy must know (RFC 3261 20.29).
    public var proxyRequire: TokenList { TokenList(message.elements(of: .proxyRequire)) }
    /// The option tags that the sender knows (RFC 3261 20.37).
    public var supported: TokenList { TokenList(message.elements(of: .supported)) }
    /// The option tags that the sender does not know (RFC 3261 20.40).
    public var unsupported: TokenList { TokenList(message.elements(of: .unsupported)) }
    /// The methods that the sender takes (RFC 3261 20.5).
    public var allow: TokenList { TokenList(message.elements(of: .allow)) }

    /// The credentials for a registrar or user agent, a line each (RFC 3261 20.7).
    ///
    /// - Throws: ``ParseError`` when one is malformed.
    public var authorizations: [DigestCredentials] {
        get throws(ParseError) { try message.lines(.authorization) }
    }

    /// The credentials for proxies on the way, a line each (RFC 3261 20.28).
    public var proxyAuthorizations: [DigestCredentials] {
        get throws(ParseError) { try message.lines(.proxyAuthorization) }
    }

    /// The challenges of a registrar or user agent, a line each (RFC 3261 20.44).
    public var wwwAuthenticates: [DigestChallenge] {
        get throws(ParseError) { try message.lines(.wwwAuthenticate) }
    }

    /// The challenges of a proxy, a line each (RFC 3261 20.27).
    public var proxyAuthenticates: [DigestChallenge] {
        get throws(ParseError) { try message.lines(.proxyAuthenticate) }
    }

    /// The server's part of a digest (RFC 7616 3.5). Throws when it is malformed.
    public var authenticationInfo: AuthenticationInfo? {
        get throws(ParseError) { try message.optional(.authenticationInfo) }
    }
}

extension MessageBytes {
    package func optional<Value: HeaderElement>(_ header: KnownHeader) throws(ParseError)
        -> Value?
    {
        guard let text = first(header) else { return nil }
        return try Value(whole: text)
    }

    /// The values of a header field that has one a line, though commas are in it (RFC 3261 7.3.1).
    package func lines<Value: HeaderElement>(_ header: KnownHeader) throws(ParseError) -> [Value] {
        var values: [Value] = []
        for line in lines where line.header == header {
            values.append(try Value(whole: ByteSlice(bytes, line.value)))
        }
        return values
    }
}
