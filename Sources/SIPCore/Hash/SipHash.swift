/// SipHash-2-4 with 128 bits of output (Aumasson, Bernstein: "SipHash: a fast short-input PRF"),
/// fed piece by piece.
///
/// A keyed function: who does not know the key can neither foresee nor cause collisions.
package struct SipHash {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64
    /// The bytes that do not fill a word yet, the first in the lowest bits.
    private var tail: UInt64 = 0
    private var length: UInt64 = 0

    package init(key: HashKey) {
        v0 = key.low ^ 0x736F_6D65_7073_6575
        v1 = key.high ^ 0x646F_7261_6E64_6F6D ^ 0xEE
        v2 = key.low ^ 0x6C79_6765_6E65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
    }

    /// Takes bytes as they are.
    package mutating func append(_ bytes: Span<UInt8>) {
        append(bytes) { $0 }
    }

    /// Takes bytes with ASCII capitals made small.
    package mutating func appendLowercased(_ bytes: Span<UInt8>) {
        append(bytes) { $0.withSmallLetters }
    }

    /// Takes eight bytes, the lowest first.
    @inline(__always)
    package mutating func append(_ word: UInt64) {
        take(word, shiftedBy: length % 8 * 8)
        length &+= 8
    }

    /// The hash of all that was taken so far.
    package func finish() -> (low: UInt64, high: UInt64) {
        var last = self
        return last.close()
    }

    private mutating func close() -> (low: UInt64, high: UInt64) {
        compress(tail | length << 56)
        v2 ^= 0xEE
        for _ in 0..<4 { round() }
        let low = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xDD
        for _ in 0..<4 { round() }
        return (low, v0 ^ v1 ^ v2 ^ v3)
    }

    @inline(__always)
    private mutating func append(_ bytes: Span<UInt8>, _ transform: (UInt64) -> UInt64) {
        // Bytes of bytes: every one of them is initialized.
        let raw = unsafe bytes.bytes
        let count = bytes.count
        let shift = length % 8 * 8
        length &+= UInt64(count)
        var offset = 0
        while offset &+ 8 <= count {
            take(transform(raw.word(at: offset)), shiftedBy: shift)
            offset &+= 8
        }
        let left = UInt64(count &- offset)
        guard left > 0 else { return }
        var last: UInt64 = 0
        if offset > 0 {
            // The end of the last eight bytes, of which the first were taken already.
            last = raw.word(at: count &- 8) >> (64 &- left &* 8)
        } else {
            for index in 0..<count { last |= UInt64(bytes[index]) << UInt64(index &* 8) }
        }
        last = transform(last)
        if shift &+ left &* 8 >= 64 {
            take(last, shiftedBy: shift)
        } else {
            tail |= last << shift
        }
    }

    /// Takes eight bytes behind those of the tail, and leaves as many there.
    @inline(__always)
    private mutating func take(_ word: UInt64, shiftedBy shift: UInt64) {
        compress(tail | word << shift)
        // With an empty tail this shifts by 64, and nothing is left.
        tail = word >> (64 &- shift)
    }

    @inline(__always)
    private mutating func compress(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    @inline(__always)
    private mutating func round() {
        v0 &+= v1
        v1 = v1 << 13 | v1 >> 51
        v1 ^= v0
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v3
        v3 = v3 << 16 | v3 >> 48
        v3 ^= v2
        v0 &+= v3
        v3 = v3 << 21 | v3 >> 43
        v3 ^= v0
        v2 &+= v1
        v1 = v1 << 17 | v1 >> 47
        v1 ^= v2
        v2 = v2 << 32 | v2 >> 32
    }
}

extension RawSpan {
    /// Eight bytes, the first in the lowest bits.
    @inline(__always)
    fileprivate func word(at offset: Int) -> UInt64 {
        // The load is checked to be in bounds; any eight bytes are an integer.
        UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

extension UInt64 {
    /// Eight bytes at a time: those from "A" to "Z" get bit 5.
    fileprivate var withSmallLetters: UInt64 {
        let highBits: UInt64 = 0x8080_8080_8080_8080
        let ones: UInt64 = 0x0101_0101_0101_0101
        let low = self & ~highBits
        // Each sum stays inside its byte, and its highest bit says whether the byte is at least
        // "A", or past "Z".
        let fromA = low &+ (0x80 - 0x41) &* ones
        let pastZ = low &+ (0x80 - 0x5B) &* ones
        let capitals = fromA & ~pastZ & ~self & highBits
        return self | capitals >> 2
    }
}
