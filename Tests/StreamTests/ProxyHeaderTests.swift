import SIPCore
import SIPTransport
import Testing

@Suite("a PROXY header") struct ProxyHeaderTests {
    static func binary(
        _ command: UInt8, _ family: UInt8, _ addresses: [UInt8], extra: [UInt8] = []
    ) -> [UInt8] {
        let count = addresses.count + extra.count
        return [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
            + [command, family, UInt8(count >> 8), UInt8(count & 0xFF)] + addresses + extra
    }

    static let v4: [UInt8] = [192, 0, 2, 7, 198, 51, 100, 1, 0xDC, 0x04, 0x13, 0xC4]
    static let v6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [7]
        + [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [1]
        + [0xDC, 0x04, 0x13, 0xC4]

    static let right: [(bytes: [UInt8], source: String?)] = [
        (Array("PROXY TCP4 192.0.2.7 198.51.100.1 56324 5060\r\n".utf8), "192.0.2.7 56324"),
        (Array("PROXY TCP6 2001:db8::7 2001:db8::1 56324 5060\r\n".utf8), "2001:db8::7 56324"),
        (Array("PROXY TCP4 0.0.0.1 0.0.0.2 0 65535\r\n".utf8), "0.0.0.1 0"),
        (Array("PROXY UNKNOWN\r\n".utf8), nil),
        (Array("PROXY UNKNOWN ffff:f...f:ffff whatever\r\n".utf8), nil),
        (binary(0x21, 0x11, v4), "192.0.2.7 56324"),
        (binary(0x21, 0x11, v4, extra: [4, 0, 1, 0]), "192.0.2.7 56324"),
        (binary(0x21, 0x21, v6), "2001:db8::7 56324"),
        (binary(0x20, 0x00, []), nil), (binary(0x20, 0x11, v4), nil),
        (binary(0x21, 0x00, [1, 2, 3]), nil),
        (binary(0x21, 0x31, Array(repeating: 0, count: 216)), nil),
    ]

    @Test("says who opened the connection, and how long it is, with what comes behind it or not")
    func whole() {
        for (bytes, source) in Self.right {
            for rest in ["", "OPTIONS sip:a SIP/2.0\r\n", "\r\n\r\n"] {
                guard case .whole(let header) = ProxyHeader.read(bytes + Array(rest.utf8)) else {
                    Issue.record("\(bytes) is no header")
                    continue
                }
                #expect(header.length == bytes.count)
                #expect(header.source.map { "\($0.address) \($0.port)" } == source)
            }
        }
    }

    @Test("is not whole as long as a byte is missing") func incomplete() {
        for (bytes, _) in Self.right {
            for count in 0..<bytes.count {
                #expect(ProxyHeader.read(Array(bytes[..<count])) == .incomplete, "\(count)")
            }
        }
    }

    static let wrong: [[UInt8]] =
        [
            "OPTIONS sip:voice.test SIP/2.0\r\n", "\r\n\r\n\r\n\r\n", "PROXY\r\n", "proxy TCP4",
            "PROXY TCP4 192.0.2.7 198.51.100.1 56324 5060\n",
            "PROXY TCP4 192.0.2.7 198.51.100.1 56324\r\n",
            "PROXY TCP4 192.0.2.7 198.51.100.1 56324 65536\r\n",
            "PROXY TCP4 192.0.2.7 198.51.100.1 05060 5060\r\n",
            "PROXY TCP4 192.0.2.7  198.51.100.1 5060 5060\r\n",
            "PROXY TCP4 192.0.2.7 198.51.100.1 5060 5060 \r\n",
            "PROXY TCP4 2001:db8::7 2001:db8::1 5060 5060\r\n",
            "PROXY TCP6 192.0.2.7 198.51.100.1 5060 5060\r\n",
            "PROXY UDP4 192.0.2.7 198.51.100.1 5060 5060\r\n",
            "PROXY TCP4 192.0.2.256 198.51.100.1 5060 5060\r\n",
            "PROXY UNKNOWN " + String(repeating: "x", count: 100),
        ].map { Array($0.utf8) } + [
            binary(0x11, 0x11, v4), binary(0x22, 0x11, v4), binary(0x21, 0x12, v4),
            binary(0x21, 0x11, Array(v4.dropLast())), binary(0x21, 0x21, v4),
            binary(0x21, 0x11, v4, extra: Array(repeating: 0, count: 5_000)),
        ]

    @Test("is refused as soon as it is none", arguments: wrong) func malformed(bytes: [UInt8]) {
        #expect(ProxyHeader.read(bytes) == .malformed)
    }
}
