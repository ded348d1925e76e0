import SIPCore
import Testing

@Suite("where a sender is") struct SenderPlaceTests {
    private func sender(
        _ via: String, from source: String, _ transport: Transport = .udp
    ) throws -> SenderPlace {
        let parts = source.split(separator: "|")
        let address = try #require(IPAddress(ByteSlice(String(parts[0]))))
        return SenderPlace(
            try Via(ByteSlice("SIP/2.0/UDP \(via)")),
            source: Endpoint(transport, address, port: try #require(UInt16(parts[1]))))
    }

    @Test(
        "is behind a NAT when its sent-by is not where it was seen",
        arguments: [
            ("192.168.1.5:5060;rport", "203.0.113.9|40000", true),
            ("192.168.1.5:5060", "203.0.113.9|5060", true),
            ("100.64.0.7", "203.0.113.9|5060", true),
            ("10.0.0.5:5060", "192.168.1.1|5060", true),
            ("203.0.113.9:5060;rport", "203.0.113.9|40000", true),
            ("203.0.113.9;rport", "203.0.113.9|5060", false),
            // Without rport the client may send from another port than it listens at (RFC 3261 18.1.1).
            ("203.0.113.9:5060", "203.0.113.9|40000", false),
            ("192.168.1.5:5060;rport", "192.168.1.5|5060", false),
            ("phone.example;rport", "203.0.113.9|40000", false),
            ("[fd00::5]:5060;rport", "2001:db8::9|5060", true),
            ("[2001:db8::9]:5060;rport", "2001:db8::9|5060", false),
        ])
    func translated(via: String, source: String, expected: Bool) throws {
        #expect(try sender(via, from: source).isTranslated == expected)
    }

    @Test("over a connection has whatever port it got") func connection() throws {
        let sender = try sender("203.0.113.9:5060;rport", from: "203.0.113.9|40000", .tcp)
        #expect(!sender.isTranslated)
        #expect(!sender.hides(try SIPURI("sip:a@203.0.113.9:5060")))
    }

    @Test(
        "hides a Contact that leads nowhere from here, and no other",
        arguments: [
            ("192.168.1.5;rport", "203.0.113.9|40000", "192.168.1.5:5060", true),
            ("192.168.1.5;rport", "203.0.113.9|40000", "192.168.1.77:5060", true),
            ("192.168.1.5;rport", "203.0.113.9|40000", "203.0.113.9:5060", true),
            ("192.168.1.5;rport", "203.0.113.9|40000", "203.0.113.9:40000", false),
            ("192.168.1.5;rport", "203.0.113.9|40000", "198.51.100.1:5060", false),
            ("192.168.1.5;rport", "203.0.113.9|40000", "phone.example", false),
            // The router has rewritten the Via and not the Contact.
            ("203.0.113.9", "203.0.113.9|40000", "192.168.1.5:5060", true),
            ("203.0.113.9:40000", "203.0.113.9|40000", "203.0.113.9:5070", false),
            // Another phone of the same house.
            ("192.168.1.5", "192.168.1.5|5060", "192.168.1.77:5060", false),
            ("[fd00::5];rport", "2001:db8::9|40000", "[fd00::5]", true),
            ("[2001:db8::9];rport", "2001:db8::9|5060", "[fe80::1]", true),
        ])
    func contact(via: String, source: String, host: String, expected: Bool) throws {
        let sender = try sender(via, from: source)
        #expect(sender.hides(try SIPURI("sip:bob@\(host);ob")) == expected)
    }
}
