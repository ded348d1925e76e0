import SIPCore
import SIPTransport
import Testing

@Suite("a keep-alive datagram") struct KeepAliveDatagramTests {
    /// The transaction of RFC 5769 section 2.
    private let identity: [UInt8] = [
        0x21, 0x12, 0xA4, 0x42, 0xB7, 0xE7, 0xA7, 0x01, 0xBC, 0x34, 0xD6, 0x86, 0xFA, 0x87, 0xDF,
        0xAE,
    ]

    private func message(_ type: UInt16, _ attributes: [UInt8] = []) -> [UInt8] {
        [UInt8(type >> 8), UInt8(type & 0xFF), 0, UInt8(attributes.count)] + identity + attributes
    }

    private func answer(_ bytes: [UInt8], from source: Endpoint) -> [UInt8]? {
        if case .stun(let answer)? = KeepAliveDatagram(bytes, from: source) { answer } else { nil }
    }

    @Test("that is a Binding request is answered with its source, as RFC 5769 has it, over IPv4")
    func fourth() {
        // 192.0.2.1:32853
        let source = Endpoint(.udp, .v4(0xC000_0201), port: 32_853)
        let body: [UInt8] = [0, 0x20, 0, 8, 0, 1, 0xA1, 0x47, 0xE1, 0x12, 0xA6, 0x43]
        #expect(answer(message(1), from: source) == message(0x0101, body))
    }

    @Test("and over IPv6") func sixth() {
        // 2001:db8:1234:5678:11:2233:4455:6677, port 32853
        let source = Endpoint(
            .udp, .v6(high: 0x2001_0DB8_1234_5678, low: 0x0011_2233_4455_6677), port: 32_853)
        let body: [UInt8] = [
            0, 0x20, 0, 20, 0, 2, 0xA1, 0x47, 0x01, 0x13, 0xA9, 0xFA, 0xA5, 0xD3, 0xF1, 0x79, 0xBC,
            0x25, 0xF4, 0xB5, 0xBE, 0xD2, 0xB9, 0xD9,
        ]
        #expect(answer(message(1), from: source) == message(0x0101, body))
    }

    private let source = Endpoint(.udp, .v4(0xC000_0201), port: 5060)

    @Test("with attributes that need not be understood is answered, SOFTWARE and a user's name too")
    func attributes() {
        let software: [UInt8] = [0x80, 0x22, 0, 5] + Array("phone".utf8) + [0, 0, 0]
        let name: [UInt8] = [0, 6, 0, 3, 0x61, 0x62, 0x63, 0]
        #expect(answer(message(1, software + name), from: source)?.prefix(2) == [1, 1])
    }

    @Test("with attributes that are not understood is answered 420, which names them")
    func unknown() {
        let wrong: [UInt8] = [0, 3, 0, 4, 0, 0, 0, 6, 0x7F, 0xFF, 0, 0, 0x12, 0x34, 0, 0]
        let body: [UInt8] = [
            0, 9, 0, 4, 0, 0, 4, 20, 0, 0x0A, 0, 6, 0, 3, 0x7F, 0xFF, 0x12, 0x34, 0, 0,
        ]
        #expect(answer(message(1, wrong), from: source) == message(0x0111, body))
    }

    @Test(
        "that is another STUN message is answered with nothing",
        arguments: [0x0011, 0x0101, 0x0003])
    func others(type: UInt16) {
        guard case .otherSTUN? = KeepAliveDatagram(message(type), from: source) else {
            Issue.record("it is STUN")
            return
        }
    }

    @Test("that is malformed is none") func malformed() {
        var wrong = [
            message(1), message(1), message(1), message(1), message(1, [0x80, 0x22, 0, 9]),
        ]
        wrong[0].removeLast()
        wrong[1][3] = 4
        wrong[2][4] = 0
        wrong[3].append(0)
        for bytes in wrong + [[0], [1, 2, 3, 4, 5], []] {
            #expect(KeepAliveDatagram(bytes, from: source) == nil)
        }
    }

    @Test("whatever it holds, it is read without harm, and its answer is not much longer")
    func anything() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<10_000 {
            var bytes = message(
                1,
                (0..<4 * Int.random(in: 0...8, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                })
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0...10)) }
            if let answer = answer(bytes, from: source) {
                #expect(answer.count <= bytes.count + 16)
            }
        }
    }

    @Test("of line ends or zeros is ignored", arguments: ["\r\n\r\n", "\r\n", "\n", "\0\0\0\0"])
    func lineEnds(text: String) {
        guard case .lineEnds? = KeepAliveDatagram(Array(text.utf8), from: source) else {
            Issue.record("it is a keep-alive")
            return
        }
    }

    @Test("is no SIP message") func sip() {
        #expect(KeepAliveDatagram(Array("OPTIONS sip:a SIP/2.0\r\n".utf8), from: source) == nil)
        #expect(KeepAliveDatagram(Array("abc".utf8), from: source) == nil)
    }
}
