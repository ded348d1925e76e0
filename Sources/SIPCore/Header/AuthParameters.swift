/// The `name=value` list of a challenge or credentials (RFC 7616 3.3 and 3.4, RFC 3261 section
/// 25.1: `auth-param`), read once; what digest knows is found at once.
struct AuthParameters: Sendable {
    let storage: [UInt8]
    private var known = InlineArray<16, ByteRange>(repeating: .empty)

    /// More than this many are no credentials.
    static var atMost: Int { 32 }

    enum Name: Int, CaseIterable {
        case username, userhash, usernameEncoded, realm, nonce, uri, response, algorithm
        case cnonce, opaque, qop, nc, domain, stale, nextnonce, rspauth

        var spelling: StaticString {
            switch self {
            case .username: "username"
            case .userhash: "userhash"
            case .usernameEncoded: "username*"
            case .realm: "realm"
            case .nonce: "nonce"
            case .uri: "uri"
            case .response: "response"
            case .algorithm: "algorithm"
            case .cnonce: "cnonce"
            case .opaque: "opaque"
            case .qop: "qop"
            case .nc: "nc"
            case .domain: "domain"
            case .stale: "stale"
            case .nextnonce: "nextnonce"
            case .rspauth: "rspauth"
            }
        }
    }

    /// None at all, as for a scheme that is not known.
    init(none storage: [UInt8]) { self.storage = storage }

    /// `auth-param *( COMMA auth-param )`, to the end of the cursor.
    ///
    /// - Throws: ``ParseError`` for what is none, a name given twice, and more than 32 of them.
    init(parsing cursor: inout Cursor) throws(ParseError) {
        storage = cursor.bytes
        var names = InlineArray<32, ByteRange>(repeating: .empty)
        var count = 0
        repeat {
            guard count < AuthParameters.atMost else { throw cursor.error("fewer parameters") }
            let name = try cursor.token("a parameter's name")
            for index in 0..<count where cursor.isSame(names[index], name) {
                throw cursor.error("each parameter once")
            }
            names[count] = name
            count += 1
            guard cursor.takeSeparator(0x3D) else { throw cursor.error("= and a value") }
            let value = try cursor.authValue()
            if let known = AuthParameters.known(name, cursor) { self.known[known.rawValue] = value }
        } while cursor.takeSeparator(0x2C)
    }

    subscript(name: Name) -> ByteSlice? {
        let range = known[name.rawValue]
        // An offset is never 0: a name stands in front of every value.
        return range == .empty ? nil : ByteSlice(storage, range)
    }

    private static func known(_ range: ByteRange, _ cursor: borrowing Cursor) -> Name? {
        func first(_ a: Name, _ b: Name? = nil, _ c: Name? = nil, _ d: Name? = nil) -> Name? {
            if cursor.isNamed(range, a.spelling) { return a }
            if let b, cursor.isNamed(range, b.spelling) { return b }
            if let c, cursor.isNamed(range, c.spelling) { return c }
            if let d, cursor.isNamed(range, d.spelling) { return d }
            return nil
        }
        return switch range.count {
        case 2: first(.nc)
        case 3: first(.uri, .qop)
        case 5: first(.nonce, .realm, .stale)
        case 6: first(.cnonce, .opaque, .domain)
        case 7: first(.rspauth)
        case 8: first(.username, .response, .userhash)
        case 9: first(.algorithm, .usernameEncoded, .nextnonce)
        default: nil
        }
    }
}

extension Cursor {
    /// `token / quoted-string`, and what some clients leave without quotes, such as a URI or
    /// base64.
    fileprivate mutating func authValue() throws(ParseError) -> ByteRange {
        if peek == 0x22 { return try quotedString() }
        let start = position
        while let byte = peek, byte > 0x20, byte != 0x2C, byte != 0x22, byte != 0x5C,
            byte < 0x7F
        {
            position += 1
        }
        guard position > start else { throw error("a parameter's value") }
        return ByteRange(start, position)
    }

    fileprivate func isSame(_ left: ByteRange, _ right: ByteRange) -> Bool {
        guard left.count == right.count else { return false }
        for offset in 0..<left.count
        where bytes[left.lower + offset].lowercased != bytes[right.lower + offset].lowercased {
            return false
        }
        return true
    }
}

extension ByteSlice {
    /// The bytes of a quoted string with every `\x` replaced by `x`; the same slice when there is
    /// none, which is the rule.
    public var withoutQuotedPairs: ByteSlice {
        guard contains(0x5C) else { return self }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        let span = span
        var here = 0
        while here < span.count {
            if span[here] == 0x5C, here + 1 < span.count { here += 1 }
            bytes.append(span[here])
            here += 1
        }
        return ByteSlice(bytes)
    }
}
