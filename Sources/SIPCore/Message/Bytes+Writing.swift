extension [UInt8] {
    /// Appends the bytes of a literal.
    package mutating func append(_ text: StaticString) {
        // In bounds: a StaticString literal holds utf8CodeUnitCount bytes.
        let literal = unsafe UnsafeBufferPointer(
            start: text.utf8Start, count: text.utf8CodeUnitCount)
        unsafe append(contentsOf: literal)
    }

    /// Appends CR LF.
    package mutating func appendLineEnd() {
        append(0x0D)
        append(0x0A)
    }

    /// Appends the bytes of a slice.
    package mutating func append(slice: ByteSlice) {
        append(slice.storage, slice.range)
    }

    /// Appends a part of another buffer.
    package mutating func append(_ bytes: [UInt8], _ range: ByteRange) {
        // In bounds: `extracting` checks the range, and the buffer is not kept.
        unsafe bytes.span.extracting(range.lower..<range.upper).withUnsafeBufferPointer {
            unsafe append(contentsOf: $0)
        }
    }

    /// Appends a number in decimal digits.
    package mutating func append(decimal number: UInt64) {
        // Hops, parts of addresses, seconds: most numbers are short, and are made a digit at a time.
        guard number >= 1000 else {
            let small = UInt16(truncatingIfNeeded: number)
            if small >= 100 { append(0x30 + UInt8(truncatingIfNeeded: small / 100)) }
            if small >= 10 { append(0x30 + UInt8(truncatingIfNeeded: small / 10 % 10)) }
            append(0x30 + UInt8(truncatingIfNeeded: small % 10))
            return
        }
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = 20
        var rest = number
        repeat {
            first -= 1
            digits[first] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        // As above; 64 bits have at most twenty digits.
        unsafe digits.span.extracting(first..<20).withUnsafeBufferPointer {
            unsafe append(contentsOf: $0)
        }
    }

    /// Appends the lowest digits of a number in hexadecimal, small letters.
    ///
    /// - Parameter digits: how many, 1 to 16.
    package mutating func append(hexadecimal number: UInt64, digits: Int) {
        let text = (
            UInt32(truncatingIfNeeded: number >> 32).hexadecimalDigits.littleEndian,
            UInt32(truncatingIfNeeded: number).hexadecimalDigits.littleEndian
        )
        unsafe Swift.withUnsafeBytes(of: text) { all in
            // In bounds: sixteen digits are there, and a suffix is never longer.
            unsafe append(contentsOf: UnsafeRawBufferPointer(rebasing: all.suffix(digits)))
        }
    }

    /// Appends a number in hexadecimal digits, small letters, no more than it needs.
    package mutating func append(hexadecimal number: UInt64) {
        append(hexadecimal: number, digits: Swift.max(1, (67 - number.leadingZeroBitCount) / 4))
    }
}

extension UInt32 {
    /// The eight hexadecimal digits as ASCII, the first in the lowest byte.
    fileprivate var hexadecimalDigits: UInt64 {
        // Each digit into a byte of its own.
        var word = UInt64(byteSwapped)
        word = (word | word << 16) & 0x0000_FFFF_0000_FFFF
        word = (word | word << 8) & 0x00FF_00FF_00FF_00FF
        word = (word >> 4 & 0x000F_000F_000F_000F) | (word & 0x000F_000F_000F_000F) << 8
        // 10 and more, to which 6 adds a bit, go on at "a".
        let letters = (word &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return word &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    }
}
