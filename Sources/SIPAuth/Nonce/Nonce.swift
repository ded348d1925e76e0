package import SIPCore

/// A nonce that was issued with our key.
package struct Nonce: Sendable {
    /// When, by the clock of the machine that issued it.
    package let issued: UnixTime
    /// Half of its authentication code: what tells it from every other nonce.
    package let identity: UInt64

    /// To whom it was issued, where challenges say so.
    let origin: UInt32

    package init(issued: UnixTime, identity: UInt64, origin: UInt32 = 0) {
        self.issued = issued
        self.identity = identity
        self.origin = origin
    }
}

/// The layout of a nonce: 30 bytes, which are 40 characters of base64url (RFC 4648 section 5) without padding.
///
///     role 1 | time in seconds 5 | random 8 | a keyed code over all that and the realm 16
struct NonceBytes {
    static let textCount = 40

    var bytes = InlineArray<30, UInt8>(repeating: 0)

    /// The part that the code covers.
    init(role: UInt8, time: UnixTime, random: UInt64) {
        bytes[0] = role
        write(UInt64(bitPattern: time.seconds), at: 1, length: 5)
        write(random, at: 6, length: 8)
    }

    /// Nil when the text is not 40 characters of base64url.
    init?(text: ByteSlice) {
        let text = text.span
        guard text.count == NonceBytes.textCount else { return nil }
        for group in 0..<10 {
            var bits: UInt32 = 0
            for index in 0..<4 {
                guard let value = NonceBytes.value(text[4 * group + index]) else { return nil }
                bits = bits << 6 | UInt32(value)
            }
            bytes[3 * group] = UInt8(truncatingIfNeeded: bits >> 16)
            bytes[3 * group + 1] = UInt8(truncatingIfNeeded: bits >> 8)
            bytes[3 * group + 2] = UInt8(truncatingIfNeeded: bits)
        }
    }

    func append(to text: inout [UInt8]) {
        text.append(addingCapacity: NonceBytes.textCount) { text in
            for group in 0..<10 {
                let bits =
                    UInt32(bytes[3 * group]) << 16 | UInt32(bytes[3 * group + 1]) << 8
                    | UInt32(bytes[3 * group + 2])
                text.append(NonceBytes.character(bits >> 18))
                text.append(NonceBytes.character(bits >> 12))
                text.append(NonceBytes.character(bits >> 6))
                text.append(NonceBytes.character(bits))
            }
        }
    }

    var role: UInt8 { bytes[0] }

    var time: UnixTime { UnixTime(seconds: Int64(number(at: 1, length: 5))) }

    /// Role and time.
    var head: UInt64 { number(at: 0, length: 6) }

    var random: UInt64 { number(at: 6, length: 8) }

    /// What only we can have made.
    var code: (high: UInt64, low: UInt64) {
        get { (number(at: 14, length: 8), number(at: 22, length: 8)) }
        set {
            write(newValue.high, at: 14, length: 8)
            write(newValue.low, at: 22, length: 8)
        }
    }

    /// Up to eight bytes, the highest first.
    private func number(at start: Int, length: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in start..<start + length { value = value << 8 | UInt64(bytes[index]) }
        return value
    }

    private mutating func write(_ value: UInt64, at start: Int, length: Int) {
        for index in 0..<length {
            let shift = UInt64(8 * (length - 1 - index))
            bytes[start + index] = UInt8(truncatingIfNeeded: value >> shift)
        }
    }

    /// The character for the lowest six bits.
    private static func character(_ bits: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: bits & 63)
        return switch value {
        case 0..<26: value &+ 0x41
        case 26..<52: value &+ 0x47
        case 52..<62: value &- 4
        case 62: 0x2D
        default: 0x5F
        }
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x41...0x5A: character &- 0x41
        case 0x61...0x7A: character &- 0x47
        case 0x30...0x39: character &+ 4
        case 0x2D: 62
        case 0x5F: 63
        default: nil
        }
    }
}
