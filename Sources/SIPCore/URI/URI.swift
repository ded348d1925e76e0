/// A URI as it stands in a start line, a From or a Contact (RFC 3261 section 25.1: `Request-URI`,
/// `addr-spec`).
public enum URI: Hashable, Sendable {
    /// `sip:` and `sips:`.
    case sip(SIPURI)
    /// `tel:`, a telephone number (RFC 3966).
    case tel(TelURI)
    /// Any other scheme: well-formed, and of no meaning here.
    case other(OtherURI)

    /// A URI from its text; the whole of it must be one.
    ///
    /// - Throws: ``ParseError`` where it is none by the rules of its scheme.
    public init(_ text: ByteSlice) throws(ParseError) {
        try self.init(text.storage, text.range)
    }

    /// A URI from its text, as ``init(_:)-(ByteSlice)`` takes it.
    public init(_ text: String) throws(ParseError) {
        try self.init(ByteSlice(text))
    }

    package init(_ storage: [UInt8], _ range: ByteRange) throws(ParseError) {
        var cursor = Cursor(storage, range)
        try self.init(parsing: &cursor)
        guard cursor.isAtEnd else { throw cursor.error("the end of the URI") }
    }

    /// Takes a URI up to its end, or to a `>` that it stands in front of.
    init(parsing cursor: inout Cursor) throws(ParseError) {
        if let isSecure = cursor.takeSIPScheme() {
            self = .sip(try SIPURI(parsing: &cursor, isSecure: isSecure))
            return
        }
        let text = ByteSlice(cursor.bytes, cursor.takeUntil(0x3E))
        if text.count >= 4, text.slice(0..<4).equalsIgnoringCase("tel:") {
            self = .tel(try TelURI(text))
        } else {
            self = .other(try OtherURI(text))
        }
    }
}

extension URI {
    /// The URI as it was written.
    public var text: ByteSlice {
        switch self {
        case .sip(let uri): uri.text
        case .tel(let uri): uri.text
        case .other(let uri): uri.text
        }
    }

    /// The scheme as it was written, without its colon.
    public var scheme: ByteSlice {
        switch self {
        case .sip(let uri): uri.text.slice(0..<(uri.isSecure ? 4 : 3))
        case .tel(let uri): uri.text.slice(0..<3)
        case .other(let uri): uri.scheme
        }
    }

    /// The URI when it is a `sip` or `sips` one.
    public var sip: SIPURI? {
        if case .sip(let uri) = self { uri } else { nil }
    }

    /// Whether the two stand for the same resource: by RFC 3261 19.1.4 or RFC 3966 section 4, else
    /// byte for byte.
    public func isEquivalent(to other: URI) -> Bool {
        switch (self, other) {
        case (.sip(let left), .sip(let right)): left.isEquivalent(to: right)
        case (.tel(let left), .tel(let right)): left.isEquivalent(to: right)
        case (.other(let left), .other(let right)): left == right
        default: false
        }
    }

    /// The buffer that the URI lies in.
    var storage: [UInt8] {
        switch self {
        case .sip(let uri): uri.storage
        case .tel(let uri): uri.text.storage
        case .other(let uri): uri.text.storage
        }
    }
}

extension URI: CustomStringConvertible {
    public var description: String { text.description }
}

/// A URI of a scheme that has no meaning here, such as `http:` or `urn:`: passed on as it came.
public struct OtherURI: Hashable, Sendable {
    /// The URI as it was written.
    public let text: ByteSlice
    private let schemeLength: UInt16

    /// `absoluteURI = scheme ":" ( hier-part / opaque-part )`, of visible ASCII without `<`, `>`
    /// and quotes.
    ///
    /// - Throws: ``ParseError`` where that does not hold.
    public init(_ text: ByteSlice) throws(ParseError) {
        var cursor = Cursor(text)
        guard let first = cursor.peek, first.isIn(.alpha) else { throw cursor.error("a scheme") }
        while let byte = cursor.peek,
            byte.isIn([.alpha, .digit]) || byte == 0x2B || byte == 0x2D || byte == 0x2E
        {
            cursor.position += 1
        }
        let length = cursor.position - text.range.lower
        guard length <= 255 else { throw cursor.error("a shorter scheme") }
        try cursor.expect(0x3A, "a colon behind the scheme")
        guard !cursor.isAtEnd else { throw cursor.error("what the scheme is for") }
        while let byte = cursor.peek {
            guard byte > 0x20, byte < 0x7F, byte != 0x22, byte != 0x3C, byte != 0x3E else {
                throw cursor.error("a character of a URI")
            }
            cursor.position += 1
        }
        self.text = text
        schemeLength = UInt16(truncatingIfNeeded: length)
    }

    /// The scheme as it was written, without its colon.
    public var scheme: ByteSlice { text.slice(0..<Int(schemeLength)) }
}
