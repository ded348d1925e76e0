import NIOSSL
import SIPAuth
import SIPCore
import SIPProxy
import SIPTransport
import TestPrograms
import Testing

@Suite("a load balancer in front") struct ProxyProtocolTests {
    private static let header = "PROXY TCP4 203.0.113.7 127.0.0.1 56324 5060\r\n"
    private static let loopback = TrustedAddress(network: .loopback)

    private func options(_ transport: String = "TCP") -> String {
        request(
            "OPTIONS", "sip:voice.test", via: "\(transport) a.test;rport", branch: "1",
            headers: ["Contact: <sip:a@a.test>"])
    }

    /// Answers with the source that the request has.
    @Sendable private static func source(_ request: inout RoutedRequest) async throws -> Action {
        .reply(.ok, "\(request.source)")
    }

    @Test("says whose connection it is: that is the source, in one segment or many")
    func source() async throws {
        for header in [
            Array(Self.header.utf8),
            ProxyHeaderTests.binary(
                0x21, 0x11, [203, 0, 113, 7, 127, 0, 0, 1, 0xDC, 0x04, 0x13, 0xC4]),
        ] {
            for isCut in [false, true] {
                try await withProxy {
                    $0.balancers = [0: [Self.loopback]]
                } route: {
                    try await Self.source(&$0)
                } _: { proxy in
                    var client = try await Wire(to: proxy.endpoint(.tcp))
                    if isCut {
                        for byte in header { try await client.send([byte]) }
                        try await client.send(options())
                    } else {
                        try await client.send(header + Array(options().utf8))
                    }
                    let answer = try await client.finalResponse()
                    #expect(answer.hasPrefix("SIP/2.0 200 tcp:203.0.113.7:56324\r\n"))
                    let via = values("Via", in: answer).first
                    #expect(via?.contains(";rport=56324") == true)
                    #expect(via?.contains(";received=203.0.113.7") == true)
                    // And on: the header is there once.
                    try await client.send(options())
                    #expect(try await client.finalResponse().hasPrefix("SIP/2.0 200 "))
                }
            }
        }
    }

    @Test("that asks for itself is the source itself") func local() async throws {
        try await withProxy {
            $0.balancers = [0: [Self.loopback]]
        } route: {
            try await Self.source(&$0)
        } _: { proxy in
            var client = try await Wire(to: proxy.endpoint(.tcp))
            try await client.send(
                ProxyHeaderTests.binary(0x20, 0x00, []) + Array(options().utf8))
            let port = try #require(client.local?.port)
            #expect(
                try await client.finalResponse().hasPrefix(
                    "SIP/2.0 200 tcp:127.0.0.1:\(port)\r\n"))
        }
    }

    @Test("speaks before TLS, and before WebSocket", arguments: [Transport.tls, .ws, .wss])
    func before(transport: Transport) async throws {
        let certificates = try Certificates()
        var tls = TLSSettings()
        tls.identities = [try certificates.make("DNS:voice.test")]
        let context = try certificates.client()
        try await withProxy([transport]) { [tls] in
            $0.tls = tls
            $0.balancers = [0: [Self.loopback]]
        } route: {
            try await Self.source(&$0)
        } _: { proxy in
            let wire = try await Wire(
                to: proxy.endpoint(transport), after: Self.header,
                tls: transport.isSecure ? context : nil, name: "voice.test")
            let expected = "SIP/2.0 200 \(transport):203.0.113.7:56324\r\n"
            if transport == .tls {
                var client = wire
                try await client.send(options("TLS"))
                #expect(try await client.finalResponse().hasPrefix(expected))
            } else {
                var client = try await WebSocketClient(over: wire)
                try await client.send(options(transport == .ws ? "WS" : "WSS"))
                #expect(try await client.finalResponse().hasPrefix(expected))
            }
        }
    }

    @Test("that is none of ours is refused, whatever it says", arguments: [true, false])
    func untrusted(hasHeader: Bool) async throws {
        try await withProxy {
            $0.balancers = [0: [TrustedAddress(network: .v4(0xC000_0208))]]
        } _: { proxy in
            var client = try await Wire(to: proxy.endpoint(.tcp))
            try? await client.send((hasHeader ? Self.header : "") + options())
            #expect(await client.isClosedByPeer())
            #expect(await proxy.end() == .badProxyHeader)
        }
    }

    @Test("is not believed on a listener that has none: it is the beginning of no message")
    func notConfigured() async throws {
        try await withProxy([.tcp]) { _ in
        } route: {
            try await Self.source(&$0)
        } _: { proxy in
            var client = try await Wire(to: proxy.endpoint(.tcp))
            try await client.send(Self.header + options() + options())
            // The first goes with the header.
            let port = try #require(client.local?.port)
            #expect(
                try await client.finalResponse().hasPrefix(
                    "SIP/2.0 200 tcp:127.0.0.1:\(port)\r\n"))
            try await client.send("\r\n\r\n")
            #expect(try await client.take(2) == [0x0D, 0x0A])
        }
    }

    @Test("that says nothing right is closed, and so is one that takes its time")
    func malformed() async throws {
        for text in [options(), "PROXY TCP4 nonsense\r\n"] {
            try await withProxy {
                $0.balancers = [0: [Self.loopback]]
            } _: { proxy in
                var client = try await Wire(to: proxy.endpoint(.tcp))
                try? await client.send(text)
                #expect(await client.isClosedByPeer())
                #expect(await proxy.end() == .badProxyHeader)
            }
        }
        for text in ["", "PROXY TCP4 203.0"] {
            try await withProxy {
                $0.balancers = [0: [Self.loopback]]
                $0.streams.handshakeTime = .milliseconds(100)
            } _: { proxy in
                var client = try await Wire(to: proxy.endpoint(.tcp))
                try? await client.send(text)
                #expect(await client.isClosedByPeer())
                #expect(await proxy.end() == .handshakeTimedOut)
            }
        }
    }

    @Test("counts for nobody: the limit of connections is that of each client") func limit()
        async throws
    {
        try await withProxy {
            $0.balancers = [0: [Self.loopback]]
            $0.streams.maximumConnectionsPerSource = 1
        } _: { proxy in
            var clients: [Wire] = []
            for number in 1...3 {
                var client = try await Wire(to: proxy.endpoint(.tcp))
                try await client.send(
                    "PROXY TCP4 203.0.113.\(number) 127.0.0.1 5060 5060\r\n" + options())
                #expect(try await client.finalResponse().hasPrefix("SIP/2.0 200 "))
                clients.append(client)
            }
            var second = try await Wire(to: proxy.endpoint(.tcp))
            try? await second.send(
                "PROXY TCP4 203.0.113.1 127.0.0.1 5061 5060\r\n" + options())
            #expect(await second.isClosedByPeer())
            #expect(await proxy.end() == .tooMany)
            await clients[0].close()
        }
    }
}
