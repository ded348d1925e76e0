import SIPAuth
import SIPCore
import Testing

@Suite("malformed credentials") struct MalformedTests {
    @Test("are a bad request or no credentials, and never more", arguments: Damage.all)
    func damage(_ damage: Damage) async throws {
        let server = try Server()
        let phone = Phone()
        let text = damage.change(try phone.credentials(try server.challenge(1)))
        #expect(try await server.outcome(phone, text) == damage.outcome)
    }

    @Test("cut at any byte are refused") func truncated() async throws {
        let server = try Server()
        let phone = Phone()
        let whole = try phone.credentials(try server.challenge())
        for length in 0..<whole.utf8.count {
            let outcome = try await server.outcome(phone, String(whole.prefix(length)))
            #expect(outcome != .accepted)
        }
        #expect(try await server.outcome(phone, whole) == .accepted)
    }

    @Test(
        "of any bytes end in a verdict, accepted only when nothing that counts has changed",
        arguments: 0..<8 as Range<UInt64>)
    func mutations(_ seed: UInt64) async throws {
        let server = try Server { $0.refusesReplay = false }
        let phone = Phone()
        let whole = Array(try phone.credentials(try server.challenge(1, random: seed)).utf8)
        let essence = try Essence(whole)
        var random = RepeatableNumbers(state: seed)
        let accounts = FixedSubscribers([Server.alice])
        for _ in 0..<2_000 {
            var bytes = whole
            for _ in 0...random.next(below: 3) {
                let place = random.next(below: bytes.count)
                switch random.next(below: 3) {
                case 0: bytes[place] = UInt8(random.next(below: 256))
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: whole.prefix(random.next(below: 80)), at: place)
                }
            }
            bytes.removeAll { $0 == 0x0A || $0 == 0x0D }
            let head = Array("REGISTER sip:voice.test SIP/2.0\r\nAuthorization: ".utf8)
            let message = try SIPMessage(head + bytes + Array("\r\n\r\n".utf8))
            guard case .request(let request) = message else { continue }
            let outcome = Outcome(try await server.verdict(request, accounts))
            guard outcome == .accepted else { continue }
            #expect(try Essence(bytes) == essence)
        }
    }

    @Test("say in words what is wrong, and repeat nothing of it") func text() async throws {
        let server = try Server()
        let phone = Phone()
        let credentials = try phone.credentials(try server.challenge())
            .replacing("response=\"", with: "response=\"secretive")
        let request = try phone.request(["Authorization: \(credentials)"])
        let verdict = try await server.verdict(request, FixedSubscribers([Server.alice]))
        guard case .malformed(let text) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(text == "Authorization: a response of 64 hexadecimal digits")
    }
}

/// What of credentials a digest depends on.
private struct Essence: Hashable {
    let values: [ByteSlice?]
    let response: String?

    init(_ text: [UInt8]) throws {
        let credentials = try DigestCredentials(ByteSlice(text))
        values = [
            credentials.username, credentials.realm, credentials.nonce, credentials.uri,
            credentials.cnonce, credentials.qop, credentials.nc,
        ]
        response = credentials.response.map { String($0).lowercased() }
    }
}

/// What may happen to credentials on their way.
struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let outcome: Outcome
    let change: @Sendable (String) -> String

    init(_ name: String, _ outcome: Outcome, _ change: @escaping @Sendable (String) -> String) {
        testDescription = name
        self.outcome = outcome
        self.change = change
    }

    static let all =
        [
            Damage("none", .accepted) { $0 },
            Damage("an unterminated quote", .malformed) { $0 + ", opaque=\"x" },
            Damage("no parameters", .malformed) { _ in "Digest" },
            Damage("nothing", .malformed) { _ in "" },
            Damage("another scheme", .challenge(.noCredentials)) { _ in "Basic YTpi" },
            Damage("70 parameters", .malformed) { text in
                text + (0..<70).map { ", x\($0)=1" }.joined()
            },
            Damage("a parameter twice", .malformed) { $0 + ", nonce=\"x\"" },
            Damage("both spellings of the name", .malformed) { $0 + ", username*=UTF-8''a" },
            Damage("a comma at the end", .malformed) { $0 + "," },
            Damage("a parameter without a value", .malformed) { $0 + ", opaque" },
            Damage("a nonce of 64 KB", .challenge(.forgedNonce)) {
                $0.replacing(
                    ", nonce=\"", with: ", nonce=\"" + String(repeating: "A", count: 65_536))
            },
            Damage("a nonce of one byte less", .challenge(.forgedNonce)) {
                $0.replacing(", nonce=\"A", with: ", nonce=\"")
            },
            Damage("empty, before any challenge", .challenge(.noCredentials)) { _ in
                "Digest username=\"alice\", realm=\"voice.test\", nonce=\"\", "
                    + "uri=\"sip:voice.test\", response=\"\""
            },
            Damage("another realm", .challenge(.otherRealm)) {
                $0.replacing("voice.test\", nonce", with: "b.test\", nonce")
            },
            Damage("an algorithm that nobody knows", .challenge(.unknownAlgorithm)) {
                $0.replacing("algorithm=MD5", with: "algorithm=AKAv1-MD5")
            },
            Damage("an algorithm that was not offered", .challenge(.unknownAlgorithm)) {
                $0.replacing("algorithm=MD5", with: "algorithm=MD5-sess")
            },
            Damage("a qop that nobody knows", .challenge(.qopNotOffered)) {
                $0.replacing("qop=auth", with: "qop=auth-conf")
            },
            Damage("a response not hexadecimal", .malformed) {
                $0.replacing("response=\"", with: "response=\"g")
            },
            Damage("a response of one digit more", .malformed) {
                $0.replacing("response=\"", with: "response=\"0")
            },
        ]
        + ["username", "nonce", "uri", "response"].map { name in
            Damage("no \(name)", .malformed) {
                $0.replacing(", \(name)=", with: ", x=")
                    .replacing("Digest \(name)=", with: "Digest x=")
            }
        }
        + ["cnonce", "nc"].map { name in
            Damage("no \(name) with qop", .malformed) {
                $0.replacing(", \(name)=", with: ", x=")
            }
        }
}

/// Random numbers that repeat (splitmix64).
struct RepeatableNumbers {
    var state: UInt64

    mutating func next(below limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        value ^= value >> 31
        return Int(value % UInt64(max(limit, 1)))
    }
}
