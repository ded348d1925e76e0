/// One line of a message's index: a header field and where its value stands. Sixteen bytes.
package struct HeaderLine: Sendable {
    package let header: KnownHeader
    /// The offset of the name's first byte.
    package let start: UInt32
    /// The value without the white space around it; folds stand inside it as they came.
    package let value: ByteRange
    package let nameLength: UInt16
}

/// A message as it came: its bytes, and a compact index of its lines. Nothing is decoded before somebody asks.
///
/// The parser refuses only what can't be framed (no start line, no header section); whatever else is wrong is noted in
/// `flaws` for the check that chooses the reply.
public struct MessageBytes: Sendable {
    package let bytes: [UInt8]
    package let lines: [HeaderLine]
    /// The start line without its line end.
    package let startLine: ByteRange
    /// Where the header fields begin: after the start line's line end.
    package let headersStart: Int
    /// Where they end: the offset of the empty line.
    package let headersEnd: Int
    /// The body, as long as Content-Length says and as the datagram allows.
    package let body: ByteRange
    package let contentLength: ContentLength
    package let flaws: Flaws

    /// What the message says of its body's length (RFC 3261 20.14).
    package enum ContentLength: Hashable, Sendable {
        /// No such header: the body runs to the end of the datagram (RFC 3261 18.3).
        case absent
        case declared(Int)
        /// Not a number, out of range, or twice with different values.
        case invalid
    }

    /// What is wrong with the header section as a whole.
    package struct Flaws: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// CR or LF alone where CRLF belongs: other elements would see other lines (header smuggling).
        package static let bareLineEnd = Flaws(rawValue: 1)
        /// A NUL that no quoted pair excuses.
        package static let nul = Flaws(rawValue: 2)
        /// A line without a colon, or whose name is no token.
        package static let badLine = Flaws(rawValue: 4)
        /// The datagram ends before the empty line.
        package static let unterminated = Flaws(rawValue: 8)
        /// More than one blank in the start line, or a blank at its end.
        package static let startLineBlanks = Flaws(rawValue: 16)
        /// Fewer bytes than Content-Length declares.
        package static let truncated = Flaws(rawValue: 32)
    }
}
