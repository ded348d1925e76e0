import SIPCore
import Testing

@Suite("digest credentials") struct DigestCredentialsTests {
    static let whole =
        #"Digest username="bo\"b", realm="voice.test",  nonce="n==", uri="sip:a@b;x=1,2", "#
        + #"response="6629fae4", algorithm=SHA-256, cnonce="0a4f", opaque="", qop=auth, nc=0000000a, "#
        + #"userhash=true, unknown="x\\", username*=UTF-8''J%c3%a4s"#

    @Test("have their parts where they stand") func parts() throws {
        let credentials = try DigestCredentials(ByteSlice(Self.whole))
        #expect(credentials.isDigest)
        #expect(credentials.username == #"bo\"b"#)
        #expect(credentials.username?.withoutQuotedPairs == #"bo"b"#)
        #expect(credentials.usernameEncoded == "UTF-8''J%c3%a4s")
        #expect(credentials.hasHashedUsername)
        #expect(credentials.realm == "voice.test")
        #expect(credentials.nonce == "n==")
        #expect(credentials.uri == "sip:a@b;x=1,2")
        #expect(credentials.response == "6629fae4")
        #expect(credentials.algorithm == "SHA-256")
        #expect(credentials.cnonce == "0a4f")
        #expect(credentials.opaque == "")
        #expect(credentials.qop == "auth")
        #expect(credentials.nc == "0000000a")
        #expect(credentials.nonceCount == 10)
    }

    @Test("in any case, folded, with blanks and without") func spelling() throws {
        let credentials = try DigestCredentials(
            "dIGEST\r\n USERNAME = \"bob\"\r\n ,\tRealm=\"r\",nonce=n/+=")
        #expect(credentials.username == "bob")
        #expect(credentials.realm == "r")
        #expect(credentials.nonce == "n/+=")
        #expect(credentials.response == nil)
        #expect(!credentials.hasHashedUsername)
    }

    @Test(
        "a nonce count is eight hexadecimal digits",
        arguments: [
            ("00000001", 1), ("ffffffff", 0xFFFF_FFFF), ("FFFFFFFF", 0xFFFF_FFFF), ("1", nil),
            ("000000001", nil),
            ("0000000g", nil), ("-0000001", nil),
        ] as [(String, UInt32?)])
    func nonceCount(text: String, count: UInt32?) throws {
        #expect(try DigestCredentials(ByteSlice("Digest nc=" + text)).nonceCount == count)
    }

    @Test(
        "of another scheme are only that",
        arguments: ["Basic dXNlcg==", "NTLM", "X a=b, \"", "Bearer a.b.c"])
    func otherScheme(text: String) throws {
        let credentials = try DigestCredentials(ByteSlice(text))
        #expect(!credentials.isDigest)
        #expect(credentials.username == nil)
    }

    @Test(
        "are malformed",
        arguments: [
            "", "Digest", "Digest ", "Digest username", "Digest username=", "Digest =\"x\"",
            "Digest username=\"bob",
            "Digest username=\"bob\\\"", "Digest username=\"a\" realm=\"b\"",
            "Digest username=\"a\",", "Digest ,a=b",
            "Digest a=b,,c=d", "Digest nonce=\"1\", NONCE=\"2\"", "Digest x=1, x=1",
            "Digest username=\"a\"b", "\"Digest\" a=b",
            "Digest username=\"\0\"", "Digest username=a b",
        ])
    func malformed(text: String) {
        #expect(throws: ParseError.self) { try DigestCredentials(ByteSlice(text)) }
    }

    @Test("cut short anywhere, they are malformed or have fewer parts, and nothing breaks")
    func truncated() {
        let bytes = Array(Self.whole.utf8)
        for length in 0..<bytes.count {
            let credentials = try? DigestCredentials(ByteSlice(Array(bytes[..<length])))
            #expect(credentials?.usernameEncoded == nil || length > bytes.count - 16)
        }
    }

    @Test("have at most 32 parameters") func many() {
        func list(_ count: Int) -> ByteSlice {
            ByteSlice("Digest " + (0..<count).map { "p\($0)=\"v\"" }.joined(separator: ", "))
        }
        #expect(throws: Never.self) { try DigestCredentials(list(32)) }
        #expect(throws: ParseError.self) { try DigestCredentials(list(33)) }
        #expect(throws: ParseError.self) { try DigestCredentials(list(70)) }
    }

    @Test("have a nonce of 64 KB when a client sends one") func long() throws {
        let nonce = String(repeating: "n", count: 65_536)
        #expect(
            try DigestCredentials(ByteSlice("Digest nonce=\"\(nonce)\"")).nonce?.count == 65_536)
    }

    @Test("of a message are one a line, whatever commas they hold") func lines() throws {
        let message = try request(
            adding: [
                "Authorization: Digest username=\"a\", realm=\"x\"",
                "Proxy-Authorization: Digest username=\"b\"",
                "Authorization: Digest username=\"c\", realm=\"y\"",
            ])
        #expect(try message.authorizations.map(\.username) == ["a", "c"])
        #expect(try message.proxyAuthorizations.map(\.username) == ["b"])
    }
}

@Suite("a digest challenge") struct DigestChallengeTests {
    @Test("has its parts where they stand") func parts() throws {
        let challenge = try DigestChallenge(
            #"Digest realm="r", domain="sip:a", qop="auth,auth-int", nonce="n", opaque="o", stale=TRUE, algorithm=MD5, userhash=true"#
        )
        #expect(challenge.isDigest)
        #expect(challenge.realm == "r")
        #expect(challenge.domain == "sip:a")
        #expect(challenge.qop == "auth,auth-int")
        #expect(challenge.nonce == "n")
        #expect(challenge.opaque == "o")
        #expect(challenge.isStale)
        #expect(challenge.algorithm == "MD5")
        #expect(challenge.takesHashedUsername)
        #expect(try !DigestChallenge("Digest realm=\"r\"").isStale)
        #expect(throws: ParseError.self) { try DigestChallenge("Digest realm") }
    }

    @Test("Authentication-Info has no scheme") func info() throws {
        let info = try AuthenticationInfo(
            #"nextnonce="n", qop=auth, rspauth="6629", cnonce="c", nc=00000001"#)
        #expect(info.nextNonce == "n")
        #expect(info.qop == "auth")
        #expect(info.responseDigest == "6629")
        #expect(info.cnonce == "c")
        #expect(info.nc == "00000001")
        #expect(throws: ParseError.self) { try AuthenticationInfo("nextnonce") }
    }
}
