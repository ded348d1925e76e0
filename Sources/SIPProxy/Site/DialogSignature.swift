package import SIPCore

/// The signature in our Record-Route, over the dialog's Call-ID, the tag of whoever sent its first request, and the moment.
///
/// An in-dialog request brings it back in its Route. With it the request proves that an earlier one of the same dialog
/// went through this proxy with a proof of its own; without it, it is a new request. So in-dialog requests need no
/// dialog state, and a forged To-tag with a Route goes nowhere.
package struct DialogSignature: Sendable {
    private let key: HashKey
    private let previous: [HashKey]
    /// In seconds.
    private let lifetime: UInt64

    /// Seven days: see decision 1.
    package static let standardLifetime = Duration.seconds(7 * 24 * 3600)

    /// - Parameters:
    ///   - key: what is signed with.
    ///   - previous: keys that were signed with until lately, and still count.
    ///   - lifetime: how long after its first request a dialog's requests are let through without another proof.
    package init(
        key: HashKey, previous: [HashKey] = [], lifetime: Duration = Self.standardLifetime
    ) {
        self.key = key
        self.previous = previous
        self.lifetime = UInt64(max(0, lifetime.components.seconds))
    }

    /// When it was signed, and 96 bits that nobody makes without the key: forging one takes 2^95 datagrams on average.
    package struct Value: Equatable, Sendable {
        /// Seconds since 1970; they last until 2106.
        let issued: UInt32
        let high: UInt64
        let low: UInt32

        static let parameter: StaticString = "sig"

        /// `;sig=` and 32 hexadecimal digits.
        package func append(to bytes: inout [UInt8]) {
            bytes.append(";sig=")
            bytes.append(hexadecimal: UInt64(issued) << 32 | high >> 32, digits: 16)
            bytes.append(hexadecimal: high << 32 | UInt64(low), digits: 16)
        }
    }

    package func sign(callID: ByteSlice, tag: ByteSlice?, at time: UnixTime) -> Value {
        Self.value(callID, tag, issued: UInt32(clamping: time.seconds), key)
    }

    private static func value(
        _ callID: ByteSlice, _ tag: ByteSlice?, issued: UInt32, _ key: HashKey
    ) -> Value {
        var hash = SipHash(key: key)
        hash.append(callID.span)
        // The length between the two, so that no byte can move from one to the other.
        hash.append(UInt64(truncatingIfNeeded: callID.count) << 32 | UInt64(issued))
        if let tag { hash.append(tag.span) }
        let (low, high) = hash.finish()
        return Value(issued: issued, high: high, low: UInt32(truncatingIfNeeded: low))
    }

    /// Whether a signature fits the dialog, seen from either side, and is not too old: the first request's From-tag is the
    /// From-tag of the caller's requests and the To-tag of the callee's.
    package func verifies(
        _ text: ByteSlice, callID: ByteSlice, fromTag: ByteSlice?, toTag: ByteSlice?,
        at time: UnixTime
    ) -> Bool {
        guard let toTag, let given = Value(text), isFresh(given.issued, at: time)
        else { return false }
        func isRight(under key: HashKey) -> Bool {
            given.matches(Self.value(callID, fromTag, issued: given.issued, key))
                || given.matches(Self.value(callID, toTag, issued: given.issued, key))
        }
        return isRight(under: key) || previous.contains { isRight(under: $0) }
    }

    /// A clock that was set back, or another node's that is ahead, ends no call: the distance counts, whatever its sign.
    func isFresh(_ issued: UInt32, at time: UnixTime) -> Bool {
        let now = Int64(UInt32(clamping: time.seconds))
        return (now - Int64(issued)).magnitude <= lifetime
    }
}

extension DialogSignature.Value {
    fileprivate init?(_ text: ByteSlice) {
        guard text.count == 32 else { return nil }
        var issued: UInt64 = 0
        var high: UInt64 = 0
        var low: UInt64 = 0
        let digits = text.span
        for index in digits.indices {
            guard let digit = digits[index].hexadecimalDigit.map({ UInt64($0) }) else {
                return nil
            }
            switch index {
            case 0..<8: issued = issued << 4 | digit
            case 8..<24: high = high << 4 | digit
            default: low = low << 4 | digit
            }
        }
        self.init(
            issued: UInt32(truncatingIfNeeded: issued), high: high,
            low: UInt32(truncatingIfNeeded: low))
    }

    /// Without a branch on the bytes, so the time that it takes tells nothing.
    fileprivate func matches(_ other: Self) -> Bool {
        (high ^ other.high) | UInt64(low ^ other.low) == 0
    }
}

extension DialogSignature {
    /// What a nonce for a source bears, so that it is good for no other: 24 bits, the same on all machines that share the key.
    func origin(of source: SourceKey) -> UInt32 {
        var hash = SipHash(key: key)
        // A length that no other signature begins with, as below.
        hash.append(UInt64.max - 16)
        hash.append(source.word)
        return UInt32(truncatingIfNeeded: hash.finish().high & 0xFF_FFFF)
    }
}

extension DialogSignature {
    /// What makes a ``DialogFlow`` ours.
    ///
    /// - Parameter previous: the key of an earlier generation; nil: the one that is signed with.
    func mark(
        _ flow: [UInt8], _ side: DialogFlow.Side, callID: ByteSlice, tag: ByteSlice?,
        previous: HashKey?
    ) -> UInt64 {
        var hash = SipHash(key: previous ?? key)
        // Lengths that no other signature begins with: what is signed here is valid nowhere else.
        hash.append(UInt64.max - UInt64(side.rawValue))
        hash.append(flow.span)
        hash.append(UInt64(truncatingIfNeeded: callID.count))
        hash.append(callID.span)
        if let tag { hash.append(tag.span) }
        return hash.finish().high
    }

    func isRight(
        _ mark: UInt64, _ flow: [UInt8], _ side: DialogFlow.Side, callID: ByteSlice, tag: ByteSlice?
    ) -> Bool {
        func isRight(under previous: HashKey?) -> Bool {
            self.mark(flow, side, callID: callID, tag: tag, previous: previous) == mark
        }
        return isRight(under: nil) || previous.contains { isRight(under: $0) }
    }
}

extension DialogSignature {
    /// What else is made with the keys. No Call-ID begins with such a byte, and no flow of a dialog: what is made for one purpose is
    /// valid for no other.
    enum Purpose: UInt64 {
        case flowToken = 2
        case gruuSeal, gruuStream, gruuPart
    }

    /// The key that is signed with, and those that still count.
    var keys: [HashKey] { [key] + previous }

    /// 16 bytes that nobody foresees without the key.
    func bytes(for purpose: Purpose, of text: [UInt8], under key: HashKey? = nil) -> [UInt8] {
        var hash = SipHash(key: key ?? self.key)
        hash.append(purpose.rawValue)
        hash.append(text.span)
        let (low, high) = hash.finish()
        var bytes: [UInt8] = []
        bytes.append(bigEndian: high, count: 8)
        bytes.append(bigEndian: low, count: 8)
        return bytes
    }
}

extension [UInt8] {
    /// Whether the bytes are the same, in a time that tells nothing.
    func isSame(as other: ArraySlice<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return zip(self, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    mutating func append(bigEndian number: UInt64, count: Int) {
        for shift in stride(from: 8 * (count - 1), through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}

extension ByteSlice {
    /// The bytes that hexadecimal digits in small letters spell; nil for anything else.
    var hexadecimalBytes: [UInt8]? {
        guard count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count / 2)
        for index in stride(from: 0, to: count, by: 2) {
            guard let high = self[index].hexadecimalDigit,
                let low = self[index + 1].hexadecimalDigit
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}

extension UInt8 {
    var hexadecimalDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x61...0x66: self - 0x57
        case 0x41...0x46: self - 0x37
        default: nil
        }
    }
}
