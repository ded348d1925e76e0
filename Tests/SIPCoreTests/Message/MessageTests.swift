import SIPCore
import Testing

@Suite("a message") struct MessageTests {
    @Test("is indexed in one pass") func index() throws {
        let text =
            "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nl : 3\r\n\r\nabcdef"
        let message = try MessageBytes(Array(text.utf8))
        #expect(message.lines.map(\.header) == [.via, .contentLength])
        #expect(message.body.count == 3)
    }
}
