package import SIPCore

/// A source as floods are counted by: an IPv4 address, or the first 64 bits of an IPv6 address.
package struct SourceKey: Hashable, Sendable {
    /// An IPv4 address is told from a network by the bits above its own, which are those of ::/32: no network that is routed begins so.
    package let word: UInt64

    package init(_ address: IPAddress) {
        switch address {
        case .v4(let bits): word = UInt64(bits)
        // RFC 4291 2.5.5.2: an IPv4 address in the clothes of an IPv6 one.
        case .v6(0, let low) where low >> 32 == 0xFFFF: word = low & 0xFFFF_FFFF
        case .v6(let high, _): word = high == 0 ? 1 << 32 : high
        }
    }

    init(word: UInt64) { self.word = word }

    /// `192.0.2.7`, `2001:db8::/64`.
    package var description: String {
        word >> 32 == 0
            ? "\(IPAddress.v4(UInt32(truncatingIfNeeded: word)))"
            : "\(IPAddress.v6(high: word, low: 0))/64"
    }
}
