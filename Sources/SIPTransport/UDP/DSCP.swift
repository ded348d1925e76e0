import NIOCore
import SIPCore

/// How packets ask to be treated on the way: the six bits of the differentiated services field (RFC 2474).
public struct DSCP: Hashable, Sendable {
    /// 0 to 63.
    public let value: UInt8

    /// - Parameter value: 0 to 63; nil for more.
    public init?(_ value: Int) {
        guard (0...63).contains(value) else { return nil }
        self.value = UInt8(truncatingIfNeeded: value)
    }

    /// A class by its name, in any case: `cs0` to `cs7` (RFC 2474), `af11` to `af43` (RFC 2597), `ef` (RFC 3246), or a number. RFC 4594
    /// has `cs5` for signalling, many networks have `cs3` or `af31`.
    public init?(_ name: String) {
        if let number = Int(name) {
            self.init(number)
            return
        }
        let letters = Array(name.lowercased().utf8)
        // The digits behind the letters; what is none makes a number that no class has.
        let digits = letters.dropFirst(2).map { Int($0) - 0x30 }
        switch (letters.prefix(2), digits.count) {
        case ([0x65, 0x66], 0): self.init(46)
        case ([0x63, 0x73], 1) where (0...7).contains(digits[0]): self.init(digits[0] * 8)
        case ([0x61, 0x66], 2) where (1...4).contains(digits[0]) && (1...3).contains(digits[1]):
            self.init(digits[0] * 8 + digits[1] * 2)
        default: return nil
        }
    }

    /// The socket option for an address family, and its value: IP_TOS (ip(7)), IPV6_TCLASS (RFC 3542 6.5).
    func option(
        for address: IPAddress
    ) -> (option: ChannelOptions.Types.SocketOption, value: SocketOptionValue) {
        // The two lowest bits are for congestion notification (RFC 3168).
        let value = SocketOptionValue(value) << 2
        return switch address {
        case .v4: (.init(level: .ip, name: NIOBSDSocket.Option(rawValue: 1)), value)
        case .v6: (.init(level: .ipv6, name: NIOBSDSocket.Option(rawValue: 67)), value)
        }
    }
}
