/// An address with a name to show and parameters: the value of From, To, Route, Record-Route, Path,
/// Service-Route, and the better part of a Contact's (RFC 3261 20.10).
public struct NameAddress: Sendable {
    public let uri: URI
    /// Whether the URI stands between `<` and `>`; if not, all parameters are the header field's.
    public let isBracketed: Bool
    private let range: ByteRange
    private let displayNameRange: ByteRange
    private let parametersRange: ByteRange
    private let tagRange: ByteRange

    /// An address from its text; the whole of it must be one.
    ///
    /// - Throws: ``ParseError`` where it is none.
    public init(_ text: ByteSlice) throws(ParseError) {
        try self.init(whole: text)
    }
}

extension NameAddress {
    /// The address as it was written.
    public var text: ByteSlice { ByteSlice(uri.storage, range) }

    /// The name to show, without the quotes around it, escapes as they came.
    public var displayName: ByteSlice? {
        displayNameRange == .empty ? nil : ByteSlice(uri.storage, displayNameRange)
    }

    /// The header field's parameters: those behind `>`, or behind a URI without brackets.
    public var parameters: Parameters { Parameters(ByteSlice(uri.storage, parametersRange)) }

    /// The `tag` parameter of a From or To (RFC 3261 19.3).
    public var tag: ByteSlice? {
        tagRange == .empty ? nil : ByteSlice(uri.storage, tagRange)
    }
}

extension NameAddress: CustomStringConvertible {
    public var description: String { text.description }
}

extension NameAddress: HeaderElement {
    /// `( name-addr / addr-spec ) *( SEMI generic-param )`
    package init(parsing cursor: inout Cursor) throws(ParseError) {
        // All of it is read before any of it is stored: a value that is whole needs no copy.
        let start = cursor.position
        let displayName = try cursor.displayName()
        let isBracketed = cursor.take(0x3C)
        let uri =
            isBracketed
            ? try URI(parsing: &cursor) : try URI(cursor.bytes, cursor.takeBareAddress())
        if isBracketed { try cursor.expect(0x3E, "> behind the URI") }
        let parametersStart = cursor.position
        var tag = ByteRange.empty
        while let parameter = try cursor.nextParameter() {
            if cursor.isNamed(parameter.name, "tag") { try cursor.note(parameter, in: &tag) }
        }
        self.uri = uri
        self.isBracketed = isBracketed
        displayNameRange = displayName
        tagRange = tag
        parametersRange = ByteRange(parametersStart, cursor.position)
        range = ByteRange(start, cursor.position)
    }
}

extension Cursor {
    /// `[ display-name ]`, when `<` follows; else the cursor stays.
    ///
    /// White space before `<` may lack (RFC 4475 3.1.1.6), and UTF-8 is let pass without quotes.
    fileprivate mutating func displayName() throws(ParseError) -> ByteRange {
        let start = position
        if peek == 0x22 {
            let name = try quotedString()
            skipWhiteSpace()
            guard peek == 0x3C else { throw error("< behind the display name") }
            return name
        }
        var here = start
        var nameEnd = start
        while here < end {
            let byte = bytes[here]
            if byte.isIn(.token) || byte >= 0x80 {
                here += 1
                nameEnd = here
            } else if byte.isWhiteSpace {
                here += 1
            } else {
                break
            }
        }
        guard here < end, bytes[here] == 0x3C else { return .empty }
        position = here
        return nameEnd > start ? ByteRange(start, nameEnd) : .empty
    }

    /// An `addr-spec` without brackets: "if the URI contains a comma, question mark or semicolon,
    /// the URI MUST be enclosed in angle brackets" (RFC 3261 section 20), so the first of them ends
    /// it, and a question mark is refused.
    fileprivate mutating func takeBareAddress() throws(ParseError) -> ByteRange {
        let start = position
        var here = start
        while here < end, !bytes[here].endsBareAddress { here += 1 }
        position = here
        guard here > start else { throw error("a URI") }
        guard peek != 0x3F else { throw error("a URI with headers in angle brackets") }
        return ByteRange(start, here)
    }
}

extension UInt8 {
    /// `;`, `,`, `?`, `<`, `>`, a quote, or white space.
    fileprivate var endsBareAddress: Bool {
        switch self {
        case 0x3B, 0x2C, 0x3F, 0x3C, 0x3E, 0x22: true
        default: isWhiteSpace
        }
    }
}
