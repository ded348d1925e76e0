import NIOCore
import SIPCore
import SIPProxy
import SIPTransport
import Testing

@Suite("limits of connections") struct LimitTests {
    private func options(_ branch: String) -> String {
        request("OPTIONS", "sip:voice.test", via: "TCP a.test", branch: branch)
    }

    @Test("more than so many from one address are closed as they come", arguments: [true, false])
    func count(isPerSource: Bool) async throws {
        try await withProxy {
            if isPerSource {
                $0.streams.maximumConnectionsPerSource = 2
            } else {
                $0.streams.maximumConnections = 2
            }
        } _: { proxy in
            var first = try await Wire(to: proxy.endpoint(.tcp))
            var second = try await Wire(to: proxy.endpoint(.tcp))
            for _ in 1...2 {
                try await first.send(options("1"))
                _ = try await first.message()
                try await second.send(options("2"))
                _ = try await second.message()
            }
            var third = try await Wire(to: proxy.endpoint(.tcp))
            #expect(await third.isClosedByPeer())
            #expect(await proxy.end() == .tooMany)
            // Whoever goes makes room.
            await first.close()
            #expect(await proxy.end() == .closedByPeer)
            var fourth = try await Wire(to: proxy.endpoint(.tcp))
            try await fourth.send(options("4"))
            #expect(try await fourth.message().hasPrefix("SIP/2.0 200 "))
        }
    }

    @Test("a message that never ends, and a connection that never says anything, are closed")
    func slow() async throws {
        for text in ["", "OPTIONS sip:voice.test SIP/2.0\r\nVia:"] {
            try await withProxy {
                $0.streams.messageTime = .milliseconds(100)
            } _: { proxy in
                var phone = try await Wire(to: proxy.endpoint(.tcp))
                try await phone.send(text)
                #expect(await phone.isClosedByPeer())
                #expect(await proxy.end() == .slow)
            }
        }
    }

    @Test("a connection that is silent for too long is closed")
    func idle() async throws {
        try await withProxy {
            $0.streams.idleTime = .milliseconds(100)
        } _: { proxy in
            var phone = try await Wire(to: proxy.endpoint(.tcp))
            try await phone.send(options("1"))
            _ = try await phone.message()
            #expect(await phone.isClosedByPeer())
            #expect(await proxy.end() == .idle)
        }
    }

    @Test("a peer that does not read is closed, and another one is served meanwhile")
    func notReading() async throws {
        try await withProxy {
            $0.streams.writeQueue = 16_384
        } _: { proxy in
            let deaf = try await Wire(to: proxy.endpoint(.tcp))
            try await deaf.stopReading()
            var other = try await Wire(to: proxy.endpoint(.tcp))
            let burst = Array((0..<500).map { options("d\($0)") }.joined().utf8)
            // Answers fill the sockets' buffers, which are some megabytes, and then the queue.
            var writing = true
            for round in 0..<200 where writing {
                deaf.post(burst)
                try await other.send(options("o\(round)"))
                #expect(try await other.message().hasPrefix("SIP/2.0 200 "))
                writing = deaf.channel.isActive
            }
            #expect(await proxy.end() == .notReading)
        }
    }

    @Test("a flood of keep-alives is closed")
    func pings() async throws {
        try await withProxy {
            $0.streams.pingAllowance = 5
        } _: { proxy in
            var phone = try await Wire(to: proxy.endpoint(.tcp))
            try await phone.send(String(repeating: "\r\n\r\n", count: 50))
            #expect(await phone.isClosedByPeer())
            #expect(await proxy.end() == .pingFlood)
        }
    }
}
