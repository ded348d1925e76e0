import SIPCore
import Testing

@Suite("an IP address") struct IPAddressTests {
    @Test(
        "is read and written as RFC 5952 says",
        arguments: [
            ("0.0.0.0", "0.0.0.0"), ("192.0.2.1", "192.0.2.1"),
            ("255.255.255.255", "255.255.255.255"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
            ("2001:DB8::1", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("2001:0db8:0000:0000:0000:0000:0002:0001", "2001:db8::2:1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("0:0:1:0:0:0:0:0", "0:0:1::"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
            ("::FFFF:c000:0201", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ])
    func readAndWritten(text: String, written: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == written)
        #expect(IPAddress(written) == address)
    }

    @Test(
        "is refused when it is none",
        arguments: [
            "", ".", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.04", "1.2.3.4 ",
            "1..2.3", "0x1.2.3.4", "1.2.3.-4", "1.2.3.1000", "[1.2.3.4]", ":", ":::", "1:", ":1",
            "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
            "::1:2:3:4:5:6:7:8",
            "12345::", "g::", "::1.2.3", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "[::1", "::1]",
            "[]", "fe80::1%eth0", "2001:db8:::1",
        ])
    func refused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("any two halves survive being written and read") func roundTrip() {
        var seed: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next() -> UInt64 {
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            return seed
        }
        for _ in 0..<2000 {
            // Masks make runs of zeros as frequent as in the field.
            let address = IPAddress.v6(
                high: next() & next() & next(), low: next() & next() & next())
            #expect(IPAddress(address.description) == address)
            let four = IPAddress.v4(UInt32(truncatingIfNeeded: next()))
            #expect(IPAddress(four.description) == four)
        }
    }

    @Test("an endpoint is written with brackets around IPv6") func endpoint() {
        #expect(
            Endpoint(.udp, .v4(0x0102_0304), port: 5060).description == "udp:1.2.3.4:5060")
        #expect(
            Endpoint(.tls, .v6(high: 0, low: 1), port: 5061).description == "tls:[::1]:5061")
    }

    @Test("a transport's token is read in any case", arguments: Transport.allCases)
    func transport(transport: Transport) {
        #expect(Transport(ByteSlice(transport.description)) == transport)
        #expect(Transport(ByteSlice("\(transport.token)")) == transport)
        #expect(Transport("sctp") == nil)
    }
}
