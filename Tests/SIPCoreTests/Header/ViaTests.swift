import SIPCore
import Testing

@Suite("a Via") struct ViaTests {
    @Test("has its parts where they stand") func parts() throws {
        let via = try Via(
            "SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bK74;received=192.0.2.9;rport=6000;maddr=224.2.0.1;ttl=16;x=\"a;b\""
        )
        #expect(via.transport == .tls)
        #expect(via.protocolText == "SIP/2.0/TLS")
        #expect(via.host.address == IPAddress("2001:db8::1"))
        #expect(via.port == 5061)
        #expect(via.branch == "z9hG4bK74")
        #expect(via.hasMagicCookie)
        #expect(via.received == "192.0.2.9")
        #expect(via.receivedAddress == .v4(0xC000_0209))
        #expect(via.rport == .port(6000))
        #expect(via.maddr == "224.2.0.1")
        #expect(via.ttl == 16)
        #expect(via.parameters["x"] == "a;b")
        #expect(via.parameters.map(\.name).count == 6)
    }

    @Test("has nothing where nothing stands") func absent() throws {
        let via = try Via("SIP/2.0/UDP h")
        #expect(via.port == nil && via.branch == nil && via.received == nil && via.maddr == nil)
        #expect(via.ttl == nil && via.rport == .absent && !via.hasMagicCookie)
        #expect(via.text == "SIP/2.0/UDP h")
        #expect(try Via("SIP/2.0/UDP h;rport").rport == .requested)
    }

    @Test("may be folded anywhere between its parts") func folded() throws {
        let via = try Via(
            "SIP\r\n / 2.0 /\tUDP\r\n  h \r\n : 5060 ; branch \r\n = z9hG4bKx ; rport")
        #expect(via.transport == .udp)
        #expect(via.port == 5060)
        #expect(via.branch == "z9hG4bKx")
        #expect(via.rport == .requested)
    }

    @Test(
        "the cookie is in any case, and something follows it",
        arguments: [
            ("z9hG4bKx", true), ("Z9HG4BKx", true), ("z9hG4bK", false), ("z9hG4b", false),
            ("x", false),
        ])
    func cookie(branch: String, has: Bool) throws {
        #expect(try Via(ByteSlice("SIP/2.0/UDP h;branch=" + branch)).hasMagicCookie == has)
    }

    @Test(
        "is refused",
        arguments: [
            "", "SIP", "SIP/2.0", "SIP/2.0/", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0/UDPh",
            "/2.0/UDP h", "SIP//UDP h",
            "UDP h", "SIP/2.0 h", "SIP/2.0/UDP ;branch=x", "SIP/2.0/UDP :5060", "SIP/2.0/UDP h:",
            "SIP/2.0/UDP h:0",
            "SIP/2.0/UDP h:65536", "SIP/2.0/UDP h:123456", "SIP/2.0/UDP h:-1", "SIP/2.0/UDP h:5 0",
            "SIP/2.0/UDP 2001:db8::1", "SIP/2.0/UDP [::1", "SIP/2.0/UDP h;", "SIP/2.0/UDP h;;x",
            "SIP/2.0/UDP h;branch=",
            "SIP/2.0/UDP h;branch=a;branch=b", "SIP/2.0/UDP h;rport=0", "SIP/2.0/UDP h;rport=65536",
            "SIP/2.0/UDP h;rport=x",
            "SIP/2.0/UDP h;rport;rport", "SIP/2.0/UDP h;ttl=256", "SIP/2.0/UDP h;ttl",
            "SIP/2.0/UDP h;x=\"a",
            "SIP/2.0/UDP h;received=a;received=b", "SIP/2.0/UDP h x", "SIP/2.0/UDP h,",
            "SIP/2.0/UDP h;branch=a b",
        ])
    func refused(text: String) {
        #expect(throws: ParseError.self) { try Via(ByteSlice(text)) }
    }
}
