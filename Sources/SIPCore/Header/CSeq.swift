/// The order of requests in a dialog, and the method (RFC 3261 20.16).
public struct CSeq: Hashable, Sendable {
    /// At most 2^32 - 1; RFC 3261 8.1.1.5 asks clients to stay below 2^31.
    public let number: UInt32
    public let method: SIPMethod

    public init(number: UInt32, method: SIPMethod) {
        self.number = number
        self.method = method
    }

    /// A CSeq from its text; the whole of it must be one.
    ///
    /// - Throws: ``ParseError`` where it is none, or the number does not fit.
    public init(_ text: ByteSlice) throws(ParseError) {
        try self.init(whole: text)
    }
}

extension CSeq: HeaderValue {
    package static var header: KnownHeader { .cseq }

    /// `1*DIGIT LWS Method`
    package init(parsing cursor: inout Cursor) throws(ParseError) {
        let number = try cursor.number(upTo: UInt64(UInt32.max), "a sequence number")
        guard let blank = cursor.peek, blank.isWhiteSpace else {
            throw cursor.error("a blank behind the sequence number")
        }
        cursor.skipWhiteSpace()
        let method = try cursor.token("a method")
        self.number = UInt32(truncatingIfNeeded: number)
        self.method = SIPMethod(ByteSlice(cursor.bytes, method))
    }
}

extension CSeq: CustomStringConvertible {
    public var description: String { "\(number) \(method)" }
}
