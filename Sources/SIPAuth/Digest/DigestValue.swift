internal import COpenSSL
import SIPCore

/// What a hash function gave: 16 or 32 bytes, kept in place.
struct DigestValue {
    var bytes = InlineArray<32, UInt8>(repeating: 0)
    let count: Int

    init(count: Int) { self.count = count }

    /// A digest from exactly as many hexadecimal digits as the function gives, or nil.
    init?(hexadecimal text: ByteSlice, of function: HashFunction) {
        self.init(count: function.size)
        let digits = text.span
        guard digits.count == 2 * count else { return nil }
        for index in 0..<count {
            guard let high = digits[2 * index].hexadecimalValue,
                let low = digits[2 * index + 1].hexadecimalValue
            else { return nil }
            bytes[index] = high << 4 | low
        }
    }

    /// Whether two digests are the same; takes as long wherever they differ.
    func matches(_ other: DigestValue) -> Bool {
        guard count == other.count else { return false }
        return bytes.span.withUnsafeBytes { mine in
            other.bytes.span.withUnsafeBytes { others in
                // In bounds: count is at most the 32 bytes that both hold.
                CRYPTO_memcmp(mine.baseAddress, others.baseAddress, count) == 0
            }
        }
    }
}

extension [UInt8] {
    /// Appends a digest as small hexadecimal digits (RFC 8760 2.2).
    mutating func append(hexadecimal digest: DigestValue) {
        append(addingCapacity: 2 * digest.count) { digits in
            for index in 0..<digest.count {
                digits.append((digest.bytes[index] >> 4).hexadecimalDigit)
                digits.append((digest.bytes[index] & 15).hexadecimalDigit)
            }
        }
    }

    mutating func append(_ slice: ByteSlice) {
        append(contentsOf: slice.storage[slice.range.lower..<slice.range.upper])
    }

    mutating func append(literal text: StaticString) {
        // In bounds: a StaticString literal holds utf8CodeUnitCount bytes.
        append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
