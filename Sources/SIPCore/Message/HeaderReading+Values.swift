extension HeaderReading {
    /// The first Via: the hop that the message came from, or for a response, this element.
    ///
    /// - Throws: ``ParseError`` when there is none, or it is malformed.
    @inlinable public var topVia: Via {
        get throws(ParseError) { try message.topVia }
    }

    /// All Vias in the message's order.
    public var vias: [Via] {
        get throws(ParseError) { try message.list(.via) }
    }

    /// The From header field (RFC 3261 20.20). Throws when there is none.
    @inlinable public var from: NameAddress {
        get throws(ParseError) { try message.from }
    }

    /// The To header field (RFC 3261 20.39). Throws when there is none.
    @inlinable public var to: NameAddress {
        get throws(ParseError) { try message.to }
    }

    /// The Call-ID (RFC 3261 20.8), compared byte for byte. Throws when there is none.
    @inlinable public var callID: ByteSlice {
        get throws(ParseError) { try message.callID }
    }

    /// The CSeq (RFC 3261 20.16). Throws when there is none.
    @inlinable public var cseq: CSeq {
        get throws(ParseError) { try message.cseq }
    }

    /// The hops that are left, 0 to 255 (RFC 3261 20.22); nil when there is no such header field,
    /// or a number above 255, which counts as none (RFC 4475 3.1.2.4). Throws when it is no number.
    @inlinable public var maxForwards: UInt8? {
        get throws(ParseError) { try message.maxForwards }
    }

    /// The contacts, or `*`.
    ///
    /// - Throws: ``ParseError`` when one is malformed, or `*` does not stand alone.
    public var contacts: ContactField {
        get throws(ParseError) { try message.contacts }
    }

    /// The Route values in the message's order (RFC 3261 20.34).
    public var routes: [NameAddress] {
        get throws(ParseError) { try message.route(.route) }
    }

    /// The first Route value, when there is one.
    public var topRoute: NameAddress? {
        get throws(ParseError) { try message.topRoute }
    }

    /// The Record-Route values in the message's order (RFC 3261 20.30).
    public var recordRoutes: [NameAddress] {
        get throws(ParseError) { try message.route(.recordRoute) }
    }

    /// The Path values in the message's order (RFC 3327).
    public var paths: [NameAddress] {
        get throws(ParseError) { try message.route(.path) }
    }

    /// The Service-Route values in the message's order (RFC 3608).
    public var serviceRoutes: [NameAddress] {
        get throws(ParseError) { try message.route(.serviceRoute) }
    }
}

extension MessageBytes {
    /// The value of a header field that a message has once; the check has seen to it that it is not
    /// there twice.
    package func single<Value: HeaderElement>(_ header: KnownHeader) throws(ParseError) -> Value {
        guard let text = first(header) else { throw missing(header) }
        return try Value(whole: text)
    }

    /// The values of a header field whose grammar is a list, from all its lines.
    package func list<Value: HeaderElement>(_ header: KnownHeader) throws(ParseError) -> [Value] {
        var values: [Value] = []
        for line in lines where line.header == header {
            var cursor = Cursor(bytes, line.value)
            repeat {
                cursor.skipWhiteSpace()
                values.append(try Value(parsing: &cursor))
            } while cursor.takeSeparator(0x2C)
            cursor.skipWhiteSpace()
            guard cursor.isAtEnd else { throw cursor.error("a comma or the end of the value") }
        }
        return values
    }

    /// The first value of a header field whose grammar is a list; what follows it is not read.
    package func top<Value: HeaderElement>(_ header: KnownHeader) throws(ParseError) -> Value {
        guard let text = first(header) else { throw missing(header) }
        var cursor = Cursor(text)
        return try Value(first: &cursor)
    }

    func missing(_ header: KnownHeader) -> ParseError {
        ParseError(offset: headersStart, expected: "a \(header.spelling)")
    }

    // What the accessors above call when they are inlined: behind the protocol, each would copy the message first.

    @usableFromInline package var topVia: Via {
        get throws(ParseError) { try top(.via) }
    }

    @usableFromInline package var from: NameAddress {
        get throws(ParseError) { try single(.from) }
    }

    @usableFromInline package var to: NameAddress {
        get throws(ParseError) { try single(.to) }
    }

    @usableFromInline package var cseq: CSeq {
        get throws(ParseError) { try single(.cseq) }
    }

    @usableFromInline package var callID: ByteSlice {
        get throws(ParseError) {
            guard let text = first(.callID) else { throw missing(.callID) }
            return try text.checkedAsCallID()
        }
    }

    @usableFromInline package var maxForwards: UInt8? {
        get throws(ParseError) {
            guard let text = first(.maxForwards) else { return nil }
            return try MaxForwards(text).hops
        }
    }

    package var contacts: ContactField {
        get throws(ParseError) {
            guard let text = first(.contact) else { return .contacts([]) }
            if text.count == 1, text[0] == 0x2A {
                guard count(.contact) == 1 else {
                    throw ParseError(offset: text.range.lower, expected: "* alone")
                }
                return .wildcard
            }
            return .contacts(try list(.contact))
        }
    }

    package var topRoute: NameAddress? {
        get throws(ParseError) {
            guard first(.route) != nil else { return nil }
            let address: NameAddress = try top(.route)
            return try bracketed(address)
        }
    }

    /// `route-param = name-addr *( SEMI rr-param )`: without brackets an `lr` would be the header
    /// field's, and lost.
    package func route(_ header: KnownHeader) throws(ParseError) -> [NameAddress] {
        let addresses: [NameAddress] = try list(header)
        for address in addresses { _ = try bracketed(address) }
        return addresses
    }

    private func bracketed(_ address: NameAddress) throws(ParseError) -> NameAddress {
        guard address.isBracketed else {
            throw ParseError(
                offset: address.text.range.lower, expected: "a URI in angle brackets")
        }
        return address
    }
}

extension ByteSlice {
    /// `callid = word [ "@" word ]`; whatever is visible is let pass, for a Call-ID is only ever
    /// compared.
    func checkedAsCallID() throws(ParseError) -> ByteSlice {
        let end = storage.span.firstOffset(
            from: range.lower, to: range.upper, below: 0x21)
        guard end == range.upper, !isEmpty else {
            throw ParseError(offset: end, expected: "a Call-ID")
        }
        return self
    }
}
