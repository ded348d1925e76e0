package import SIPCore

/// A host's name as the DNS knows it, in small letters and without the root's dot.
package struct DNSName: Hashable, Sendable {
    package let bytes: [UInt8]

    /// - Returns: nil for what is no name: labels have 1 to 63 bytes, and a name 253 at most (RFC 1035 section 2.3.4).
    package init?(_ text: ByteSlice) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        for byte in text { bytes.append(byte.lowercasedLetter) }
        if bytes.last == 0x2E { bytes.removeLast() }
        guard bytes.count <= 253 else { return nil }
        var label = 0
        for byte in bytes {
            if byte == 0x2E {
                guard label > 0 else { return nil }
                label = 0
            } else {
                // A NUL would cut the name where C reads it, and a backslash begins an escape there.
                guard byte != 0, byte != 0x5C, label < 63 else { return nil }
                label += 1
            }
        }
        guard label > 0 else { return nil }
        self.bytes = bytes
    }

    /// The name of a service below this one: `_sip._udp` (RFC 2782).
    package func service(_ labels: StaticString) -> DNSName? {
        var text = labels.withUTF8Buffer { Array($0) }
        text.append(0x2E)
        text += bytes
        return DNSName(ByteSlice(text))
    }
}

extension DNSName: ExpressibleByStringLiteral, CustomStringConvertible {
    /// A name that is known to be one; the test that writes a wrong one gets `invalid`.
    package init(stringLiteral text: String) {
        self = DNSName(ByteSlice(text)) ?? DNSName(valid: Array("invalid".utf8))
    }

    private init(valid bytes: [UInt8]) { self.bytes = bytes }

    package var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension UInt8 {
    /// Capital ASCII letters as small ones.
    fileprivate var lowercasedLetter: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
