/// A `sip` or `sips` URI (RFC 3261 section 19.1), valid by being there: its parts are ranges of the
/// buffer that it came in.
public struct SIPURI: Sendable {
    let storage: [UInt8]
    let range: ByteRange
    /// Whether the scheme is `sips`: every hop up to the domain is encrypted (RFC 3261 19.1).
    public let isSecure: Bool
    private let userRange: ByteRange
    private let passwordRange: ByteRange
    private let hostRange: ByteRange
    private let parametersRange: ByteRange
    private let headersRange: ByteRange
    /// The port, when one is written: 1 to 65535.
    public let port: UInt16?

    /// A URI from its text; the whole of it must be one.
    ///
    /// - Throws: ``ParseError`` where it is none, such as for another scheme.
    public init(_ text: ByteSlice) throws(ParseError) {
        var cursor = Cursor(text)
        guard let isSecure = cursor.takeSIPScheme() else { throw cursor.error("sip: or sips:") }
        try self.init(parsing: &cursor, isSecure: isSecure)
        guard cursor.isAtEnd else { throw cursor.error("the end of the URI") }
    }

    /// A URI from its text, as ``init(_:)-(ByteSlice)`` takes it.
    public init(_ text: String) throws(ParseError) {
        try self.init(ByteSlice(text))
    }

    /// `SIP-URI = "sip:" [ userinfo ] hostport uri-parameters [ headers ]`, from behind the scheme
    /// up to the first byte that is none of it.
    init(parsing cursor: inout Cursor, isSecure: Bool) throws(ParseError) {
        let start = cursor.position - (isSecure ? 5 : 4)
        self.isSecure = isSecure
        (userRange, passwordRange) = try cursor.userInfo()
        hostRange = try cursor.host()
        port = cursor.take(0x3A) ? try cursor.port() : nil
        parametersRange = try cursor.uriParameters()
        headersRange = try cursor.uriHeaders()
        storage = cursor.bytes
        range = ByteRange(start, cursor.position)
    }
}

extension SIPURI {
    /// The URI as it was written.
    public var text: ByteSlice { ByteSlice(storage, range) }

    /// The user as it was written, escapes and all; never empty.
    public var user: ByteSlice? {
        userRange == .empty ? nil : ByteSlice(storage, userRange)
    }

    /// The user's bytes with its escapes resolved (RFC 3261 19.1.2); `%00` is a byte like any
    /// other. Empty when there is no user.
    public var unescapedUser: [UInt8] {
        guard let user else { return [] }
        return user.unescaped
    }

    /// The password, which RFC 3261 19.1.1 advises against, as it was written.
    public var password: ByteSlice? {
        passwordRange == .empty ? nil : ByteSlice(storage, passwordRange)
    }

    public var host: Host { Host(parsed: ByteSlice(storage, hostRange)) }

    /// Where host and port stand in the buffer.
    package var hostPortRange: ByteRange {
        // Up to the parameters' semicolon, the headers' question mark, or the end.
        let end =
            if parametersRange != .empty {
                parametersRange.lower - 1
            } else if headersRange != .empty { headersRange.lower - 1 } else { range.upper }
        return ByteRange(hostRange.lower, end)
    }

    /// What follows the first semicolon behind the host.
    public var parameters: URIParameters { URIParameters(ByteSlice(storage, parametersRange)) }

    /// What follows the question mark, as it was written (RFC 3261 19.1.1).
    public var headers: ByteSlice? {
        headersRange == .empty ? nil : ByteSlice(storage, headersRange)
    }

    /// The `transport` parameter; nil when there is none, or one that is none of ours.
    public var transport: Transport? { parameters["transport"].flatMap { Transport($0) } }

    /// The `lr` parameter, with or without a value: the element routes loosely (RFC 3261 19.1.1).
    public var hasLooseRouting: Bool { parameters.contains("lr") }

    /// The `maddr` parameter: the address to send to in place of the host.
    public var maddr: ByteSlice? { parameters["maddr"] }

    /// The `ttl` parameter, 0 to 255; nil also when it is no such number.
    public var ttl: UInt8? {
        parameters["ttl"].flatMap { $0.decimal(upTo: 255) }.map { UInt8(truncatingIfNeeded: $0) }
    }

    /// The `method` parameter.
    public var method: SIPMethod? { parameters["method"].map { SIPMethod($0) } }
}

extension SIPURI: Hashable, CustomStringConvertible {
    /// Whether the two are the same bytes; see ``isEquivalent(to:)`` for what RFC 3261 calls equal.
    public static func == (left: SIPURI, right: SIPURI) -> Bool { left.text == right.text }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    public var description: String { text.description }
}

extension ByteSlice {
    /// The number that the whole slice spells in decimal digits.
    package func decimal(upTo limit: UInt64) -> UInt64? {
        var cursor = Cursor(self)
        guard let number = try? cursor.number(upTo: limit, "a number"), cursor.isAtEnd else {
            return nil
        }
        return number
    }
}
