import SIPCore
import SIPDNS
import Testing

@Suite("locating a server") struct ServerLocationTests {
    /// The records of RFC 3263 section 4.1, with addresses.
    private static let example: Zone = {
        var zone = Zone()
        zone.add("example.com", "naptr 50 50 s SIPS+D2T - _sips._tcp.example.com")
        zone.add("example.com", "naptr 90 50 s SIP+D2T - _sip._tcp.example.com")
        zone.add("example.com", "naptr 100 50 s SIP+D2U - _sip._udp.example.com")
        zone.add("_sips._tcp.example.com", "srv 0 0 5061 server1.example.com")
        zone.add("_sip._tcp.example.com", "srv 0 0 5070 server1.example.com")
        zone.add("_sip._udp.example.com", "srv 0 0 5080 server1.example.com")
        zone.add("_sip._udp.example.com", "srv 1 0 5082 server2.example.com")
        zone.add("server1.example.com", "a 192.0.2.1")
        zone.add("server2.example.com", "a 192.0.2.2")
        zone.add("example.com", "a 192.0.2.9")
        return zone
    }()

    @Test(
        "goes from a URI to transport, address and port",
        arguments: [
            // Numeric: nothing is asked.
            ("sip:192.0.2.7", "udp:192.0.2.7:5060"),
            ("sip:192.0.2.7:5099", "udp:192.0.2.7:5099"),
            ("sip:192.0.2.7;transport=tcp", "tcp:192.0.2.7:5060"),
            ("sips:192.0.2.7", "tls:192.0.2.7:5061"),
            ("sips:[2001:db8::7];transport=tcp", "tls:[2001:db8::7]:5061"),
            // A port: only addresses are asked.
            ("sip:example.com:5099", "udp:192.0.2.9:5099"),
            ("sip:EXAMPLE.com:5099;transport=tcp", "tcp:192.0.2.9:5099"),
            ("sips:example.com:5099", "tls:192.0.2.9:5099"),
            // A transport: its SRV records.
            ("sip:example.com;transport=udp", "udp:192.0.2.1:5080 udp:192.0.2.2:5082"),
            ("sip:example.com;transport=tcp", "tcp:192.0.2.1:5070"),
            ("sip:example.com;transport=tls", "tls:192.0.2.1:5061"),
            ("sips:example.com;transport=tcp", "tls:192.0.2.1:5061"),
            // Nothing: NAPTR.
            ("sips:example.com", "tls:192.0.2.1:5061"),
            (
                "sip:example.com",
                "tls:192.0.2.1:5061 tcp:192.0.2.1:5070 udp:192.0.2.1:5080 udp:192.0.2.2:5082"
            ),
            // Without SRV records: the name's own addresses.
            ("sip:server1.example.com", "udp:192.0.2.1:5060"),
            ("sips:server1.example.com", "tls:192.0.2.1:5061"),
            ("sip:server1.example.com;transport=tcp", "tcp:192.0.2.1:5060"),
        ])
    func destinations(uri: String, expected: String) throws {
        let result = Self.example.locate(ServerQuery(try SIPURI(uri))).result
        #expect(result == .success(expected.split(separator: " ").map(String.init)))
    }

    @Test("asks no more than it needs, and at once what it can") func questions() throws {
        let rounds = Self.example.locate(ServerQuery(try SIPURI("sip:example.com"))).rounds
        #expect(
            rounds == [
                [Question("example.com", .naptr)],
                [
                    Question("_sips._tcp.example.com", .srv),
                    Question("_sip._tcp.example.com", .srv),
                    Question("_sip._udp.example.com", .srv),
                ],
                [
                    Question("server1.example.com", .aaaa), Question("server1.example.com", .a),
                    Question("server2.example.com", .aaaa), Question("server2.example.com", .a),
                ],
            ])
        #expect(Self.example.locate(ServerQuery(try SIPURI("sip:192.0.2.1"))).rounds.isEmpty)
    }

    @Test("leaves out the transports that we do not speak") func transports() throws {
        func locate(_ uri: String) throws -> Result<[String], ResolutionError> {
            Self.example.locate(ServerQuery(try SIPURI(uri)), transports: [.udp]).result
        }
        #expect(
            try locate("sip:example.com")
                == .success(["udp:192.0.2.1:5080", "udp:192.0.2.2:5082"]))
        #expect(try locate("sips:example.com") == .failure(.notFound))
        #expect(try locate("sip:example.com;transport=tcp") == .failure(.notFound))
        #expect(try locate("sip:192.0.2.1;transport=tcp") == .failure(.notFound))
    }

    @Test(
        "skips NAPTR records that are not for SIP",
        arguments: [
            "naptr 1 1 u SIP+D2U - _sip._udp.other.test",
            "naptr 1 1 s SIP+D2S - _sip._udp.other.test",
            "naptr 1 1 s SIP+D2U !.*!x! _sip._udp.other.test",
            "naptr 1 1 s E2U+sip - _sip._udp.other.test",
            "naptr 1 1 s SIP+D2U - .",
        ])
    func pointers(record: String) throws {
        var zone = Self.example
        zone.records[Question("example.com", .naptr)] = nil
        zone.add("example.com", record)
        zone.add("_sip._udp.other.test", "srv 0 0 5060 other.test")
        zone.add("other.test", "a 192.0.2.66")
        // As if there were none: the services of the domain itself.
        #expect(
            zone.locate(ServerQuery(try SIPURI("sip:example.com"))).result
                == .success([
                    "udp:192.0.2.1:5080", "udp:192.0.2.2:5082", "tcp:192.0.2.1:5070",
                    "tls:192.0.2.1:5061",
                ]))
    }

    @Test("takes NAPTR records by order, then by preference") func pointerOrder() throws {
        var zone = Zone()
        zone.add("example.com", "naptr 2 1 s SIP+D2T - a.test")
        zone.add("example.com", "naptr 1 9 s SIP+D2T - b.test")
        zone.add("example.com", "naptr 1 2 S sip+d2u - c.test")
        for (name, address) in [("a", 1), ("b", 2), ("c", 3)] {
            let name = DNSName(ByteSlice("\(name).test")) ?? "invalid"
            zone.add(name, "srv 0 0 5060 \(name)")
            zone.add(name, "a 192.0.2.\(address)")
        }
        #expect(
            zone.locate(ServerQuery(try SIPURI("sip:example.com"))).result
                == .success(["udp:192.0.2.3:5060", "tcp:192.0.2.2:5060", "tcp:192.0.2.1:5060"]))
    }

    @Test("does without a service that is decidedly not available") func unavailable() throws {
        var zone = Zone()
        zone.add("_sip._udp.example.com", "srv 0 0 0 .")
        zone.add("example.com", "a 192.0.2.9")
        let server = ServerQuery(try SIPURI("sip:example.com;transport=udp"))
        #expect(zone.locate(server).result == .failure(.notFound))
        zone.add("_sip._udp.example.com", "srv 1 0 5060 example.com")
        #expect(zone.locate(server).result == .success(["udp:192.0.2.9:5060"]))
    }

    @Test("takes the addresses of both families in turn") func families() throws {
        var zone = Zone()
        for line in ["a 192.0.2.1", "a 192.0.2.2", "aaaa 2001:db8::1"] {
            zone.add("example.com", line)
        }
        let server = ServerQuery(try SIPURI("sip:example.com:5060"))
        #expect(
            zone.locate(server).result
                == .success([
                    "udp:[2001:db8::1]:5060", "udp:192.0.2.1:5060", "udp:192.0.2.2:5060",
                ]))
        let (result, rounds) = zone.locate(server, families: [.v4])
        #expect(result == .success(["udp:192.0.2.1:5060", "udp:192.0.2.2:5060"]))
        #expect(rounds == [[Question("example.com", .a)]])
    }

    @Test("names a destination once, however many records lead there") func once() throws {
        var zone = Zone()
        zone.add("_sip._udp.example.com", "srv 0 0 5060 a.test")
        zone.add("_sip._udp.example.com", "srv 1 0 5060 b.test")
        zone.add("a.test", "a 192.0.2.1")
        zone.add("b.test", "a 192.0.2.1")
        #expect(
            zone.locate(ServerQuery(try SIPURI("sip:example.com;transport=udp"))).result
                == .success(["udp:192.0.2.1:5060"]))
    }

    @Test("draws from all records, and looks up as many servers as a request can try")
    func many() throws {
        var zone = Zone()
        for number in 1...2000 {
            let name = DNSName(ByteSlice("s\(number).test")) ?? "invalid"
            zone.add("_sip._udp.example.com", "srv 0 1 5060 \(name)")
            zone.add(name, "a 10.1.\(number / 250).\(number % 250 + 1)")
        }
        let server = ServerQuery(try SIPURI("sip:example.com;transport=udp"))
        var seen: Set<String> = []
        for random in 1...20 {
            let (result, rounds) = zone.locate(
                server, families: [.v4], random: UInt64(random))
            #expect(try result.get().count == 32)
            #expect(rounds[1].count == 32)
            seen.formUnion(try result.get())
        }
        #expect(seen.count > 400)
    }

    @Test("says why it failed, and is not stopped by what it can do without") func failures()
        throws
    {
        let server = ServerQuery(try SIPURI("sip:example.com"))
        var zone = Zone()
        #expect(zone.locate(server).result == .failure(.notFound))
        zone.records[Question("example.com", .a)] = .failed(.timedOut)
        #expect(zone.locate(server).result == .failure(.timedOut))
        zone.records[Question("example.com", .naptr)] = .failed(.failed("code 4"))
        zone.records[Question("example.com", .a)] = .addresses([.v4(0xC000_0201)])
        #expect(zone.locate(server).result == .success(["udp:192.0.2.1:5060"]))
    }

    @Test(
        "refuses what is no name", arguments: ["a..test", ".", String(repeating: "a.", count: 130)])
    func badNames(name: String) {
        #expect(
            Self.example.locate(ServerQuery(host: ByteSlice(name))).result == .failure(.notFound))
    }

    @Test("finds where a response goes by its Via") func via() throws {
        func locate(_ via: String) throws -> Result<[String], ResolutionError> {
            let server = try #require(ServerQuery(try Via(ByteSlice(via))))
            return Self.example.locate(server).result
        }
        #expect(
            try locate("SIP/2.0/UDP example.com;branch=z9hG4bK1")
                == .success(["udp:192.0.2.1:5080", "udp:192.0.2.2:5082"]))
        #expect(
            try locate("SIP/2.0/TLS example.com;branch=z9hG4bK1")
                == .success(["tls:192.0.2.1:5061"]))
        #expect(
            try locate("SIP/2.0/TCP example.com:5099;branch=z9hG4bK1")
                == .success(["tcp:192.0.2.9:5099"]))
    }
}
