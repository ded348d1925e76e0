public import SIPCore
import Synchronization

/// Digest authentication as a server (RFC 3261 section 22, RFC 7616, RFC 8760).
///
/// It keeps no nonces: every machine with the same key accepts what another one issued. It keeps only which nonce counts
/// were used, in memory of a fixed size; so replay is noticed by the machine that saw the first use.
///
/// The time and random numbers are arguments.
public final class DigestAuthenticator: Sendable {
    public let settings: Settings
    let offer: Offer
    let mint: NonceMint
    /// Those of keys that nonces were issued with until lately.
    let previousMints: [NonceMint]
    let replays: ReplayTable
    let isOurs: @Sendable (SIPURI) -> Bool
    let hashers: [Hasher]
    /// Whether the account found last had a hash for a secret: a digest for nobody then takes as long as that.
    let secretsAreHashed = Atomic(false)

    /// One set of contexts, for whoever comes first.
    final class Hasher: Sendable {
        let work: Mutex<DigestHasher>
        init(_ work: consuming sending DigestHasher) { self.work = Mutex(work) }
    }

    /// - Parameters:
    ///   - key: 32 random bytes, the same on every machine that serves the same phones, and after a restart.
    ///   - previousKeys: keys that nonces were issued with until lately: they still count, for as long as any nonce does.
    ///   - start: when the process started. Nonces issued before are answered with a new one, for their use may have
    ///     been seen by the process before; nil accepts them.
    ///   - isOurs: whether a URI's host and port are those of this proxy: its domains, or an address it listens on.
    /// - Throws: ``CryptographyError`` when the key is shorter than 16 bytes or an algorithm is not to be had.
    public init(
        key: [UInt8], previousKeys: [[UInt8]] = [], settings: Settings = Settings(),
        start: UnixTime? = nil,
        isOurs: @escaping @Sendable (SIPURI) -> Bool = { _ in false }
    ) throws(CryptographyError) {
        var settings = settings
        // Far more than anybody means, and far from where adding to a time overflows.
        settings.nonceLifetime = min(max(settings.nonceLifetime, 0), 1 << 32)
        settings.clockTolerance = min(max(settings.clockTolerance, 0), 1 << 32)
        self.settings = settings
        offer = Offer(settings)
        self.isOurs = isOurs
        mint = try NonceMint(key: key)
        var previousMints: [NonceMint] = []
        for key in previousKeys { previousMints.append(try NonceMint(key: key)) }
        self.previousMints = previousMints
        replays = ReplayTable(
            capacity: settings.rememberedNonces, clockTolerance: settings.clockTolerance,
            start: start)
        var hashers: [Hasher] = []
        for _ in 0..<8 { hashers.append(Hasher(try DigestHasher(settings.algorithms))) }
        self.hashers = hashers
    }

    /// The values of one reply's challenge header fields, one for each algorithm, the preferred one first.
    ///
    /// They share a nonce: a phone answers one of them.
    /// - Parameters:
    ///   - stale: whether the phone's digest was right, as the ``Verdict`` says.
    ///   - random: 64 random bits; they must not repeat within a second.
    ///   - origin: 24 bits that stand for whoever is challenged, in place of as many random ones; nil: none.
    public func challenges(
        realm: ByteSlice, as role: Role, stale: Bool, at now: UnixTime, random: UInt64,
        origin: UInt32? = nil
    ) -> [[UInt8]] {
        var nonce: [UInt8] = []
        nonce.reserveCapacity(NonceBytes.textCount)
        let bits = origin.map { UInt64($0 & 0xFF_FFFF) << 40 | random >> 24 } ?? random
        mint.issue(realm: realm, role: role.rawValue, at: now, random: bits, to: &nonce)
        return settings.algorithms.map {
            Challenge(
                realm: realm, nonce: nonce, algorithm: $0, qop: settings.qop, isStale: stale
            ).bytes
        }
    }
}
