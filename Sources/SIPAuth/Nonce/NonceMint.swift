internal import COpenSSL
import SIPCore
import Synchronization

/// Issues nonces and knows them again, without keeping any (RFC 7616 3.3).
///
/// A nonce carries when and for what it was issued, and a code made with our key: a restarted process and every other
/// machine with the same key know it too.
final class NonceMint: Sendable {
    private let stripes: [Stripe]

    /// One context, for whoever comes first.
    private final class Stripe: Sendable {
        let work: Mutex<Work>
        init(_ work: consuming sending Work) { self.work = Mutex(work) }
    }

    private struct Work: ~Copyable {
        let hash: KeyedHash
        var text: [UInt8] = []
    }

    init(key: [UInt8], stripes count: Int) throws(CryptographyError) {
        guard key.count >= 16 else { throw .shortKey(key.count) }
        var stripes: [Stripe] = []
        for _ in 0..<count { stripes.append(Stripe(Work(hash: try KeyedHash(key: key)))) }
        self.stripes = stripes
    }

    /// Appends a new nonce.
    ///
    /// - Parameters:
    ///   - role: a number; a nonce that was issued in one role is none in another.
    ///   - random: 64 random bits: two nonces with the same ones in the same second would be one.
    func issue(
        realm: ByteSlice, role: UInt8, at now: UnixTime, random: UInt64,
        to text: inout [UInt8]
    ) throws(CryptographyError) {
        var nonce = NonceBytes(role: role, time: now, random: random)
        let code = try code(of: nonce, realm: realm)
        for index in 0..<16 { nonce.bytes[NonceBytes.codeStart + index] = code.bytes[index] }
        nonce.append(to: &text)
    }

    /// The nonce of a text, or nil when we never issued it for that realm in that role.
    func nonce(_ text: ByteSlice, realm: ByteSlice, role: UInt8)
        throws(CryptographyError) -> Nonce?
    {
        guard let nonce = NonceBytes(text: text), nonce.role == role else { return nil }
        let code = try code(of: nonce, realm: realm)
        let matches = nonce.bytes.span.withUnsafeBytes { sent in
            code.bytes.span.withUnsafeBytes { code in
                // In bounds: 14 and 16 are the 30 bytes of a nonce, and a code has 32.
                CRYPTO_memcmp(
                    sent.baseAddress.map { $0 + NonceBytes.codeStart }, code.baseAddress, 16)
                    == 0
            }
        }
        guard matches else { return nil }
        return Nonce(issued: nonce.time, identity: nonce.identity)
    }

    private func code(of nonce: NonceBytes, realm: ByteSlice) throws(CryptographyError)
        -> DigestValue
    {
        // The nonce's last random bits choose: those of a forged one choose a stripe as well as any.
        let stripe = stripes[Int(nonce.bytes[NonceBytes.codeStart - 1]) % stripes.count]
        return try stripe.work.withLock { (work) throws(CryptographyError) -> DigestValue in
            work.text.removeAll(keepingCapacity: work.text.capacity <= 4096)
            work.text.append(addingCapacity: NonceBytes.codeStart) { text in
                for index in 0..<NonceBytes.codeStart { text.append(nonce.bytes[index]) }
            }
            work.text.append(realm)
            return try work.hash.code(of: work.text)
        }
    }
}
