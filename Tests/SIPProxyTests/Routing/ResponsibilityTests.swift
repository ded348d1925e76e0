import SIPCore
import SIPProxy
import Testing

@Suite("what is ours") struct ResponsibilityTests {
    static let uris: [(String, Bool)] = [
        ("sip:voice.test", true), ("sip:bob@voice.test", true), ("sip:bob@VOICE.test", true),
        ("sip:bob@voice.test:5060", true), ("sip:bob@voice.test:5070", true),
        ("sip:bob@voice.test:5061", false), ("sip:bob@sub.voice.test", false),
        ("sip:bob@voice.test.evil", false), ("sip:bob@other.test", false),
        ("sip:voice.test@other.test", false), ("sip:192.0.2.1", true),
        ("sip:bob@192.0.2.1:5060", true), ("sip:bob@192.0.2.1:5099", false),
        ("sip:192.0.2.2", false), ("sip:[2001:db8::1]", true),
        ("sip:[2001:DB8:0:0::0:1]:5060", true), ("sip:[2001:db8::2]", false),
        ("sip:proxy.voice.test", true), ("sips:voice.test", true), ("sips:192.0.2.1", false),
    ]

    @Test("is a served domain or one of our addresses, with a port of ours", arguments: uris)
    func includes(text: String, isOurs: Bool) throws {
        #expect(try responsibility.includes(SIPURI(text)) == isOurs)
    }

    @Test("one of our addresses stands for the default domain, a served domain for itself")
    func domains() throws {
        let responsibility = try responsibility
        func domain(_ host: String) throws -> String? {
            responsibility.domain(of: try Host(ByteSlice(host))).map { String($0.text) }
        }
        #expect(try domain("192.0.2.1") == "voice.test")
        #expect(try domain("proxy.voice.test") == "voice.test")
        #expect(try domain("SECOND.test") == "second.test")
        #expect(try domain("other.test") == nil)
    }

    private var responsibility: Responsibility {
        get throws {
            let address = IPAddress.v4(0xC000_0201)
            let address6 = IPAddress.v6(high: 0x2001_0DB8_0000_0000, low: 1)
            return Responsibility(
                listeners: [
                    Listener(
                        bound: Endpoint(.udp, address, port: 5060),
                        advertisedHost: "proxy.voice.test", advertisedPort: 5070),
                    Listener(
                        bound: Endpoint(.udp, address6, port: 5060),
                        advertisedHost: "[2001:db8::1]", advertisedPort: 5060),
                ],
                addresses: [address, address6],
                domains: [try Host("voice.test"), try Host("second.test")])
        }
    }
}
