/// The character classes of RFC 3261 section 25.1, one bit each, in one table of 256 bytes.
package struct CharacterClass: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `token`: alphanum and ``-.!%*_+`'~``.
    package static let token = CharacterClass(rawValue: 1)
    /// `word`, of which a Call-ID is made: token and `()<>:\"/[]?{}`.
    package static let word = CharacterClass(rawValue: 2)
    package static let digit = CharacterClass(rawValue: 4)
    package static let alpha = CharacterClass(rawValue: 8)
    package static let hexadecimal = CharacterClass(rawValue: 16)
    /// `unreserved` with `user-unreserved`: what may stand in a URI's user part without an escape.
    package static let user = CharacterClass(rawValue: 32)
    /// `paramchar`: `param-unreserved` and `unreserved`, in a URI's parameters.
    package static let uriParameter = CharacterClass(rawValue: 64)
    /// What may stand in a host: alphanum, `-`, `.`, and `_`, which names in the field do carry.
    package static let host = CharacterClass(rawValue: 128)

    package static func of(_ byte: UInt8) -> CharacterClass {
        CharacterClass(rawValue: classes[Int(byte)])
    }
}

/// The classes of every byte. A literal, so that it stands in the binary and a look-up is one load;
/// the tests compute it anew from the grammar's strings.
private let classes: InlineArray<256, UInt8> = [
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x63, 0x02, 0x00, 0x60, 0x03, 0x60, 0x63, 0x62, 0x62, 0x63, 0x63, 0x20, 0xE3, 0xE3, 0x62,
    0xF7, 0xF7, 0xF7, 0xF7, 0xF7, 0xF7, 0xF7, 0xF7, 0xF7, 0xF7, 0x42, 0x20, 0x02, 0x20, 0x02, 0x22,
    0x00, 0xFB, 0xFB, 0xFB, 0xFB, 0xFB, 0xFB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB,
    0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0x42, 0x02, 0x42, 0x00, 0xE3,
    0x03, 0xFB, 0xFB, 0xFB, 0xFB, 0xFB, 0xFB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB,
    0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0xEB, 0x02, 0x00, 0x02, 0x63, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
]

extension UInt8 {
    package func isIn(_ members: CharacterClass) -> Bool {
        !CharacterClass.of(self).isDisjoint(with: members)
    }

    /// The byte with an ASCII capital made small.
    package var lowercased: UInt8 {
        self &- 0x41 < 26 ? self | 0x20 : self
    }

    /// Blank or tab.
    package var isBlank: Bool { self == 0x20 || self == 0x09 }

    /// What linear white space is made of; inside a header value CR and LF only stand in a fold
    /// (RFC 3261 7.3.1).
    package var isWhiteSpace: Bool {
        self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A
    }
}

extension Span<UInt8> {
    /// The first offset from `start` whose byte is not of the class; `end` when there is none.
    package func firstOffset(from start: Int, to end: Int, notIn members: CharacterClass) -> Int {
        let part = extracting(start..<end)
        var here = 0
        while here < part.count, part[here].isIn(members) { here += 1 }
        return start + here
    }

    /// The first offset from `start` whose byte is less than `bound`, which is at most 0x80; `end`
    /// when there is none.
    package func firstOffset(from start: Int, to end: Int, below bound: UInt8) -> Int {
        let part = unsafe extracting(start..<end).bytes
        let ones: UInt64 = 0x0101_0101_0101_0101
        var here = 0
        while here + 8 <= part.byteCount {
            // In bounds by the loop's condition; integers accept any bytes.
            let word = UInt64(
                littleEndian: unsafe part.unsafeLoadUnaligned(fromByteOffset: here, as: UInt64.self)
            )
            // "Has a byte less than n", exact for the lowest such byte, and that is the one asked
            // for.
            let found = (word &- ones &* UInt64(bound)) & ~word & (ones &* 0x80)
            if found != 0 { return start + here + found.trailingZeroBitCount / 8 }
            here += 8
        }
        while start + here < end, self[start + here] >= bound { here += 1 }
        return start + here
    }

    /// Whether the bytes from `start` are those of `text` without regard to the case of ASCII
    /// letters.
    package func equalsIgnoringCase(at start: Int, _ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard start >= 0, start <= count - length else { return false }
        if length >= 4 {
            // Four bytes at a time, the last ones overlapping: names nearly always come as they are
            // spelt here, or differ in more than case at once.
            let mine = unsafe bytes
            let others = unsafe UnsafeRawPointer(text.utf8Start)
            let exceptCase: UInt32 = 0xDFDF_DFDF
            var isSame = true
            var offset = 0
            while true {
                // In bounds: offset is at most length - 4 in both, and integers accept any bytes.
                let left = unsafe mine.unsafeLoadUnaligned(
                    fromByteOffset: start + offset, as: UInt32.self)
                let right = unsafe others.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                if left != right {
                    guard (left ^ right) & exceptCase == 0 else { return false }
                    isSame = false
                }
                if offset == length - 4 { break }
                offset = Swift.min(offset + 4, length - 4)
            }
            if isSame { return true }
        }
        // In bounds: a StaticString literal holds utf8CodeUnitCount bytes.
        let pointer = unsafe text.utf8Start
        for offset in 0..<length
        where unsafe self[start + offset].lowercased != pointer[offset].lowercased {
            return false
        }
        return true
    }
}
