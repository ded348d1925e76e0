/// The host of a URI or a Via: a name, an IPv4 address, or an IPv6 reference in brackets (RFC 3261
/// section 25.1).
public struct Host: Sendable {
    /// The host as on the wire, brackets included.
    public let text: ByteSlice

    init(parsed text: ByteSlice) {
        self.text = text
    }

    /// A host from its text; the whole of it must be one.
    ///
    /// - Throws: ``ParseError`` where it is none.
    public init(_ text: ByteSlice) throws(ParseError) {
        var cursor = Cursor(text)
        let range = try cursor.host()
        guard cursor.isAtEnd else { throw cursor.error("the end of the host") }
        self.init(parsed: ByteSlice(text.storage, range))
    }

    /// The address, when the host is one and not a name.
    public var address: IPAddress? {
        guard let first = text.first, first == 0x5B || first.isIn(.digit) else { return nil }
        return IPAddress(text.span, lenient: true)
    }

    /// The address of an IPv6 reference.
    private var reference: IPAddress? {
        text.first == 0x5B ? address : nil
    }
}

extension Host: Hashable, CustomStringConvertible {
    /// Names are equal without regard to case, IPv6 addresses by what they stand for (RFC 5954
    /// section 4.2).
    public static func == (left: Host, right: Host) -> Bool {
        if left.text.equalsIgnoringCase(right.text) { return true }
        guard let address = left.reference else { return false }
        return address == right.reference
    }

    public func hash(into hasher: inout Hasher) {
        if let reference { return hasher.combine(reference) }
        let span = text.span
        for index in span.indices { hasher.combine(span[index].lowercased) }
    }

    public var description: String { text.description }
}

extension Cursor {
    /// A cursor over a part of a buffer.
    init(_ storage: [UInt8], _ range: ByteRange) {
        self.init(ByteSlice(storage, range))
    }

    /// A `host`: `hostname`, `IPv4address` or `IPv6reference`.
    mutating func host() throws(ParseError) -> ByteRange {
        guard peek == 0x5B else {
            let range = takeWhile(.host)
            guard !range.isEmpty else { throw error("a host") }
            return range
        }
        let start = position
        while let byte = peek, byte != 0x5D {
            position += 1
            // An IPv6 reference with an IPv4 tail has 47 bytes with its brackets; one colon too
            // many is let pass.
            guard byte.isIn(.hexadecimal) || byte == 0x3A || byte == 0x2E || byte == 0x5B,
                position - start < 48
            else { break }
        }
        guard take(0x5D),
            IPAddress(bytes.span.extracting(start..<position), lenient: true) != nil
        else { throw ParseError(offset: start, expected: "an IPv6 reference") }
        return ByteRange(start, position)
    }

    /// The port behind a colon, from 1 to 65535.
    mutating func port() throws(ParseError) -> UInt16 {
        let start = position
        let number = try number(upTo: 65_535, "a port")
        // Nothing can be sent to port 0.
        guard number > 0 else { throw ParseError(offset: start, expected: "a port above 0") }
        return UInt16(truncatingIfNeeded: number)
    }
}
