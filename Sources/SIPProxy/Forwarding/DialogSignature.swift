package import SIPCore
package import SIPTransaction

/// The signature in our Record-Route, over the dialog's Call-ID and the tag of whoever sent its first request.
///
/// An in-dialog request brings it back in its Route. With it the request proves that an earlier one of the same dialog
/// went through this proxy with a proof of its own; without it, it is a new request. So in-dialog requests need no
/// dialog state, and a forged To-tag with a Route goes nowhere.
package struct DialogSignature: Sendable {
    private let key: HashKey

    package init(key: HashKey) { self.key = key }

    /// 96 bits: forging one takes 2^95 datagrams on average.
    package struct Value: Equatable, Sendable {
        let high: UInt64
        let low: UInt32

        static let parameter: StaticString = "sig"

        /// `;sig=` and 24 hexadecimal digits.
        package func append(to bytes: inout [UInt8]) {
            bytes.append(";sig=")
            bytes.append(hexadecimal: high, digits: 16)
            bytes.append(hexadecimal: UInt64(low), digits: 8)
        }
    }

    package func sign(callID: ByteSlice, tag: ByteSlice?) -> Value {
        var hash = SipHash(key: key)
        hash.append(callID.span)
        // The length between the two, so that no byte can move from one to the other.
        hash.append(UInt64(truncatingIfNeeded: callID.count))
        if let tag { hash.append(tag.span) }
        let (low, high) = hash.finish()
        return Value(high: high, low: UInt32(truncatingIfNeeded: low))
    }

    /// Whether a signature fits the dialog, seen from either side: the first request's From-tag is the From-tag of the
    /// caller's requests and the To-tag of the callee's.
    package func verifies(
        _ text: ByteSlice, callID: ByteSlice, fromTag: ByteSlice?, toTag: ByteSlice?
    ) -> Bool {
        guard let toTag, let given = Value(text) else { return false }
        return given.matches(sign(callID: callID, tag: fromTag))
            || given.matches(sign(callID: callID, tag: toTag))
    }
}

extension DialogSignature.Value {
    fileprivate init?(_ text: ByteSlice) {
        guard text.count == 24 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        let digits = text.span
        for index in digits.indices {
            guard let digit = digits[index].hexadecimalDigit else { return nil }
            if index < 16 {
                high = high << 4 | UInt64(digit)
            } else {
                low = low << 4 | UInt64(digit)
            }
        }
        self.init(high: high, low: UInt32(truncatingIfNeeded: low))
    }

    /// Without a branch on the bytes, so the time that it takes tells nothing.
    fileprivate func matches(_ other: Self) -> Bool {
        (high ^ other.high) | UInt64(low ^ other.low) == 0
    }
}

extension UInt8 {
    fileprivate var hexadecimalDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x61...0x66: self - 0x57
        case 0x41...0x46: self - 0x37
        default: nil
        }
    }
}
