import SIPCore

/// Issues nonces and knows them again, without keeping any (RFC 7616 3.3).
///
/// A nonce carries when and for what it was issued, and a code made with our key: a restarted process and every other
/// machine with the same key know it too.
///
/// The code is SipHash-2-4-128: made for short inputs, a fraction of an HMAC's work, and for what it protects, that a nonce is ours
/// and fresh, 128 bits that nobody foresees without the key are plenty (decision 6).
struct NonceMint: Sendable {
    private let key: HashKey

    /// - Parameter key: at least 16 bytes that nobody foresees; all of them count.
    init(key: [UInt8]) throws(CryptographyError) {
        guard key.count >= 16 else { throw .shortKey(key.count) }
        let digest = try HashContext(.sha256).hash(key, 0..<key.count).bytes
        func word(at start: Int) -> UInt64 {
            (start..<start + 8).reduce(0) { $0 << 8 | UInt64(digest[$1]) }
        }
        self.key = HashKey(word(at: 0), word(at: 8))
    }

    /// Appends a new nonce.
    ///
    /// - Parameters:
    ///   - role: a number; a nonce that was issued in one role is none in another.
    ///   - random: 64 random bits: two nonces with the same ones in the same second would be one.
    func issue(
        realm: ByteSlice, role: UInt8, at now: UnixTime, random: UInt64, to text: inout [UInt8]
    ) {
        var nonce = NonceBytes(role: role, time: now, random: random)
        nonce.code = code(of: nonce, realm: realm)
        nonce.append(to: &text)
    }

    /// The nonce of a text, or nil when we never issued it for that realm in that role.
    func nonce(_ text: ByteSlice, realm: ByteSlice, role: UInt8) -> Nonce? {
        guard let nonce = NonceBytes(text: text), nonce.role == role else { return nil }
        let sent = nonce.code
        let right = code(of: nonce, realm: realm)
        // No branch on single bits: how long it takes tells nothing of how many are right.
        guard (sent.high ^ right.high) | (sent.low ^ right.low) == 0 else { return nil }
        return Nonce(issued: nonce.time, identity: right.high, origin: UInt32(nonce.random >> 40))
    }

    private func code(of nonce: NonceBytes, realm: ByteSlice) -> (high: UInt64, low: UInt64) {
        var hash = SipHash(key: key)
        // Of one length, so that no byte can move between them and the realm.
        hash.append(nonce.head)
        hash.append(nonce.random)
        hash.append(realm.span)
        let (low, high) = hash.finish()
        return (high, low)
    }
}
