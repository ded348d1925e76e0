/// The hops that a request may still take (RFC 3261 20.22).
public struct MaxForwards: Hashable, Sendable {
    /// 0 to 255; nil for a larger number, which counts as no header field at all (RFC 4475
    /// 3.1.2.4).
    public let hops: UInt8?

    /// - Throws: ``ParseError`` when the text is no number.
    public init(_ text: ByteSlice) throws(ParseError) { try self.init(whole: text) }
}

extension MaxForwards: HeaderValue {
    package static var header: KnownHeader { .maxForwards }

    package init(parsing cursor: inout Cursor) throws(ParseError) {
        hops = try cursor.saturatingNumber("a number of hops").flatMap { UInt8(exactly: $0) }
    }
}

/// Seconds that something holds (RFC 3261 20.19).
public struct Expires: Hashable, Sendable {
    /// 0 to 2^32 - 1; nil for a larger number, for which a registrar may take its default (RFC 4475
    /// 3.1.2.4).
    public let seconds: UInt32?

    /// - Throws: ``ParseError`` when the text is no number.
    public init(_ text: ByteSlice) throws(ParseError) { try self.init(whole: text) }
}

extension Expires: HeaderValue {
    package static var header: KnownHeader { .expires }

    package init(parsing cursor: inout Cursor) throws(ParseError) {
        seconds = try cursor.saturatingNumber("a number of seconds")
    }
}

/// The shortest time that a registrar takes, in seconds (RFC 3261 20.23).
public struct MinExpires: Hashable, Sendable {
    /// 0 to 2^32 - 1.
    public let seconds: UInt32

    /// - Throws: ``ParseError`` when the text is no such number.
    public init(_ text: ByteSlice) throws(ParseError) { try self.init(whole: text) }
}

extension MinExpires: HeaderValue {
    package static var header: KnownHeader { .minExpires }

    package init(parsing cursor: inout Cursor) throws(ParseError) {
        seconds = try cursor.number32("a number of seconds")
    }
}

/// When to try again (RFC 3261 20.33).
public struct RetryAfter: Hashable, Sendable {
    /// The seconds to wait, 0 to 2^32 - 1.
    public let seconds: UInt32
    /// The seconds that the called party will then be there for.
    public let duration: UInt32?

    /// - Throws: ``ParseError`` when the text is none, such as a number that does not fit.
    public init(_ text: ByteSlice) throws(ParseError) { try self.init(whole: text) }
}

extension RetryAfter: HeaderValue {
    package static var header: KnownHeader { .retryAfter }

    /// `delta-seconds [ comment ] *( SEMI retry-param )`
    package init(parsing cursor: inout Cursor) throws(ParseError) {
        seconds = try cursor.number32("a number of seconds")
        try cursor.skipComment()
        var duration: UInt32?
        while let parameter = try cursor.nextParameter() {
            guard cursor.isNamed(parameter.name, "duration") else { continue }
            var digits = Cursor(cursor.bytes, parameter.value)
            duration = try digits.number32("a number of seconds")
        }
        self.duration = duration
    }
}

/// The number of a reliable provisional response (RFC 3262 7.1).
public struct RSeq: Hashable, Sendable {
    /// 1 to 2^32 - 1.
    public let number: UInt32

    /// - Throws: ``ParseError`` when the text is no such number.
    public init(_ text: ByteSlice) throws(ParseError) { try self.init(whole: text) }
}

extension RSeq: HeaderValue {
    package static var header: KnownHeader { .rseq }

    package init(parsing cursor: inout Cursor) throws(ParseError) {
        number = try cursor.number32("a response number")
    }
}

/// Which reliable provisional response a PRACK acknowledges (RFC 3262 7.2).
public struct RAck: Hashable, Sendable {
    /// The RSeq of the response.
    public let responseNumber: UInt32
    /// The CSeq of the response.
    public let cseq: CSeq

    /// - Throws: ``ParseError`` when the text is none.
    public init(_ text: ByteSlice) throws(ParseError) { try self.init(whole: text) }
}

extension RAck: HeaderValue {
    package static var header: KnownHeader { .rack }

    /// `response-num LWS CSeq-num LWS Method`
    package init(parsing cursor: inout Cursor) throws(ParseError) {
        responseNumber = try cursor.number32("a response number")
        cursor.skipWhiteSpace()
        cseq = try CSeq(parsing: &cursor)
    }
}

extension Cursor {
    /// A decimal number of up to 32 bits.
    fileprivate mutating func number32(_ name: @autoclosure () -> String) throws(ParseError)
        -> UInt32
    {
        UInt32(truncatingIfNeeded: try number(upTo: UInt64(UInt32.max), name()))
    }

    /// Digits; nil when they say more than 32 bits hold.
    fileprivate mutating func saturatingNumber(_ name: @autoclosure () -> String)
        throws(ParseError) -> UInt32?
    {
        let digits = takeWhile(.digit)
        guard !digits.isEmpty else { throw error(name()) }
        let number = ByteSlice(bytes, digits).decimal(upTo: UInt64(UInt32.max))
        return number.map { UInt32(truncatingIfNeeded: $0) }
    }

    /// `[ comment ]`: text in parentheses, which nest and hold quoted pairs (RFC 3261 section
    /// 25.1).
    fileprivate mutating func skipComment() throws(ParseError) {
        let start = position
        skipWhiteSpace()
        guard peek == 0x28 else {
            position = start
            return
        }
        var depth = 0
        while let byte = peek {
            position += 1
            switch byte {
            case 0x28: depth += 1
            case 0x29: depth -= 1
            case 0x5C where !isAtEnd: position += 1
            default: break
            }
            if depth == 0 { return }
        }
        throw error("the end of the comment")
    }
}
