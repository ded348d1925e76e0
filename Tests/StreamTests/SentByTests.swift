import SIPCore
import SIPProxy
import SIPTransport
import Testing

@Suite("a sent-by that is a name (RFC 3263 5)") struct SentByTests {
    @Test("is where a response goes when its connection is gone and its source takes none")
    func name() async throws {
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        try await withProxy([.tcp]) { _ in
        } route: { _ in
            for await _ in gate { break }
            return .reply(.ok)
        } _: { proxy in
            // Where the name leads; at the same port of the source nobody listens.
            var listener = try await Wire.Listener()
            let caller = try await Wire(to: proxy.endpoint(.tcp), from: .v4(0x7F00_0005))
            try await caller.send(
                request(
                    "OPTIONS", "sip:voice.test", via: "TCP localhost:\(listener.endpoint.port)",
                    branch: "1"))
            await caller.close()
            #expect(await proxy.end() == .closedByPeer)
            opener.yield()
            var connection = try await listener.next()
            #expect(try await connection.message().hasPrefix("SIP/2.0 200 "))
        }
    }
}
