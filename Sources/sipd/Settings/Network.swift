package import SIPCore

/// The addresses that share a prefix: `192.0.2.0/24`, or a single one.
package struct Network: Hashable, Sendable {
    package let address: IPAddress
    /// Bits that count, 0–32 for IPv4, 0–128 for IPv6.
    package let prefix: Int

    /// Reads `ADDRESS` or `ADDRESS/BITS`; nil when the address is not numeric or has bits outside the prefix.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { return nil }
        let width = if case .v4 = address { 32 } else { 128 }
        var prefix = width
        if parts.count == 2 {
            guard let bits = Int(parts[1]), (0...width).contains(bits) else { return nil }
            prefix = bits
        }
        guard Network.cut(address, to: prefix) == address else { return nil }
        self.address = address
        self.prefix = prefix
    }

    /// Whether the address begins with the prefix.
    package func contains(_ other: IPAddress) -> Bool {
        Network.cut(other, to: prefix) == address
    }

    /// The address with every bit behind the prefix cleared. Swift's smart shifts give 0 for a shift by the width.
    private static func cut(_ address: IPAddress, to prefix: Int) -> IPAddress {
        switch address {
        case .v4(let bits):
            .v4(bits & (UInt32.max << max(0, 32 - prefix)))
        case .v6(let high, let low):
            .v6(
                high: high & (UInt64.max << max(0, 64 - prefix)),
                low: low & (UInt64.max << max(0, min(64, 128 - prefix))))
        }
    }
}
