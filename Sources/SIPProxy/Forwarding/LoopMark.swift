package import SIPCore

/// The second part of our branch, there when the request was forked: what its routing depended on (RFC 5393 4.2.1).
///
/// A request that comes back with a mark that is still right would be forked again in the same way, and so on, twice as often
/// each time; one with another mark was retargeted meanwhile, and is a spiral. Requests that are not forked need no mark: a
/// loop without forks is a line, and Max-Forwards ends it.
package struct LoopMark: Equatable, Sendable {
    private let value: UInt32

    /// RFC 5393 4.2.1: "the second part MUST depend at least on the received Request-URI and any Route header field values used
    /// when processing the received request", and it is to differ between transactions. It is keyed, so that nobody chooses requests
    /// that look like loops.
    package init(_ request: SIPRequest, _ essentials: RequestEssentials, hashKey: HashKey) {
        var hash = SipHash(key: hashKey)
        hash.append(essentials.uri.text.span)
        for route in request.routeValues { hash.append(route.span) }
        hash.append(essentials.callID.span)
        hash.append(UInt64(essentials.cseq.number))
        value = UInt32(truncatingIfNeeded: hash.finish().low)
    }

    /// The mark in a branch; nil when there is none, or the branch is not of our making.
    package init?(_ branch: ByteSlice) {
        guard branch.count == BranchToken.length + Self.length, BranchToken(branch) != nil else {
            return nil
        }
        var digits = Cursor(branch.slice(BranchToken.length..<branch.count))
        guard let value = digits.takeHexadecimal() else { return nil }
        self.value = value
    }

    static let length = 8

    /// Eight hexadecimal digits.
    package func append(to bytes: inout [UInt8]) {
        bytes.append(hexadecimal: UInt64(value), digits: Self.length)
    }
}

extension Cursor {
    /// All that is left, as hexadecimal digits in small letters.
    fileprivate mutating func takeHexadecimal() -> UInt32? {
        var value: UInt32 = 0
        while let byte = peek {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
            default: return nil
            }
            position += 1
        }
        return value
    }
}
