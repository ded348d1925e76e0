extension [UInt8] {
    /// Appends the bytes of a literal.
    package mutating func append(_ text: StaticString) {
        // In bounds: a StaticString literal holds utf8CodeUnitCount bytes.
        let literal = unsafe UnsafeBufferPointer(
            start: text.utf8Start, count: text.utf8CodeUnitCount)
        unsafe append(contentsOf: literal)
    }

    /// Appends the bytes of a slice.
    package mutating func append(slice: ByteSlice) {
        append(contentsOf: slice.storage[slice.range.lower..<slice.range.upper])
    }

    /// Appends a part of another buffer.
    package mutating func append(_ bytes: [UInt8], _ range: ByteRange) {
        append(contentsOf: bytes[range.lower..<range.upper])
    }

    /// Appends a number in decimal digits.
    package mutating func append(decimal number: UInt64) {
        guard number >= 10 else {
            append(0x30 + UInt8(number))
            return
        }
        var divisor: UInt64 = 10
        while number / divisor >= 10 { divisor *= 10 }
        var rest = number
        while divisor > 0 {
            append(0x30 + UInt8(rest / divisor))
            rest %= divisor
            divisor /= 10
        }
    }

    /// Appends a number as so many hexadecimal digits, small letters.
    package mutating func append(hexadecimal number: UInt64, digits: Int) {
        var shift = (digits - 1) * 4
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(shift)) & 0x0F
            append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            shift -= 4
        }
    }

    /// Appends a number in hexadecimal digits, small letters, no more than it needs.
    package mutating func append(hexadecimal number: UInt64) {
        append(hexadecimal: number, digits: Swift.max(1, (67 - number.leadingZeroBitCount) / 4))
    }
}
