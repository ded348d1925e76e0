import SIPAuth
import SIPCore
import SIPDNS
import SIPProxy
import SIPTransaction
import SIPTransport
import Testing

/// A core with a listener of each transport, and what it wants sent.
private struct CoreOfAllTransports: ~Copyable {
    private let hashKey = HashKey(3, 4)
    private let site: Site
    private let caller = Endpoint(.udp, .v4(0xCB00_7142), port: 5060)
    private var core: ProxyCore
    private var query: Query?

    struct Sent {
        let text: String
        let destination: Endpoint
        let name: String?
        let branch: BranchToken?
        let isOverExisting: Bool

        init(
            _ bytes: [UInt8], _ destination: Endpoint, _ name: String?, _ interface: Interface,
            _ branch: BranchToken?
        ) {
            isOverExisting = interface.flow == .existing
            text = String(decoding: bytes, as: UTF8.self)
            self.destination = destination
            self.name = name
            self.branch = branch
        }

        var via: Substring { text.split(separator: "\r\n")[1] }
    }

    init(_ transports: [Transport] = [.udp, .tcp, .tls, .wss]) throws {
        let address = IPAddress.v4(0xC000_0201)
        site = Site(
            Responsibility(
                listeners: transports.map {
                    Listener(
                        bound: Endpoint($0, address, port: $0.isSecure ? 5061 : 5060),
                        advertisedHost: "192.0.2.1", advertisedPort: $0.isSecure ? 5061 : 5060)
                },
                addresses: [address], domains: [try Host("voice.test")]),
            digest: try DigestAuthenticator(key: Array(1...32)),
            signature: DialogSignature(key: hashKey))
        core = ProxyCore(site: site, stripe: 0, hashKey: hashKey, now: .zero)
    }

    /// Has a MESSAGE routed.
    mutating func relay(
        to uri: String, _ action: Action = .relay(unchecked: .anybodyToAnywhere), body: Int = 0
    ) throws -> [Sent] {
        let text =
            "MESSAGE \(uri) SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.66;branch=z9hG4bK1\r\n"
            + "From: <sip:alice@voice.test>;tag=1\r\nTo: <sip:bob@voice.test>\r\nCall-ID: 1\r\n"
            + "CSeq: 1 MESSAGE\r\nContent-Length: \(body)\r\n\r\n"
            + String(repeating: "x", count: body)
        let (input, _) = try #require(
            Input.message(
                try SIPMessage(Array(text.utf8)), from: caller, on: 0, hashKey: hashKey,
                stripes: 1))
        guard case .route(let arrival)? = core.receive(input, at: .zero).first else { return [] }
        var request = RoutedRequest(
            arrival, site: site, time: UnixTime(seconds: 1), random: 1,
            effects: RouteEffects(provisional: { _, _ in }, event: { _ in }))
        request.recordRoute()
        request.edits.isProven = true
        return sent(core.receive(.routed(request, action), at: .zero))
    }

    mutating func fail(_ sent: Sent) throws -> [Sent] {
        self.sent(
            core.receive(
                .unreachable(sent.destination, branch: try #require(sent.branch)), at: .zero))
    }

    /// Has a request of the proxy's own sent.
    mutating func ask(_ target: Target) -> [Sent] {
        sent(core.receive(.own(OwnRequest(1, to: target, within: .seconds(4))), at: .zero))
    }

    /// Answers the look-up that the core waits for.
    mutating func resolve(_ address: IPAddress) throws -> [Sent] {
        let query = try #require(query)
        let transport = query.server.defaultTransport
        let port = query.server.port ?? transport.defaultPort
        let endpoint = Endpoint(transport, address, port: port)
        return sent(core.receive(.resolved(query, [endpoint]), at: .zero))
    }

    private mutating func sent(_ outputs: [Output]) -> [Sent] {
        var all: [Sent] = []
        for output in outputs {
            switch output {
            case .send(let bytes, let destination, let interface, let branch):
                all.append(Sent(bytes, destination, nil, interface, branch))
            case .sendNamed(let bytes, let destination, let name, let interface, let branch):
                all.append(Sent(bytes, destination, String(name), interface, branch))
            case .resolve(let query): self.query = query
            default: break
            }
        }
        return all
    }
}

@Suite("the transport of a next hop") struct WayTests {
    private let phone = IPAddress.v4(0xC633_6407)

    @Test(
        "is the URI's, and TLS for SIPS",
        arguments: [
            ("sip:bob@198.51.100.7", "udp:198.51.100.7:5060"),
            ("sip:bob@198.51.100.7;transport=tcp", "tcp:198.51.100.7:5060"),
            ("sip:bob@198.51.100.7;transport=tls", "tls:198.51.100.7:5061"),
            ("sips:bob@198.51.100.7", "tls:198.51.100.7:5061"),
            ("sips:bob@198.51.100.7;transport=tcp", "tls:198.51.100.7:5061"),
        ])
    func ofURI(uri: String, destination: String) throws {
        var core = try CoreOfAllTransports()
        let sent = try core.relay(to: uri)
        #expect(sent.map { "\($0.destination)" } == [destination])
        let token = destination.prefix(3).uppercased()
        #expect(sent.first?.via.hasPrefix("Via: SIP/2.0/\(token) 192.0.2.1:") == true)
    }

    @Test(
        "that we do not listen for is 502",
        arguments: [
            "sip:bob@198.51.100.7;transport=tcp", "sips:bob@198.51.100.7",
            "sip:bob@198.51.100.7;transport=ws",
        ])
    func notSpoken(uri: String) throws {
        var core = try CoreOfAllTransports([.udp])
        let sent = try core.relay(to: uri)
        #expect(sent.first?.text.hasPrefix("SIP/2.0 502 Transport Not Supported") == true)
    }

    @Test(
        "of a request of our own is the URI's as well, and a connection that is there where one is known"
    )
    func ofOwnRequest() throws {
        var core = try CoreOfAllTransports()
        let tcp = core.ask(Target(uri: try URI("sip:198.51.100.7;transport=tcp")))
        #expect(tcp.map { "\($0.destination)" } == ["tcp:198.51.100.7:5060"])
        #expect(tcp.first?.via.hasPrefix("Via: SIP/2.0/TCP 192.0.2.1:") == true)
        #expect(tcp.map(\.isOverExisting) == [false])
        #expect(core.ask(Target(uri: try URI("sips:gateway.test"))).isEmpty)
        let tls = try core.resolve(phone)
        #expect(tls.map(\.name) == ["gateway.test"])
        #expect(tls.map { "\($0.destination)" } == ["tls:198.51.100.7:5061"])
        let connected = core.ask(
            Target(
                uri: try URI("sip:bob@b.invalid;transport=ws"),
                destination: Endpoint(.wss, phone, port: 40_000)))
        #expect(connected.map { "\($0.destination)" } == ["wss:198.51.100.7:40000"])
        #expect(connected.map(\.isOverExisting) == [true])
    }

    @Test("of a call to a SIPS URI is secure, or there is none: 480")
    func neverDowngraded() throws {
        func target(_ transport: Transport) throws -> Action {
            let target = Target(
                uri: try URI("sip:bob@198.51.100.7"),
                destination: Endpoint(transport, phone, port: 40_000))
            return .relay(to: Contacts([target]))
        }
        for transport in [Transport.udp, .tcp] {
            var core = try CoreOfAllTransports()
            let sent = try core.relay(to: "sips:bob@voice.test", try target(transport))
            #expect(sent.first?.text.hasPrefix("SIP/2.0 480 ") == true)
        }
        for transport in [Transport.tls, .wss] {
            var core = try CoreOfAllTransports()
            let sent = try core.relay(to: "sips:bob@voice.test", try target(transport))
            #expect(sent.map(\.destination.transport) == [transport])
            // 16.6 step 4, and two entries, for the transport changes.
            let routes = sent.first?.text.split(separator: "\r\n").filter {
                $0.hasPrefix("Record-Route:")
            }
            #expect(routes?.count == 2)
            #expect(routes?.first?.hasPrefix("Record-Route: <sips:192.0.2.1:5061;") == true)
        }
    }

    @Test("by name is told to whoever checks the certificate")
    func name() throws {
        var core = try CoreOfAllTransports()
        #expect(try core.relay(to: "sips:bob@gateway.test").isEmpty)
        let sent = try core.resolve(phone)
        #expect(sent.map(\.name) == ["gateway.test"])
        #expect(sent.map { "\($0.destination)" } == ["tls:198.51.100.7:5061"])
    }

    @Test("is TCP for more than 1,300 bytes, and UDP again where nobody takes TCP")
    func large() throws {
        var core = try CoreOfAllTransports()
        let sent = try #require(try core.relay(to: "sip:bob@198.51.100.7", body: 1_200).first)
        #expect("\(sent.destination)" == "tcp:198.51.100.7:5060")
        #expect(sent.via.hasPrefix("Via: SIP/2.0/TCP 192.0.2.1:5060;"))
        let again = try #require(try core.fail(sent).first)
        #expect("\(again.destination)" == "udp:198.51.100.7:5060")
        #expect(again.via.hasPrefix("Via: SIP/2.0/UDP 192.0.2.1:5060;"))
        // There is no third way.
        #expect(try core.fail(again).first?.branch == nil)
    }

    @Test("stays UDP for up to 1,300 bytes, without TCP, and for a phone that registered over UDP")
    func small() throws {
        var core = try CoreOfAllTransports()
        #expect(
            try core.relay(to: "sip:bob@198.51.100.7", body: 400).map(\.destination.transport)
                == [.udp])
        var udp = try CoreOfAllTransports([.udp])
        #expect(
            try udp.relay(to: "sip:bob@198.51.100.7", body: 1_200).map(\.destination.transport)
                == [.udp])
        var registered = try CoreOfAllTransports()
        let target = Target(
            uri: try URI("sip:bob@10.0.0.1"), destination: Endpoint(.udp, phone, port: 40_000))
        let sent = try registered.relay(
            to: "sip:bob@voice.test", .relay(to: Contacts([target])), body: 1_200)
        #expect(sent.map(\.destination.transport) == [.udp])
    }
}
