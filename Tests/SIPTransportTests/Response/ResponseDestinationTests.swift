import SIPCore
import SIPTransport
import Testing

@Suite("where a response goes") struct ResponseDestinationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let via: String
        let destination: String
        var testDescription: String { via }

        init(_ via: String, to destination: String) {
            self.via = via
            self.destination = destination
        }
    }

    /// `transport:address:port`, or `name?port` for what must be resolved.
    private func text(_ destination: ResponseDestination?) -> String {
        switch destination {
        case .endpoint(let endpoint): "\(endpoint)"
        case .host(let host, let port, let transport):
            "\(transport):\(host)?\(port.map { "\($0)" } ?? "")"
        case nil: "nowhere"
        }
    }

    @Test(
        "is told by the Via of the response alone",
        arguments: [
            // RFC 3581 section 6
            Row(
                "SIP/2.0/UDP 10.1.1.1:4540;received=192.0.2.1;rport=9988;branch=z9hG4bKkjshdyff",
                to: "udp:192.0.2.1:9988"),
            // "using the port indicated in the "sent-by" value, or using port 5060 if none is
            // specified explicitly"
            Row("SIP/2.0/UDP 10.1.1.1:4540;received=192.0.2.1", to: "udp:192.0.2.1:4540"),
            Row("SIP/2.0/UDP pc.example;received=192.0.2.1", to: "udp:192.0.2.1:5060"),
            Row("SIP/2.0/UDP pc.example;received=192.0.2.1;rport", to: "udp:192.0.2.1:5060"),
            Row(
                "SIP/2.0/UDP [2001:db8::1]:5070;received=db8::2", to: "udp:[db8::2]:5070"),
            // "if it is not receiver-tagged"
            Row("SIP/2.0/UDP 192.0.2.7", to: "udp:192.0.2.7:5060"),
            Row("SIP/2.0/UDP 192.0.2.7:5062;rport=7", to: "udp:192.0.2.7:5062"),
            Row("SIP/2.0/UDP pc.example:5070", to: "udp:pc.example?5070"),
            Row("SIP/2.0/UDP pc.example", to: "udp:pc.example?"),
            Row("SIP/2.0/UDP pc.example;received=nonsense", to: "udp:pc.example?"),
            // maddr aims responses at others: it is not followed.
            Row(
                "SIP/2.0/UDP 10.1.1.1;maddr=224.0.1.75;received=192.0.2.1", to: "udp:192.0.2.1:5060"
            ),
            Row("SIP/2.0/UDP 192.0.2.7;maddr=198.51.100.9", to: "udp:192.0.2.7:5060"),
            // Streams: "the port in the "sent-by" value, or the default port for that transport"
            Row("SIP/2.0/TCP 10.1.1.1;received=192.0.2.1;rport=9988", to: "tcp:192.0.2.1:5060"),
            Row("SIP/2.0/TLS pc.example;received=192.0.2.1", to: "tls:192.0.2.1:5061"),
            Row("SIP/2.0/SCTP 192.0.2.7", to: "nowhere"),
        ])
    func fromVia(_ row: Row) throws {
        #expect(text(ResponseDestination(via: try Via(ByteSlice(row.via)))) == row.destination)
    }

    @Test(
        "is where the request came from, whatever its Via says",
        arguments: [
            Row("SIP/2.0/UDP pc.example", to: "udp:192.0.2.1:5060"),
            Row("SIP/2.0/UDP pc.example:5070", to: "udp:192.0.2.1:5070"),
            Row("SIP/2.0/UDP 10.1.1.1:5070;rport", to: "udp:192.0.2.1:9988"),
            Row("SIP/2.0/UDP 10.1.1.1:5070;rport=53", to: "udp:192.0.2.1:9988"),
            Row("SIP/2.0/UDP 10.1.1.1;received=198.51.100.9", to: "udp:192.0.2.1:5060"),
            Row("SIP/2.0/UDP 10.1.1.1;maddr=224.0.1.75", to: "udp:192.0.2.1:5060"),
            Row("SIP/2.0/SCTP 10.1.1.1", to: "udp:192.0.2.1:5060"),
        ])
    func fromSource(_ row: Row) throws {
        let source = Endpoint(.udp, .v4(0xC000_0201), port: 9988)
        let via = try Via(ByteSlice(row.via))
        #expect(text(ResponseDestination(via: via, source: source)) == row.destination)
    }

    @Test(
        "over a stream, when the connection is gone, is the port of the sent-by at its source",
        arguments: [Transport.tcp, .tls, .ws, .wss])
    func stream(transport: Transport) throws {
        let source = Endpoint(transport, .v4(0xC000_0201), port: 40_000)
        for (sentBy, port) in [("pc.example:5070", 5070), ("pc.example", transport.defaultPort)] {
            let via = try Via(ByteSlice("SIP/2.0/TCP \(sentBy);rport"))
            #expect(
                ResponseDestination(via: via, source: source)
                    == .endpoint(Endpoint(transport, source.address, port: port)))
        }
    }
}
