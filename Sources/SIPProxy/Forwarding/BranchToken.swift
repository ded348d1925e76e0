package import SIPCore

/// The branch parameter of our own Via: it says where the client transaction lives, so a response finds it without a
/// search, and it carries 64 random bits, so nobody else can name it (RFC 3261 8.1.1.7 asks for uniqueness in space and time).
///
/// `z9hG4bK` and 30 hexadecimal digits: stripe, session, branch, cookie. Behind it, where a request was forked, its ``LoopMark``.
package struct BranchToken: Hashable, Sendable {
    package var stripe: UInt8
    /// The session's place in the stripe's slab.
    package var session: UInt32
    /// The branch of the session's response context.
    package var branch: UInt16
    package var cookie: UInt64

    static let length = 7 + 2 + 8 + 4 + 16

    package init(stripe: UInt8, session: UInt32, branch: UInt16, cookie: UInt64) {
        self.stripe = stripe
        self.session = session
        self.branch = branch
        self.cookie = cookie
    }

    /// The token of a copy that no session knows: its cookie says to whom the response goes.
    init(statelessOn stripe: UInt8, cookie: UInt64) {
        self.init(stripe: stripe, session: .max, branch: 1, cookie: cookie)
    }

    /// Whether it is one of a copy that no session knows. An ACK's is not: nobody answers it.
    var isStateless: Bool { session == .max && branch == 1 }

    /// The token of a request of our own: where it lives among these.
    init(ownOn stripe: UInt8, place: UInt32, cookie: UInt64) {
        self.init(stripe: stripe, session: place, branch: .max, cookie: cookie)
    }

    /// Whether it is one of a request of our own: no session has so many branches.
    var isOwn: Bool { branch == .max }

    /// Nil when the branch is not of our making.
    package init?(_ branch: ByteSlice) {
        guard branch.count == Self.length || branch.count == Self.length + LoopMark.length else {
            return nil
        }
        let span = branch.span
        var failed = false
        func hexadecimal(_ range: Range<Int>) -> UInt64 {
            var value: UInt64 = 0
            for index in range {
                switch span[index] {
                case let digit where digit &- 0x30 < 10: value = value << 4 | UInt64(digit - 0x30)
                case let digit where digit &- 0x61 < 6: value = value << 4 | UInt64(digit - 0x57)
                default: failed = true
                }
            }
            return value
        }
        stripe = UInt8(truncatingIfNeeded: hexadecimal(7..<9))
        session = UInt32(truncatingIfNeeded: hexadecimal(9..<17))
        self.branch = UInt16(truncatingIfNeeded: hexadecimal(17..<21))
        cookie = hexadecimal(21..<37)
        if failed { return nil }
    }

    /// The whole token.
    package func append(to bytes: inout [UInt8]) {
        bytes.append("z9hG4bK")
        appendDigits(to: &bytes)
    }

    /// The token without its `z9hG4bK`.
    func appendDigits(to bytes: inout [UInt8]) {
        let place = UInt64(stripe) << 48 | UInt64(session) << 16 | UInt64(branch)
        bytes.append(hexadecimal: place, digits: 14)
        bytes.append(hexadecimal: cookie, digits: 16)
    }
}
