import SIPAuth
import SIPCore
import Testing

@Suite("wrong credentials") struct RefusalTests {
    @Test("are challenged with the reason", arguments: Deviation.all)
    func deviations(_ deviation: Deviation) async throws {
        let server = try Server(deviation.settings)
        #expect(try await server.outcome(deviation.phone) == deviation.outcome)
    }

    @Test("for the wrong password and for nobody look alike") func alike() async throws {
        let store = CountingStore()
        store.set("alice", "w0nderland")
        let cache = CachedSubscribers(store, clock: { .zero })
        let server = try Server()
        for _ in 0..<2 {
            var questions: [Int] = []
            for (name, reason) in [("alice", Reason.wrongPassword), ("nobody", .unknownUser)] {
                let before = store.questions
                var phone = Phone()
                phone.username = name
                phone.password = "wrong"
                let credentials = try phone.credentials(try server.challenge())
                let request = try phone.request(["Authorization: \(credentials)"])
                let verdict = try await server.verdict(request, cache)
                #expect(Outcome(verdict) == .challenge(reason))
                questions.append(store.questions - before)
            }
            #expect(questions[0] == questions[1])
        }
    }

    @Test("in another case than the account's are nobody's") func nameCase() async throws {
        struct CaselessStore: Subscribers {
            func subscriber(_ username: ByteSlice, domain: ByteSlice, freshness: Freshness)
                async throws -> Subscriber?
            {
                Server.alice
            }
        }
        let server = try Server()
        var phone = Phone()
        phone.username = "Alice"
        let request = try phone.request([
            "Authorization: \(try phone.credentials(try server.challenge()))"
        ])
        let verdict = try await server.verdict(request, CaselessStore())
        #expect(Outcome(verdict) == .challenge(.unknownUser))
    }

    @Test("are checked once more against the store, so a changed password works at once")
    func changedPassword() async throws {
        let store = CountingStore()
        store.set("alice", "before")
        let cache = CachedSubscribers(store, clock: { .zero })
        let server = try Server()
        func outcome(_ password: String) async throws -> Outcome {
            var phone = Phone()
            phone.password = password
            let credentials = try phone.credentials(try server.challenge())
            return Outcome(
                try await server.verdict(
                    phone.request(["Authorization: \(credentials)"]), cache))
        }
        #expect(try await outcome("before") == .accepted)
        store.set("alice", "after")
        #expect(try await outcome("after") == .accepted)
        #expect(try await outcome("before") == .challenge(.wrongPassword))
    }

    @Test("are no answer when the store has none") func storeDown() async throws {
        let store = CountingStore()
        store.fails = true
        let server = try Server()
        let phone = Phone()
        let request = try phone.request([
            "Authorization: \(try phone.credentials(try server.challenge()))"
        ])
        await #expect(throws: StoreDown.self) { try await server.verdict(request, store) }
    }

    @Test("in the other role's header field, or with its nonce, are none") func roles()
        async throws
    {
        let registrar = try Server()
        var proxy = try Server()
        proxy.role = .proxy
        let phone = Phone()
        let credentials = try phone.credentials(try registrar.challenge())
        #expect(try await proxy.outcome(phone, credentials) == .challenge(.forgedNonce))
        let request = try phone.request(["Authorization: \(credentials)"])
        let verdict = try await proxy.verdict(request, FixedSubscribers([Server.alice]))
        #expect(Outcome(verdict) == .challenge(.noCredentials))
    }

    @Test("with a nonce of another realm are forged") func realms() async throws {
        var server = try Server()
        let nonce = try server.challenge()
        server.realm = "other.test"
        let phone = Phone()
        let moved = Array(
            String(decoding: nonce, as: UTF8.self)
                .replacing("voice.test", with: "other.test").utf8)
        let outcome = try await server.outcome(phone, try phone.credentials(moved))
        #expect(outcome == .challenge(.forgedNonce))
    }

    @Test("are recognised in every changed character of a nonce") func tamperedNonce()
        async throws
    {
        let server = try Server()
        let phone = Phone()
        let challenge = String(decoding: try server.challenge(), as: UTF8.self)
        let start = try #require(challenge.firstRange(of: "nonce=\"")).upperBound
        for offset in 0..<40 {
            let place = challenge.index(start, offsetBy: offset)
            var changed = challenge
            changed.replaceSubrange(
                place...place, with: challenge[place] == "A" ? "B" : "A")
            let credentials = try phone.credentials(Array(changed.utf8))
            let outcome = try await server.outcome(phone, credentials)
            #expect(outcome == .challenge(.forgedNonce))
        }
    }

    @Test("in the body are noticed with auth-int only") func body() async throws {
        let server = try Server { $0.qop = [.auth, .authInt] }
        for (qop, expected) in [
            ("auth", Outcome.accepted), ("auth-int", .challenge(.wrongPassword)),
        ] {
            var phone = Phone()
            phone.method = "MESSAGE"
            phone.body = "one"
            phone.qop = qop
            let credentials = try phone.credentials(try server.challenge())
            phone.body = "two"
            #expect(try await server.outcome(phone, credentials) == expected)
        }
    }
}

/// One thing that a phone does differently, and what comes of it.
struct Deviation: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let outcome: Outcome
    var phone = Phone()
    var settings: @Sendable (inout DigestAuthenticator.Settings) -> Void = { _ in }

    init(
        _ name: String, _ outcome: Outcome, _ change: (inout Phone) -> Void,
        with settings: @escaping @Sendable (inout DigestAuthenticator.Settings) -> Void = { _ in }
    ) {
        testDescription = name
        self.outcome = outcome
        self.settings = settings
        change(&phone)
    }

    static let all = [
        Deviation("nothing", .accepted, { _ in }),
        Deviation("password", .challenge(.wrongPassword), { $0.password = "wrong" }),
        Deviation("nobody", .challenge(.unknownUser), { $0.username = "bob" }),
        Deviation("domain", .challenge(.unknownUser), { $0.username = "alice@b.test" }),
        Deviation("no name", .challenge(.unknownUser), { $0.username = "" }),
        Deviation("method", .challenge(.wrongPassword), { $0.digestMethod = "INVITE" }),
        Deviation("method's case", .challenge(.wrongPassword), { $0.digestMethod = "register" }),
        Deviation("uri", .challenge(.otherURI), { $0.digestURI = "sip:other.test" }),
        Deviation("user of the uri", .challenge(.otherURI), { $0.digestURI = "sip:a@voice.test" }),
        Deviation("no uri at all", .challenge(.otherURI), { $0.digestURI = "*" }),
        Deviation("an equal uri", .accepted, { $0.digestURI = "sip:VOICE.test;x=y" }),
        Deviation("our address", .accepted, { $0.digestURI = "sip:192.0.2.1:5060" }),
        Deviation("our address, user", .challenge(.otherURI), { $0.digestURI = "sip:a@192.0.2.1" }),
        Deviation(
            "our address without replay protection", .challenge(.otherURI),
            { $0.digestURI = "sip:192.0.2.1" }, with: { $0.refusesReplay = false }),
        Deviation(
            "our address without a count", .accepted,
            {
                $0.digestURI = "sip:192.0.2.1"
                $0.qop = nil
            }),
        Deviation(
            "our address without a count, used again and again", .challenge(.otherURI),
            {
                $0.digestURI = "sip:192.0.2.1"
                $0.qop = nil
            }, with: { $0.nonceWithoutQop = .untilItExpires }),
        Deviation("auth-int not offered", .challenge(.qopNotOffered), { $0.qop = "auth-int" }),
        Deviation("auth not offered", .challenge(.qopNotOffered), { _ in }, with: { $0.qop = [] }),
        Deviation("no qop, none offered", .accepted, { $0.qop = nil }, with: { $0.qop = [] }),
        Deviation("no qop", .accepted, { $0.qop = nil }),
        Deviation(
            "no qop where it is needed", .challenge(.qopNotOffered), { $0.qop = nil },
            with: { $0.acceptsMissingQop = false }),
        Deviation("nc of nine digits", .accepted, { $0.nonceCount = "000000001" }),
        Deviation("nc of one digit", .accepted, { $0.nonceCount = "1" }),
        Deviation("nc in capitals", .accepted, { $0.nonceCount = "000000AB" }),
        Deviation("nc of 33 bits", .malformed, { $0.nonceCount = "100000000" }),
        Deviation("nc not hexadecimal", .malformed, { $0.nonceCount = "0000000g" }),
        Deviation("empty cnonce", .accepted, { $0.cnonce = "" }),
        Deviation(
            "cnonce of 60,000 bytes", .accepted,
            {
                $0.cnonce = String(repeating: "x", count: 60_000)
            }),
    ]
}
