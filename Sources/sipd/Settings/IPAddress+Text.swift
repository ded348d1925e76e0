import Glibc
package import SIPCore

extension IPAddress {
    /// Reads a numeric address without brackets: `192.0.2.1`, `2001:db8::1`.
    package init?(numeric text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self = .v4(UInt32(bigEndian: v4.s_addr))
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            let bytes = withUnsafeBytes(of: &v6) { Array($0) }
            let half = { (range: Range<Int>) in
                bytes[range].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            }
            self = .v6(high: half(0..<8), low: half(8..<16))
        } else {
            return nil
        }
    }

    /// Reads a host as in a URI, where an IPv6 address stands in brackets.
    package init?(host text: String) {
        let bracketed = text.hasPrefix("[") && text.hasSuffix("]")
        guard bracketed == text.contains(":") else { return nil }
        self.init(numeric: bracketed ? String(text.dropFirst().dropLast()) : text)
    }
}
