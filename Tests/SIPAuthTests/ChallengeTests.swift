import SIPAuth
import SIPCore
import Testing

@Suite("challenges") struct ChallengeTests {
    func challenges(
        realm: ByteSlice = "voice.test", stale: Bool = false,
        _ change: (inout DigestAuthenticator.Settings) -> Void = { _ in }
    ) throws -> [String] {
        let server = try Server(change)
        return server.authenticator.challenges(
            realm: realm, as: .registrar, stale: stale, at: server.now, random: 42
        ).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("stand in the order of preference, one for each algorithm") func order() throws {
        let algorithms = try challenges { $0.algorithms = [.sha512t256, .sha256, .md5] }
            .map { try DigestChallenge(ByteSlice($0)).algorithm }
        #expect(algorithms == ["SHA-512-256", "SHA-256", "MD5"])
    }

    @Test("are spelt as RFC 8760 wants them") func spelling() throws {
        let challenge = try #require(try challenges().first)
        let nonce = try #require(try DigestChallenge(ByteSlice(challenge)).nonce)
        #expect(nonce.count == 40)
        #expect(
            challenge
                == "Digest realm=\"voice.test\", nonce=\"\(nonce)\", algorithm=SHA-256, qop=\"auth\""
        )
    }

    @Test("name the protections, or none for phones that know none") func qop() throws {
        let both = try challenges { $0.qop = [.auth, .authInt] }
        #expect(both.allSatisfy { $0.hasSuffix(", qop=\"auth,auth-int\"") })
        let none = try challenges { $0.qop = [] }
        #expect(none.allSatisfy { !$0.contains("qop") })
    }

    @Test("say that the nonce was stale") func stale() throws {
        for text in try challenges(stale: true) {
            #expect(try DigestChallenge(ByteSlice(text)).isStale)
        }
        for text in try challenges() { #expect(try !DigestChallenge(ByteSlice(text)).isStale) }
    }

    @Test("keep their line, whatever the realm holds") func injection() throws {
        for text in try challenges(realm: "a\"b\\c\r\nX: y\u{0}") {
            #expect(text.contains("realm=\"a\\\"b\\\\cX: y\""))
            #expect(!text.utf8.contains(0x0D) && !text.utf8.contains(0x0A))
            let realm = try DigestChallenge(ByteSlice(text)).realm
            #expect(realm?.withoutQuotedPairs == "a\"b\\cX: y")
        }
    }

    @Test("have another nonce for each random number, second, realm and role") func nonces() throws
    {
        let server = try Server()
        var seen: Set<ByteSlice> = []
        for role in DigestAuthenticator.Role.allCases {
            for realm in ["a.test", "b.test"] as [ByteSlice] {
                for second in 0..<3 as Range<Int64> {
                    for random in 0..<3 as Range<UInt64> {
                        let texts = server.authenticator.challenges(
                            realm: realm, as: role, stale: false, at: server.now + second,
                            random: random)
                        let nonces = Set(
                            try texts.compactMap { try DigestChallenge(ByteSlice($0)).nonce })
                        #expect(nonces.count == 1)
                        seen.formUnion(nonces)
                    }
                }
            }
        }
        #expect(seen.count == 36)
    }
}
