/// A place in a header value, and the steps of RFC 3261 section 25.1 that can be taken from it.
///
/// Offsets are those of the buffer that the value lies in, so the ranges a parser notes are ranges
/// of the message.
package struct Cursor {
    package let bytes: [UInt8]
    package var position: Int
    package let end: Int

    package init(_ slice: ByteSlice) {
        bytes = slice.storage
        position = slice.range.lower
        end = slice.range.upper
    }

    package var isAtEnd: Bool { position >= end }

    /// The byte here, or nil at the end.
    package var peek: UInt8? { position < end ? bytes[position] : nil }

    package func error(_ expected: String) -> ParseError {
        ParseError(offset: position, expected: expected)
    }

    /// Takes the byte when it is here.
    package mutating func take(_ byte: UInt8) -> Bool {
        guard position < end, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    package mutating func expect(_ byte: UInt8, _ name: @autoclosure () -> String)
        throws(ParseError)
    {
        guard take(byte) else { throw error(name()) }
    }

    /// Skips linear white space, folds included.
    package mutating func skipWhiteSpace() {
        while position < end, bytes[position].isWhiteSpace { position += 1 }
    }

    /// Takes bytes of a class, as many as there are.
    package mutating func takeWhile(_ members: CharacterClass) -> ByteRange {
        let start = position
        let here = bytes.span.firstOffset(from: start, to: end, notIn: members)
        position = here
        return ByteRange(start, here)
    }

    /// One `token`, at least one byte.
    package mutating func token(_ name: @autoclosure () -> String = "a token") throws(ParseError)
        -> ByteRange
    {
        let range = takeWhile(.token)
        guard !range.isEmpty else { throw error(name()) }
        return range
    }

    /// Takes a separator with white space on either side, such as `SEMI`, `EQUAL` or `COMMA`.
    package mutating func takeSeparator(_ byte: UInt8) -> Bool {
        var here = position
        while here < end, bytes[here].isWhiteSpace { here += 1 }
        guard here < end, bytes[here] == byte else { return false }
        here += 1
        while here < end, bytes[here].isWhiteSpace { here += 1 }
        position = here
        return true
    }

    /// A `quoted-string`; the range holds what stands between the quotes, escapes as they came.
    package mutating func quotedString() throws(ParseError) -> ByteRange {
        try expect(0x22, "a quote")
        let start = position
        while position < end {
            switch bytes[position] {
            case 0x22:
                position += 1
                return ByteRange(start, position - 1)
            case 0x5C:
                // quoted-pair = "\" (%x00-09 / %x0B-0C / %x0E-7F)
                guard position + 1 < end, bytes[position + 1] != 0x0A, bytes[position + 1] != 0x0D
                else { throw error("a quoted pair") }
                position += 2
            case 0x00:
                throw error("text, not NUL")
            default:
                position += 1
            }
        }
        throw error("the quote that ends the string")
    }

    /// A decimal number, refused when it does not fit.
    package mutating func number(upTo limit: UInt64, _ name: @autoclosure () -> String)
        throws(ParseError) -> UInt64
    {
        let start = position
        var value: UInt64 = 0
        while position < end {
            let digit = bytes[position] &- 0x30
            guard digit < 10 else { break }
            // limit is at most 2^63: ten times a value at or below it, and a digit, need a check
            // against wrapping.
            let (product, wrapped) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(UInt64(digit))
            guard !wrapped, !carried, sum <= limit else {
                throw error("\(name()) of at most \(limit)")
            }
            value = sum
            position += 1
        }
        guard position > start else { throw error(name()) }
        return value
    }
}
