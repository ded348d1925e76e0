/// What a client proves itself with: Authorization and Proxy-Authorization (RFC 7616 3.4, RFC 3261
/// 22.4).
///
/// Values of quoted strings are without their quotes, escapes as they came;
/// ``ByteSlice/withoutQuotedPairs`` resolves those.
public struct DigestCredentials: Sendable {
    /// The scheme as it was written; of a scheme other than Digest nothing else is read.
    public let scheme: ByteSlice
    private let parameters: AuthParameters

    /// - Throws: ``ParseError`` when the text is malformed: an unterminated quote, a parameter
    ///   without a value, one given twice, more than 32.
    public init(_ text: ByteSlice) throws(ParseError) { try self.init(whole: text) }
}

extension DigestCredentials {
    /// Whether the scheme is Digest.
    public var isDigest: Bool { scheme.equalsIgnoringCase("Digest") }
    public var username: ByteSlice? { parameters[.username] }
    /// `username*` (RFC 7616 3.4): a name in the encoding of RFC 5987, as it was written.
    public var usernameEncoded: ByteSlice? { parameters[.usernameEncoded] }
    /// Whether `username` is a hash of the name (RFC 7616 3.4.4).
    public var hasHashedUsername: Bool {
        parameters[.userhash]?.equalsIgnoringCase("true") ?? false
    }
    public var realm: ByteSlice? { parameters[.realm] }
    public var nonce: ByteSlice? { parameters[.nonce] }
    /// The Request-URI as the client hashed it.
    public var uri: ByteSlice? { parameters[.uri] }
    /// The digest as it came; nothing says that it is hexadecimal.
    public var response: ByteSlice? { parameters[.response] }
    public var algorithm: ByteSlice? { parameters[.algorithm] }
    public var cnonce: ByteSlice? { parameters[.cnonce] }
    public var opaque: ByteSlice? { parameters[.opaque] }
    public var qop: ByteSlice? { parameters[.qop] }
    /// The nonce count as it came, which is what is hashed.
    public var nc: ByteSlice? { parameters[.nc] }

    /// The nonce count as a number; nil when there is none, or it is not `8LHEX`.
    public var nonceCount: UInt32? {
        guard let nc, nc.count == 8 else { return nil }
        var value: UInt32 = 0
        for byte in nc {
            guard let digit = byte.hexadecimalValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}

extension DigestCredentials: HeaderValue {
    package static var header: KnownHeader { .authorization }

    package init(parsing cursor: inout Cursor) throws(ParseError) {
        (scheme, parameters) = try cursor.schemeAndParameters()
    }
}

/// What a server asks of a client: WWW-Authenticate and Proxy-Authenticate (RFC 7616 3.3).
///
/// Values of quoted strings are without their quotes, escapes as they came.
public struct DigestChallenge: Sendable {
    /// The scheme as it was written; of a scheme other than Digest nothing else is read.
    public let scheme: ByteSlice
    private let parameters: AuthParameters

    /// - Throws: ``ParseError`` when the text is malformed, as for ``DigestCredentials``.
    public init(_ text: ByteSlice) throws(ParseError) { try self.init(whole: text) }
}

extension DigestChallenge {
    /// Whether the scheme is Digest.
    public var isDigest: Bool { scheme.equalsIgnoringCase("Digest") }
    public var realm: ByteSlice? { parameters[.realm] }
    public var domain: ByteSlice? { parameters[.domain] }
    public var nonce: ByteSlice? { parameters[.nonce] }
    public var opaque: ByteSlice? { parameters[.opaque] }
    public var algorithm: ByteSlice? { parameters[.algorithm] }
    /// The qualities of protection offered, `auth,auth-int`, as written.
    public var qop: ByteSlice? { parameters[.qop] }
    /// Whether only the nonce was too old: the same password may be used again without asking.
    public var isStale: Bool { parameters[.stale]?.equalsIgnoringCase("true") ?? false }
    /// Whether the server takes hashed user names (RFC 7616 3.4.4).
    public var takesHashedUsername: Bool {
        parameters[.userhash]?.equalsIgnoringCase("true") ?? false
    }
}

extension DigestChallenge: HeaderValue {
    package static var header: KnownHeader { .wwwAuthenticate }

    package init(parsing cursor: inout Cursor) throws(ParseError) {
        (scheme, parameters) = try cursor.schemeAndParameters()
    }
}

/// The server's part after a digest was right (RFC 7616 3.5).
public struct AuthenticationInfo: Sendable {
    private let parameters: AuthParameters

    /// - Throws: ``ParseError`` when the text is malformed, as for ``DigestCredentials``.
    public init(_ text: ByteSlice) throws(ParseError) { try self.init(whole: text) }

    public var nextNonce: ByteSlice? { parameters[.nextnonce] }
    public var qop: ByteSlice? { parameters[.qop] }
    /// The digest of the response, by which the server proves itself.
    public var responseDigest: ByteSlice? { parameters[.rspauth] }
    public var cnonce: ByteSlice? { parameters[.cnonce] }
    public var nc: ByteSlice? { parameters[.nc] }
}

extension AuthenticationInfo: HeaderValue {
    package static var header: KnownHeader { .authenticationInfo }

    package init(parsing cursor: inout Cursor) throws(ParseError) {
        parameters = try AuthParameters(parsing: &cursor)
    }
}

extension Cursor {
    /// `auth-scheme LWS auth-param *( COMMA auth-param )`; a scheme that is not Digest may have any
    /// other form behind it.
    fileprivate mutating func schemeAndParameters() throws(ParseError)
        -> (ByteSlice, AuthParameters)
    {
        let scheme = ByteSlice(bytes, try token("a scheme"))
        guard scheme.equalsIgnoringCase("Digest") else {
            position = end
            return (scheme, AuthParameters(none: bytes))
        }
        guard let blank = peek, blank.isWhiteSpace else { throw error("parameters") }
        skipWhiteSpace()
        return (scheme, try AuthParameters(parsing: &self))
    }
}
