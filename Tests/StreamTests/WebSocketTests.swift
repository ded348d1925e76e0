import SIPCore
import SIPProxy
import SIPTransport
import TestPrograms
import Testing

@Suite("WebSocket") struct WebSocketTests {
    private let options = request(
        "OPTIONS", "sip:voice.test", via: "WS df7jal23ls0d.invalid", branch: "1")

    @Test("each message is a frame, text or binary, and so is its answer", arguments: [0x81, 0x82])
    func reply(first: UInt8) async throws {
        try await withProxy([.ws]) { proxy in
            var browser = try await WebSocketClient(to: proxy.endpoint(.ws))
            try await browser.send(WebSocketClient.frame(first, Array(options.utf8)))
            let answer = try await browser.next()
            #expect(answer.opcode == 1)
            #expect(answer.text.hasPrefix("SIP/2.0 200 "))
        }
    }

    @Test("over TLS it is secure WebSocket")
    func secure() async throws {
        let certificates = try Certificates()
        var tls = TLSSettings()
        tls.identities = [try certificates.make("DNS:voice.test")]
        try await withProxy([.wss]) {
            $0.tls = tls
        } _: { proxy in
            var browser = try await WebSocketClient(
                to: proxy.endpoint(.wss), tls: certificates.client(), name: "voice.test")
            try await browser.send(options)
            #expect(try await browser.next().text.hasPrefix("SIP/2.0 200 "))
        }
    }

    @Test("the handshake answers with the key of RFC 6455 1.3 and the subprotocol sip")
    func handshake() async throws {
        try await withProxy([.ws]) { proxy in
            var wire = try await Wire(to: proxy.endpoint(.ws))
            try await wire.send(WebSocketClient.handshake)
            let head = try await WebSocketClient.head(&wire).lowercased()
            #expect(head.hasPrefix("http/1.1 101 "))
            #expect(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="))
            #expect(head.contains("sec-websocket-protocol: sip\r\n"))
        }
    }

    @Test(
        "what is no WebSocket for SIP is not upgraded",
        arguments: [
            "GET / HTTP/1.1\r\nHost: voice.test\r\n\r\n",
            WebSocketClient.handshake.replacing("Protocol: sip", with: "Protocol: chat"),
            WebSocketClient.handshake.replacing("Version: 13", with: "Version: 8"),
            WebSocketClient.handshake.replacing("Sec-WebSocket-Protocol: sip\r\n", with: ""),
        ])
    func notUpgraded(text: String) async throws {
        try await withProxy([.ws]) { proxy in
            var wire = try await Wire(to: proxy.endpoint(.ws))
            try await wire.send(text)
            #expect(try await !WebSocketClient.head(&wire).hasPrefix("HTTP/1.1 101 "))
            #expect(await wire.isClosedByPeer())
        }
    }

    @Test("what is no HTTP, or stops in the middle of the handshake, is closed")
    func noHandshake() async throws {
        for text in ["\0\0\0\0", options, "GET / HTTP/1.1\r\nHost: voi"] {
            try await withProxy([.ws]) {
                $0.streams.handshakeTime = .milliseconds(500)
            } _: { proxy in
                var wire = try await Wire(to: proxy.endpoint(.ws))
                // On a busy machine it is closed before.
                try? await wire.send(text)
                #expect(await wire.isClosedByPeer())
            }
        }
    }

    @Test("a message in fragments is one message, also with a ping between them")
    func fragments() async throws {
        try await withProxy([.ws]) { proxy in
            var browser = try await WebSocketClient(to: proxy.endpoint(.ws))
            let bytes = Array(options.utf8)
            try await browser.send(
                WebSocketClient.frame(0x01, Array(bytes[..<10]))
                    + WebSocketClient.frame(0x00, Array(bytes[10..<20]))
                    + WebSocketClient.frame(0x89, [7])
                    + WebSocketClient.frame(0x80, Array(bytes[20...])))
            #expect(try await browser.next() == .init(opcode: 10, payload: [7]))
            #expect(try await browser.next().text.hasPrefix("SIP/2.0 200 "))
        }
    }

    @Test(
        "frames that RFC 6455 forbids end the connection with their code",
        arguments: [
            ("not masked", WebSocketClient.frame(0x81, [65], isMasked: false), 1002),
            ("a reserved bit", WebSocketClient.frame(0xC1, [65]), 1002),
            ("a continuation of nothing", WebSocketClient.frame(0x80, [65]), 1002),
            (
                "a message in a message",
                WebSocketClient.frame(0x01, [65]) + WebSocketClient.frame(0x81, [65]), 1002
            ),
            ("a ping in fragments", WebSocketClient.frame(0x09, [65]), 1002),
            ("a long ping", WebSocketClient.frame(0x89, Array(repeating: 65, count: 126)), 1002),
            ("an opcode that does not exist", WebSocketClient.frame(0x83, [65]), 1002),
            ("2 GB declared", [0x81, 0xFF, 0, 0, 0, 0, 0x80, 0, 0, 0, 1, 2, 3, 4], 1009),
            (
                "2^64 - 1 declared",
                [0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4], 1009
            ),
            (
                "more than a message may have, in fragments",
                WebSocketClient.frame(0x01, Array(repeating: 65, count: 40_000))
                    + WebSocketClient.frame(0x80, Array(repeating: 65, count: 40_000)), 1009
            ),
        ])
    func forbidden(_: String, bytes: [UInt8], code: Int) async throws {
        try await withProxy([.ws]) { proxy in
            var browser = try await WebSocketClient(to: proxy.endpoint(.ws))
            try await browser.send(bytes)
            #expect(try await browser.closeCode() == code)
            #expect(await browser.isClosedByPeer())
            #expect(await proxy.end() == .protocolError)
        }
    }

    @Test("a close is answered with a close")
    func close() async throws {
        try await withProxy([.ws]) { proxy in
            var browser = try await WebSocketClient(to: proxy.endpoint(.ws))
            try await browser.send(WebSocketClient.frame(0x88, [3, 0xE8]))
            #expect(try await browser.closeCode() == 1000)
            #expect(await browser.isClosedByPeer())
        }
    }

    @Test("a flood of pings, or of empty messages, ends the connection", arguments: [0x89, 0x81])
    func flood(first: UInt8) async throws {
        try await withProxy([.ws]) {
            $0.streams.pingAllowance = 5
        } _: { proxy in
            var browser = try await WebSocketClient(to: proxy.endpoint(.ws))
            let frame = WebSocketClient.frame(first, [])
            try await browser.send((0..<50).flatMap { _ in frame })
            #expect(await browser.isClosedByPeer())
            #expect(await proxy.end() == .pingFlood)
        }
    }

    @Test("CR LF CR LF in a frame is answered CR LF in a frame")
    func keepAlive() async throws {
        try await withProxy([.ws]) { proxy in
            var browser = try await WebSocketClient(to: proxy.endpoint(.ws))
            try await browser.send("\r\n\r\n")
            #expect(try await browser.next().payload == [0x0D, 0x0A])
        }
    }
}
