import SIPAuth
import SIPCore
import Testing

@Suite("a nonce") struct NonceLifeTests {
    @Test("is stale after its lifetime, and only who knows the password is told so")
    func lifetime() async throws {
        var server = try Server()
        var phone = Phone()
        let right = try phone.credentials(try server.challenge())
        phone.password = "wrong"
        let wrong = try phone.credentials(try server.challenge())
        phone.username = "nobody"
        let nobody = try phone.credentials(try server.challenge())
        server.now = server.now + 300
        #expect(try await server.outcome(phone, wrong) == .challenge(.wrongPassword))
        #expect(try await server.outcome(phone, right) == .accepted)
        server.now = server.now + 1
        #expect(try await server.outcome(phone, right) == .stale(.staleNonce))
        #expect(try await server.outcome(phone, wrong) == .challenge(.wrongPassword))
        #expect(try await server.outcome(phone, nobody) == .challenge(.unknownUser))
    }

    @Test(
        "is stale when the clock leaps either way, and its successor is not",
        arguments: [-86_400, -31, 301, 86_400, 300_000_000])
    func clockLeaps(_ leap: Int64) async throws {
        var server = try Server()
        let phone = Phone()
        let before = try phone.credentials(try server.challenge())
        server.now = server.now + leap
        #expect(try await server.outcome(phone, before) == .stale(.staleNonce))
        #expect(try await server.outcome(phone) == .accepted)
    }

    @Test("of an earlier key counts as long as that key is named, and new ones are of the newest")
    func rotation() async throws {
        let newest = Array(33...64) as [UInt8]
        let before = try Server()
        let after = try Server(key: newest, previousKeys: [Array(1...16), Server.key])
        let phone = Phone()
        let old = try phone.credentials(try before.challenge())
        #expect(try await after.outcome(phone, old) == .accepted)
        let new = try phone.credentials(try after.challenge())
        #expect(try await Server(key: newest).outcome(phone, new) == .accepted)
        #expect(try await before.outcome(phone, new) == .challenge(.forgedNonce))
        #expect(
            try await Server(key: newest).outcome(phone, old) == .challenge(.forgedNonce))
    }

    @Test("of a clock that is a little ahead is good") func tolerance() async throws {
        var server = try Server()
        let phone = Phone()
        let credentials = try phone.credentials(try server.challenge())
        server.now = server.now + -30
        #expect(try await server.outcome(phone, credentials) == .accepted)
    }

    @Test("bears any time", arguments: [Int64.min, -1, 0, 1 << 41, .max])
    func extremes(_ seconds: Int64) async throws {
        var server = try Server()
        let phone = Phone()
        let credentials = try phone.credentials(try server.challenge())
        server.now = UnixTime(seconds: seconds)
        #expect(try await server.outcome(phone, credentials) == .stale(.staleNonce))
        _ = try server.challenge()
    }

    @Test("is good for each count once, in any order") func counts() async throws {
        let server = try Server()
        var phone = Phone()
        let challenge = try server.challenge()
        for count in [3, 1, 2, 64, 63, 4] {
            phone.nonceCount = String(count, radix: 16)
            let credentials = try phone.credentials(challenge)
            #expect(try await server.outcome(phone, credentials) == .accepted)
            #expect(try await server.outcome(phone, credentials) == .stale(.replayed))
        }
        phone.nonceCount = "00000040"
        let credentials = try phone.credentials(challenge)
        #expect(try await server.outcome(phone, credentials) == .stale(.replayed))
    }

    @Test("loses no count to a wrong password") func wrongFirst() async throws {
        let server = try Server()
        var phone = Phone()
        let challenge = try server.challenge()
        let right = try phone.credentials(challenge)
        phone.password = "wrong"
        let wrong = try phone.credentials(challenge)
        #expect(try await server.outcome(phone, wrong) == .challenge(.wrongPassword))
        #expect(try await server.outcome(phone, right) == .accepted)
        #expect(try await server.outcome(phone, wrong) == .challenge(.wrongPassword))
    }

    @Test("without a count is good once, or until it expires, as is set") func withoutCount()
        async throws
    {
        for use in [DigestAuthenticator.NonceUse.once, .untilItExpires] {
            let server = try Server { $0.nonceWithoutQop = use }
            var phone = Phone()
            phone.qop = nil
            let credentials = try phone.credentials(try server.challenge())
            #expect(try await server.outcome(phone, credentials) == .accepted)
            let again = try await server.outcome(phone, credentials)
            #expect(again == (use == .once ? .stale(.replayed) : .accepted))
        }
    }

    @Test("is good for any number of uses without replay protection") func unprotected()
        async throws
    {
        let server = try Server { $0.refusesReplay = false }
        let phone = Phone()
        let credentials = try phone.credentials(try server.challenge())
        for _ in 0..<3 { #expect(try await server.outcome(phone, credentials) == .accepted) }
    }

    @Test("that was crowded out is stale, and never good again") func crowdedOut() async throws {
        var server = try Server { $0.rememberedNonces = 8 }
        let phone = Phone()
        let credentials = try phone.credentials(try server.challenge())
        #expect(try await server.outcome(phone, credentials) == .accepted)
        for _ in 0..<8 {
            server.now = server.now + 1
            #expect(try await server.outcome(phone) == .accepted)
        }
        #expect(try await server.outcome(phone, credentials) == .stale(.forgottenNonce))
        #expect(try await server.outcome(phone) == .accepted)
    }

    @Test("from before the start is replaced") func restart() async throws {
        let server = try Server()
        let phone = Phone()
        let credentials = try phone.credentials(try server.challenge())
        let request = try phone.request(["Authorization: \(credentials)"])
        let accounts = FixedSubscribers([Server.alice])
        for (start, expected) in [
            (server.now + 1, Outcome.stale(.forgottenNonce)), (server.now, .accepted),
        ] {
            let restarted = try DigestAuthenticator(key: Server.key, start: start)
            let verdict = try await restarted.authenticate(
                request, as: .registrar, realm: server.realm, against: accounts,
                at: server.now + 5)
            #expect(Outcome(verdict) == expected)
        }
    }

    @Test("needs a key that nobody guesses", arguments: [0, 1, 15])
    func shortKey(_ count: Int) {
        #expect(throws: CryptographyError.shortKey(count)) {
            try DigestAuthenticator(key: Array(repeating: 1, count: count))
        }
    }
}
