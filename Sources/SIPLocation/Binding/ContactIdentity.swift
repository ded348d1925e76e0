package import SIPCore

/// A contact's URI with a cheap key, so that comparing many seldom means parsing them.
package struct ContactIdentity: Sendable {
    package let text: ByteSlice
    /// Equal for URIs that are equal by RFC 3261 19.1.4; URIs that are not mostly differ in it.
    package let key: UInt32

    package init(text: ByteSlice, key: UInt32) {
        self.text = text
        self.key = key
    }

    package init(_ text: ByteSlice) {
        self.init(text: text, key: Self.key(of: text))
    }

    /// Whether both are the same contact (RFC 3261 19.1.4); what is no URI is compared byte for byte.
    package func isEquivalent(to other: ContactIdentity) -> Bool {
        guard key == other.key else { return false }
        if text == other.text { return true }
        guard let mine = try? URI(text), let others = try? URI(other.text) else { return false }
        return mine.isEquivalent(to: others)
    }

    /// A hash of what must match in equal URIs: scheme, user without escapes, host, port.
    private static func key(of text: ByteSlice) -> UInt32 {
        var hash = Fowler()
        switch try? URI(text) {
        case .sip(let uri):
            hash.combine(uri.isSecure ? 1 : 0)
            hash.combine(uri.unescapedUser.span)
            // An IPv6 reference has many spellings (RFC 5954 section 4): it counts by its first byte alone.
            if uri.host.text.first == 0x5B {
                hash.combine(0x5B)
            } else {
                hash.combine(uri.host.text.span, ignoringCase: true)
            }
            if let port = uri.port {
                hash.combine(UInt8(truncatingIfNeeded: port >> 8))
                hash.combine(UInt8(truncatingIfNeeded: port))
            }
        case .tel(let uri):
            hash.combine(uri.digits.span)
        case .other, nil:
            hash.combine(text.span)
        }
        return hash.value
    }
}

/// FNV-1a. It need not be keyed: a phone that looks for collisions finds them among its own few contacts.
private struct Fowler {
    var value: UInt32 = 2_166_136_261

    mutating func combine(_ byte: UInt8) {
        value = (value ^ UInt32(byte)) &* 16_777_619
    }

    mutating func combine(_ bytes: Span<UInt8>, ignoringCase: Bool = false) {
        for index in bytes.indices {
            combine(ignoringCase ? bytes[index].lowercased : bytes[index])
        }
    }
}
