/// Some bytes of a message, sharing the message's buffer: taking one copies nothing.
///
/// SIP is UTF-8 by definition (RFC 3261 section 7), but what arrives need not be: a slice keeps the bytes as they
/// came, and ``description`` repairs what is not UTF-8 for the reader.
public struct ByteSlice: Sendable {
    package let storage: [UInt8]
    package let range: ByteRange

    package init(_ storage: [UInt8], _ range: ByteRange) {
        self.storage = storage
        self.range = range
    }

    package init(_ storage: [UInt8], _ lower: Int, _ upper: Int) {
        self.init(storage, ByteRange(lower, upper))
    }

    /// A slice over a buffer of its own.
    public init(_ bytes: [UInt8]) {
        self.init(bytes, 0, bytes.count)
    }

    /// A slice over the UTF-8 of a string.
    public init(_ string: String) {
        self.init(Array(string.utf8))
    }

    /// The bytes, without a copy.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { storage.span.extracting(range.lower..<range.upper) }
    }

    /// A part of this slice, by offsets from its start.
    public func slice(_ bounds: Range<Int>) -> ByteSlice {
        // The storage may be longer: its own check would let a slice show a neighbour's bytes.
        precondition(bounds.lowerBound >= 0 && bounds.upperBound <= count)
        return ByteSlice(storage, range.lower + bounds.lowerBound, range.lower + bounds.upperBound)
    }

    /// Whether the bytes are those of `other` when ASCII letters are compared without case.
    public func equalsIgnoringCase(_ other: StaticString) -> Bool {
        guard count == other.utf8CodeUnitCount else { return false }
        return storage.span.equalsIgnoringCase(at: range.lower, other)
    }

    /// Whether the bytes are those of `other` when ASCII letters are compared without case.
    @_disfavoredOverload  // so that a literal is a StaticString, which takes no buffer
    public func equalsIgnoringCase(_ other: ByteSlice) -> Bool {
        guard count == other.count else { return false }
        let mine = span
        let others = other.span
        for index in mine.indices where mine[index].lowercased != others[index].lowercased {
            return false
        }
        return true
    }
}

extension ByteSlice: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { range.count }
    public subscript(position: Int) -> UInt8 {
        // As above: what lies beyond is in the storage, and none of the slice's.
        precondition(position >= 0 && position < range.count)
        return storage[range.lower + position]
    }

    /// Whether a byte is among them: eight are looked at at once.
    public func contains(_ byte: UInt8) -> Bool {
        let bytes = span
        return bytes.firstOffset(from: 0, to: bytes.count, of: byte) < bytes.count
    }
}

extension ByteSlice: Hashable {
    public static func == (left: ByteSlice, right: ByteSlice) -> Bool {
        guard left.count == right.count else { return false }
        let mine = left.span
        let others = right.span
        for index in mine.indices where mine[index] != others[index] { return false }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        unsafe storage.withUnsafeBytes { buffer in
            // In bounds: a slice is only made from offsets inside its storage.
            unsafe hasher.combine(
                bytes: UnsafeRawBufferPointer(rebasing: buffer[range.lower..<range.upper]))
        }
    }
}

extension ByteSlice: ExpressibleByStringLiteral, CustomStringConvertible {
    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// The bytes as text; what is not UTF-8 shows as U+FFFD.
    public var description: String {
        String(decoding: storage[range.lower..<range.upper], as: UTF8.self)
    }
}

extension String {
    /// The bytes as text; what is not UTF-8 shows as U+FFFD.
    public init(_ slice: ByteSlice) {
        self = slice.description
    }
}
