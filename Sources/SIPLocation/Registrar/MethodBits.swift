package import SIPCore

/// The methods a phone allows as bits, with the numbers that registrars in the field keep in `location.methods`.
package enum MethodBits {
    package static func bit(_ method: SIPMethod) -> UInt32? {
        switch method {
        case .invite: 1
        case .cancel: 1 << 1
        case .ack: 1 << 2
        case .bye: 1 << 3
        case .info: 1 << 4
        case .register: 1 << 5
        case .subscribe: 1 << 6
        case .notify: 1 << 7
        case .message: 1 << 8
        case .options: 1 << 9
        case .prack: 1 << 10
        case .update: 1 << 11
        case .refer: 1 << 12
        case .publish: 1 << 13
        case .other: nil
        }
    }

    /// Nil when no method is named at all, which says nothing (RFC 3261 20.5).
    static func bits(_ names: some Sequence<ByteSlice>) -> UInt32? {
        var bits: UInt32?
        for name in names { bits = (bits ?? 0) | (bit(SIPMethod(name)) ?? 0) }
        return bits
    }
}
