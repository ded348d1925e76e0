public import SIPCore

/// Whose bindings: an address of record in its canonical form (RFC 3261 10.3 step 5), the key of every look-up.
///
/// Parameters and password are gone, escapes in the user are undone, the host is in small letters. Users are
/// compared with case (RFC 3261 19.1.4). Scheme and port are no part of the key: `sip:`, `sips:` and whatever port
/// stand for the same account. A telephone number has no host.
public struct AddressOfRecord: Hashable, Sendable {
    /// The user and, right after it, the host: one buffer for both.
    package let bytes: ByteSlice
    package let userCount: Int

    /// The user part without escapes, or the number of a `tel:` URI; any bytes, perhaps none.
    public var user: ByteSlice { bytes.slice(0..<userCount) }

    /// The host in small letters; empty for a telephone number.
    public var host: ByteSlice { bytes.slice(userCount..<bytes.count) }

    /// An address from its parts, as a database or an operator gives them.
    ///
    /// - Parameters:
    ///   - user: the user part, unescaped.
    ///   - host: the host in any case; empty for a telephone number.
    public init(user: ByteSlice, host: ByteSlice) {
        var joined: [UInt8] = []
        joined.reserveCapacity(user.count + host.count)
        joined.append(slice: user)
        let letters = host.span
        for index in letters.indices { joined.append(letters[index].lowercased) }
        self.init(joined: ByteSlice(joined), userCount: user.count)
    }

    /// - Parameter joined: user and host as they are in canonical form.
    package init(joined: ByteSlice, userCount: Int) {
        bytes = joined
        self.userCount = userCount
    }

    /// The address for people and logs: `user@host`, or what of it there is.
    public var text: ByteSlice {
        guard userCount > 0, userCount < bytes.count else { return bytes }
        var joined = Array(user)
        joined.append(0x40)
        joined.append(slice: host)
        return ByteSlice(joined)
    }
}

extension AddressOfRecord: CustomStringConvertible {
    public var description: String { text.description }
}
