import SIPCore
import Testing

@Suite("what is read in the messages of RFC 5118") struct RFC5118ContentTests {
    @Test(
        "the Request-URI's address and port",
        arguments: [
            ("ipv6-good", "2001:db8::10", nil),
            // 5070 is the address's last group: nobody may guess a port.
            ("port-ambiguous", "2001:db8::10:5070", nil),
            ("port-unambiguous", "2001:db8::10", 5070),
            ("ipv6-correct-abnf-2-colons", "2001:db8::192.0.2.1", nil),
            ("ipv6-bug-abnf-3-colons", "2001:db8::192.0.2.1", nil),
        ] as [(String, String, UInt16?)])
    func address(name: String, address: String, port: UInt16?) throws {
        let uri = try #require(try Fixture.request("rfc5118/\(name).dat").uri.sip)
        #expect(uri.host.address == IPAddress(address))
        #expect(uri.port == port)
    }

    @Test("4.5: received with and without brackets") func received() throws {
        let address = IPAddress("2001:db8::9:255")
        for name in ["via-received-param-with-delim", "via-received-param-no-delim"] {
            let via = try Fixture.request("rfc5118/\(name).dat").topVia
            #expect(via.receivedAddress == address)
            #expect(via.host.text == "[2001:db8::9:1]")
        }
    }

    @Test("4.7: Vias of both families") func mixed() throws {
        let vias = try Fixture.request("rfc5118/mult-ip-in-header.dat").vias
        #expect(
            vias.map(\.host.address) == [
                IPAddress("2001:db8::9:1"), IPAddress("192.0.2.1"), IPAddress("2001:db8::9:255"),
            ])
        #expect(vias.map(\.port) == [6050, nil, nil])
        #expect(vias[2].receivedAddress == IPAddress("192.0.2.200"))
    }

    @Test("4.9: IPv4-mapped addresses") func mapped() throws {
        let request = try Fixture.request("rfc5118/ipv4-mapped-ipv6-fixedcl.dat")
        #expect(try request.topVia.host.address == IPAddress("::ffff:192.0.2.10"))
        #expect(try request.topVia.port == 19_823)
        #expect(try request.singleContact?.uri.sip?.host.address?.description == "::ffff:192.0.2.2")
    }
}
