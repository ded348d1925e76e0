import SIPAuth
import SIPCore
import Testing

@Suite("right credentials") struct AcceptanceTests {
    @Test(
        "are accepted in every algorithm and protection", arguments: DigestAlgorithm.allCases,
        [nil, "auth", "auth-int"])
    func algorithms(_ algorithm: DigestAlgorithm, _ qop: String?) async throws {
        for role in DigestAuthenticator.Role.allCases {
            var server = try Server {
                $0.algorithms = [algorithm]
                $0.qop = [.auth, .authInt]
            }
            server.role = role
            var phone = Phone()
            phone.qop = qop
            phone.method = "MESSAGE"
            phone.body = "hello"
            #expect(try await server.outcome(phone) == .accepted)
        }
    }

    @Test("are accepted for a hash of the password", arguments: DigestAlgorithm.allCases)
    func hashes(_ algorithm: DigestAlgorithm) async throws {
        func ha1(_ algorithm: DigestAlgorithm) throws -> String {
            try Digest.ha1(
                username: "alice", realm: "voice.test", password: "w0nderland",
                algorithm: algorithm)
        }
        let server = try Server { $0.algorithms = [algorithm] }
        let all = HA1(
            md5: try ha1(.md5).uppercased(), sha256: try ha1(.sha256),
            sha512t256: try ha1(.sha512t256))
        let alice = Subscriber(username: "alice", domain: "voice.test", secret: .ha1(all))
        #expect(try await server.outcome(Phone(), among: [alice]) == .accepted)
        let none = Subscriber(
            username: "alice", domain: "voice.test", secret: .ha1(HA1(md5: "", sha256: "00")))
        #expect(try await server.outcome(Phone(), among: [none]) == .challenge(.missingHash))
    }

    @Test(
        "may name the account by its address",
        arguments: [
            "alice@voice.test", "alice@VOICE.test", "sip:alice@voice.test",
            "sips:alice@voice.test:5061",
        ])
    func address(_ username: String) async throws {
        let server = try Server()
        var phone = Phone()
        phone.username = username
        #expect(try await server.outcome(phone) == .accepted)
    }

    @Test("that name the address are checked with the hash made for it") func addressHash()
        async throws
    {
        let server = try Server { $0.algorithms = [.md5] }
        let hash = try Digest.ha1(
            username: "alice@voice.test", realm: "voice.test", password: "w0nderland",
            algorithm: .md5)
        let alice = Subscriber(
            username: "alice", domain: "voice.test", secret: .ha1(HA1(addressMD5: hash)))
        var phone = Phone()
        #expect(try await server.outcome(phone, among: [alice]) == .challenge(.missingHash))
        phone.username = "alice@voice.test"
        #expect(try await server.outcome(phone, among: [alice]) == .accepted)
        phone.username = "sip:alice@voice.test"
        #expect(try await server.outcome(phone, among: [alice]) == .challenge(.missingHash))
    }

    @Test("for another domain are those of that domain's account") func otherDomain() async throws {
        let server = try Server()
        let other = Subscriber(
            username: "alice", domain: "b.test", secret: .password("other"))
        var phone = Phone()
        phone.username = "alice@b.test"
        phone.password = "other"
        let credentials = try phone.credentials(try server.challenge())
        let request = try phone.request(["Authorization: \(credentials)"])
        let verdict = try await server.verdict(request, FixedSubscribers([Server.alice, other]))
        guard case .accepted(let who) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(who.username == "alice")
        #expect(who.domain == "b.test")
    }

    @Test("in a domain that the store does not know count for the realm") func noDomains()
        async throws
    {
        let server = try Server()
        let alice = Subscriber(username: "alice", domain: "", secret: .password("w0nderland"))
        var phone = Phone()
        phone.username = "alice@evil.test"
        let credentials = try phone.credentials(try server.challenge())
        let request = try phone.request(["Authorization: \(credentials)"])
        let verdict = try await server.verdict(request, FixedSubscribers([alice]))
        guard case .accepted(let who) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(who.domain == "voice.test")
    }

    @Test("are found among those for other realms, and only their line is named")
    func otherRealms() async throws {
        let server = try Server()
        let phone = Phone()
        let ours = try phone.credentials(try server.challenge())
        let theirs = ours.replacing("voice.test", with: "elsewhere.test")
        let request = try phone.request([
            "Authorization: \(theirs)", "Authorization: Digest realm=\"unterminated",
            "Authorization: Bearer abc", "Authorization: \(ours)", "Authorization: \(theirs)",
        ])
        let verdict = try await server.verdict(request, FixedSubscribers([Server.alice]))
        guard case .accepted(let who) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        // The Via is line 0.
        #expect(who.line == 4)
        #expect(who.realm == "voice.test")
        #expect(who.qop == .auth)
        #expect(who.subscriber.username == "alice")
    }

    @Test("of the strongest algorithm are chosen, wherever they stand") func strongest()
        async throws
    {
        let server = try Server { $0.algorithms = [.md5, .sha256, .sha512t256] }
        let phone = Phone()
        let lines = try [0, 2, 1].map {
            "Authorization: \(try phone.credentials(try server.challenge($0)))"
        }
        let verdict = try await server.verdict(
            phone.request(lines), FixedSubscribers([Server.alice]))
        guard case .accepted(let who) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(who.algorithm == .sha512t256)
        #expect(who.line == 2)
    }

    @Test("are known to every machine with the same key") func sharedKey() async throws {
        let issuer = try Server()
        let phone = Phone()
        let credentials = try phone.credentials(try issuer.challenge())
        #expect(try await Server().outcome(phone, credentials) == .accepted)
        let stranger = try Server(key: Array(repeating: 9, count: 32))
        #expect(try await stranger.outcome(phone, credentials) == .challenge(.forgedNonce))
    }

    @Test("are accepted in a realm that needs escapes") func quotedRealm() async throws {
        var server = try Server()
        server.realm = #"the "best" \ realm"#
        let alice = Subscriber(username: "alice", domain: "", secret: .password("w0nderland"))
        #expect(try await server.outcome(Phone(), among: [alice]) == .accepted)
    }

    @Test("without an algorithm are MD5") func defaultAlgorithm() async throws {
        let server = try Server()
        let phone = Phone()
        let credentials = try phone.credentials(try server.challenge(1))
        #expect(credentials.contains(", algorithm=MD5"))
        let without = credentials.replacing(", algorithm=MD5", with: "")
        #expect(try await server.outcome(phone, without) == .accepted)
    }

    @Test("may be spelt in capitals, folded and spaced out") func spelling() async throws {
        let server = try Server()
        let phone = Phone()
        let text = try phone.credentials(try server.challenge(1))
            .replacing("Digest username=", with: "DIGEST\r\n  UserName = ")
            .replacing(", ", with: " ,\r\n\t")
            .replacing("algorithm=MD5", with: "ALGORITHM=md5")
        #expect(try await server.outcome(phone, text) == .accepted)
    }
}
