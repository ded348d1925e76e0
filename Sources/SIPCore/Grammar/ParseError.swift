/// Why some bytes are not what they should be: where, and what was expected there.
public struct ParseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The offset of the first byte that does not fit, counted from the start of the buffer that was parsed.
    public let offset: Int
    /// What the grammar asks for at that offset, in the words of RFC 3261 section 25.
    public let expected: String

    public init(offset: Int, expected: String) {
        self.offset = offset
        self.expected = expected
    }

    public var description: String { "expected \(expected) at byte \(offset)" }
}
