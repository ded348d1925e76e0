import SIPCore
import SIPLocation
import Testing

@Suite("Binding")
struct BindingTests {
    static var full: BindingFields {
        var fields = Phone.binding("sip:alice@192.0.2.1:5080;transport=tcp", ruid: "1f-2a")
        fields.parameters = ";+sip.instance=\"<urn:uuid:1>\";reg-id=1"
        fields.q = 250
        fields.callID = "a84b4c76e66710@pc33"
        fields.cseq = .max
        fields.userAgent = "Phone \u{1F4DE} 1.0"
        fields.instance = "<urn:uuid:1>"
        fields.regID = 0x7FFF_FFFF
        fields.path = ["<sip:p1.example;lr>", "\"a, b\" <sip:p2.example;lr>"]
        fields.received = Endpoint(.tcp, .v4(0xC000_0201), port: 40_000)
        fields.localSocket = Endpoint(.tls, .v6(high: 0x2001_0DB8 << 32, low: 1), port: 5061)
        fields.flags = 0x8000_0001
        fields.methods = 0x1FFF
        return fields
    }

    @Test("every field comes back as it was packed")
    func roundTrip() throws {
        let fields = Self.full
        let binding = try #require(Binding(fields))
        #expect(binding.address == Phone.alice)
        #expect(binding.ruid == fields.ruid)
        #expect(binding.uri == fields.uri)
        #expect(binding.parameters == fields.parameters)
        #expect(binding.q == 250)
        #expect(binding.expiresAt == fields.expiresAt)
        #expect(binding.lastModified == fields.lastModified)
        #expect(binding.callID == fields.callID)
        #expect(binding.cseq == .max)
        #expect(binding.userAgent == fields.userAgent)
        #expect(binding.instance == "<urn:uuid:1>")
        #expect(binding.regID == 0x7FFF_FFFF)
        #expect(binding.path == fields.path)
        #expect(binding.received == fields.received)
        #expect(binding.localSocket == fields.localSocket)
        #expect(binding.flags == 0x8000_0001)
        #expect(binding.methods == 0x1FFF)
        #expect(Binding(binding.fields)?.bytes == binding.bytes)
    }

    @Test("what is absent stays absent")
    func absent() throws {
        let binding = try #require(Binding(Phone.binding("sip:a@192.0.2.1", expiresAt: nil)))
        #expect(binding.q == nil)
        #expect(binding.expiresAt == nil)
        #expect(binding.instance == nil)
        #expect(binding.regID == nil)
        #expect(binding.path.isEmpty)
        #expect(binding.received == nil)
        #expect(binding.localSocket == nil)
        #expect(binding.methods == nil)
        #expect(binding.userAgent.isEmpty)
    }

    @Test("an instance that stands in the parameters is not kept twice")
    func sharedInstance() throws {
        var fields = Self.full
        let shared = try #require(Binding(fields))
        fields.instance = "<urn:uuid:2>"
        let own = try #require(Binding(fields))
        #expect(own.instance == "<urn:uuid:2>")
        #expect(own.bytes.count == shared.bytes.count + "<urn:uuid:2>".utf8.count)
    }

    @Test("texts up to the maximum are packed, longer ones are none")
    func maximum() throws {
        var fields = Phone.binding("sip:a@192.0.2.1")
        let rest = try #require(Binding(fields)).textSize
        fields.userAgent = ByteSlice(
            [UInt8](repeating: 0xFF, count: Binding.maximumTextSize - rest))
        #expect(try #require(Binding(fields)).userAgent == fields.userAgent)
        fields.callID = "x"
        #expect(Binding(fields) == nil)
    }

    @Test("a permanent contact outlives every time, another ends at its second")
    func life() throws {
        let fixed = try #require(Binding(Phone.binding("sip:a@192.0.2.1", expiresAt: nil)))
        #expect(fixed.isLive(at: UnixTime(seconds: .max - 1)))
        #expect(fixed.remaining(at: Phone.noon) == nil)
        let other = try #require(Binding(Phone.binding("sip:a@192.0.2.1")))
        #expect(other.isLive(at: Phone.noon + 3599))
        #expect(!other.isLive(at: Phone.noon + 3600))
        #expect(other.remaining(at: Phone.noon + 3599) == 1)
        #expect(other.remaining(at: Phone.noon + 9999) == 0)
        #expect(other.remaining(at: UnixTime(seconds: .min)) == .max)
    }

    @Test(
        "stored endpoints are read back",
        arguments: [
            Endpoint(.udp, .v4(0xC000_0201), port: 5060),
            Endpoint(.wss, .v6(high: 0x2001_0DB8 << 32, low: 1), port: 443),
        ])
    func endpoints(endpoint: Endpoint) {
        #expect(StoredEndpoint.parse(StoredEndpoint.socket(endpoint)) == endpoint)
        #expect(StoredEndpoint.parse(StoredEndpoint.received(endpoint)) == endpoint)
    }

    @Test(
        "what is no endpoint is none",
        arguments: ["", ":", "udp", "udp:", "udp:host:5060", "sctp:192.0.2.1:5060", "sip:host"]
            as [ByteSlice])
    func noEndpoint(text: ByteSlice) {
        #expect(StoredEndpoint.parse(text) == nil)
    }
}
