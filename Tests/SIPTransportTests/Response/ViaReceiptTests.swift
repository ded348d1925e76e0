import SIPCore
import SIPTransport
import Testing

@Suite("what a server writes into a Via") struct ViaReceiptTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let via: String
        let source: String
        let received: String?
        let rport: UInt16?
        var testDescription: String { "\(via) from \(source)" }

        init(_ via: String, from source: String, received: String? = nil, rport: UInt16? = nil) {
            self.via = via
            self.source = source
            self.received = received
            self.rport = rport
        }
    }

    @Test(
        "is where the request came from, by RFC 3261 18.2.1 and RFC 3581 section 4",
        arguments: [
            // "If the host portion … contains a domain name"
            Row("SIP/2.0/UDP bobspc.biloxi.com:5060", from: "192.0.2.4", received: "192.0.2.4"),
            // "or if it contains an IP address that differs from the packet source address"
            Row("SIP/2.0/UDP 10.1.1.1:5060", from: "192.0.2.4", received: "192.0.2.4"),
            Row("SIP/2.0/UDP 192.0.2.4:5060", from: "192.0.2.4"),
            Row("SIP/2.0/UDP 192.0.2.4", from: "192.0.2.4"),
            // The example of RFC 3581 section 6.
            Row(
                "SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z9hG4bKkjshdyff", from: "192.0.2.1",
                received: "192.0.2.1", rport: 9988),
            // "even if it is identical to the value of the "sent-by" component"
            Row(
                "SIP/2.0/UDP 192.0.2.4;rport", from: "192.0.2.4", received: "192.0.2.4", rport: 9988
            ),
            // Values of the client's own are not believed.
            Row(
                "SIP/2.0/UDP 192.0.2.4;received=198.51.100.1", from: "192.0.2.4",
                received: "192.0.2.4"),
            Row(
                "SIP/2.0/UDP 192.0.2.4;rport=53", from: "192.0.2.4", received: "192.0.2.4",
                rport: 9988),
            Row("SIP/2.0/UDP [2001:db8::9]:5060", from: "2001:db8::9"),
            Row("SIP/2.0/UDP [2001:DB8:0::9]:5060", from: "2001:db8::9"),
            Row("SIP/2.0/UDP [2001:db8::1]:5060", from: "2001:db8::9", received: "2001:db8::9"),
            Row("SIP/2.0/UDP host.invalid;rport", from: "::1", received: "::1", rport: 9988),
            Row(
                "SIP/2.0/TCP pc;rport", from: "192.0.2.4", received: "192.0.2.4", rport: 9988),
        ])
    func table(_ row: Row) throws {
        let via = try Via(ByteSlice(row.via))
        let address = try #require(IPAddress(row.source))
        let receipt = ViaReceipt(via: via, source: Endpoint(.udp, address, port: 9988))
        #expect(receipt.received == row.received.flatMap { IPAddress($0) })
        #expect(receipt.rport == row.rport)
        #expect(receipt.isEmpty == (row.received == nil && row.rport == nil))
    }
}
