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
        self <= 0x20 && (self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A)
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
    @inline(__always)
    package func firstOffset(from start: Int, to end: Int, below bound: UInt8) -> Int {
        let bounds = UInt64.ones &* UInt64(bound)
        let here = skipWords(from: start, to: end) { word in
            // "Has a byte less than n", exact for the lowest such byte, and that is the one asked
            // for.
            (word &- bounds) & ~word & UInt64.highBits
        }
        return here < 0 ? ~here : firstOffset(from: here, to: end) { $0 < bound }
    }

    /// The first offset from `start` of a byte; `end` when there is none.
    @inline(__always)
    package func firstOffset(from start: Int, to end: Int, of byte: UInt8) -> Int {
        let bytes = UInt64.ones &* UInt64(byte)
        let here = skipWords(from: start, to: end) { word in
            // A zero where the byte is: "has a byte less than 1".
            let zeros = word ^ bytes
            return (zeros &- UInt64.ones) & ~zeros & UInt64.highBits
        }
        return here < 0 ? ~here : firstOffset(from: here, to: end) { $0 == byte }
    }

    /// Goes on by eight bytes as long as `find` gives 0 for them, the first byte in the lowest bits.
    ///
    /// - Returns: the complement of the offset of the byte whose highest bit `find` has set; else
    ///   where fewer than eight bytes are left.
    @inline(__always)
    private func skipWords(from start: Int, to end: Int, _ find: (UInt64) -> UInt64) -> Int {
        let part = extracting(start..<end)
        return unsafe part.withUnsafeBytes { bytes in
            var here = 0
            while here <= bytes.count &- 8 {
                // In bounds by the loop's condition; integers accept any bytes.
                let word = unsafe bytes.loadUnaligned(fromByteOffset: here, as: UInt64.self)
                let found = find(UInt64(littleEndian: word))
                if found != 0 { return ~(start &+ here &+ found.trailingZeroBitCount / 8) }
                here &+= 8
            }
            return start &+ here
        }
    }

    @inline(__always)
    private func firstOffset(from start: Int, to end: Int, where isFound: (UInt8) -> Bool) -> Int {
        var here = start
        while here < end, !isFound(self[here]) { here += 1 }
        return here
    }

    /// Whether the bytes from `start` are those of `text` without regard to the case of ASCII
    /// letters.
    ///
    /// Inlined, for the text is nearly always a literal: then it is a few comparisons with constants.
    ///
    /// - Parameter text: letters, digits, and such marks as come before them in ASCII: no
    ///   underscore, tilde or bracket.
    @inline(__always)
    package func equalsIgnoringCase(at start: Int, _ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard start >= 0, start <= count - length else { return false }
        if length >= 8 { return equalsIgnoringCase(at: start, text, by: UInt64.self) }
        if length >= 4 { return equalsIgnoringCase(at: start, text, by: UInt32.self) }
        if length >= 2 { return equalsIgnoringCase(at: start, text, by: UInt16.self) }
        return length == 0 || equalsIgnoringCase(at: start, text, by: UInt8.self)
    }

    /// Compares a word at a time, the last one overlapping the one before; the text has one at
    /// least.
    @inline(__always)
    private func equalsIgnoringCase<Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        at start: Int, _ text: StaticString, by _: Word.Type
    ) -> Bool {
        let size = MemoryLayout<Word>.size
        let last = text.utf8CodeUnitCount - size
        var offset = 0
        while offset < last {
            guard isSame(at: start, text, offset, Word.self) else { return false }
            offset += size
        }
        return isSame(at: start, text, last, Word.self)
    }

    @inline(__always)
    private func isSame<Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        at start: Int, _ text: StaticString, _ offset: Int, _: Word.Type
    ) -> Bool {
        // In bounds: there is a word behind the offset in both, and integers accept any bytes.
        let mine = unsafe bytes.unsafeLoadUnaligned(
            fromByteOffset: start + offset, as: Word.self)
        let other = unsafe UnsafeRawPointer(text.utf8Start).loadUnaligned(
            fromByteOffset: offset, as: Word.self)
        // Of what may stand in the text, letters alone have the bit of 0x40; in them, and only in
        // them, the bit of 0x20 is let differ.
        let caseBits = (other & Word(truncatingIfNeeded: UInt64.ones &* 0x40)) >> 1
        return (mine ^ other) & ~caseBits == 0
    }
}

extension UInt64 {
    /// A one in each byte.
    fileprivate static var ones: UInt64 { 0x0101_0101_0101_0101 }
    /// The highest bit of each byte.
    fileprivate static var highBits: UInt64 { 0x8080_8080_8080_8080 }
}
