import NIOCore
import SIPCore
import SIPProxy
import SIPTransport
import TestPrograms
import Testing

@Suite("other calls") struct TroubleTests {
    @Test("are as fast beside a slow reader, stalled handshakes and a dead DNS server")
    func latency() async throws {
        let certificates = try Certificates()
        var tls = TLSSettings()
        tls.identities = [try certificates.make("DNS:voice.test")]
        // It takes questions, and answers none.
        let dead = try UDPClient(to: nil)
        try await withProxy([.udp, .tcp, .tls]) {
            $0.tls = tls
            $0.dns.servers = ["127.0.0.1:\(dead.port)"]
        } _: { proxy in
            var calls = try await Calls(through: proxy)
            let before = try await calls.slowest(of: 300)

            let deaf = try await Wire(to: proxy.endpoint(.tcp))
            try await deaf.stopReading()
            var stalled: [Wire] = []
            for _ in 0..<50 {
                let wire = try await Wire(to: proxy.endpoint(.tls))
                // The beginning of a ClientHello.
                try await wire.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
                stalled.append(wire)
            }
            let lost = try await Wire(to: proxy.endpoint(.tcp))
            let burst = (0..<20).map {
                request("OPTIONS", "sip:voice.test", via: "TCP a.test", branch: "d\($0)")
            }.joined()
            let during = try await calls.slowest(of: 300) { number in
                deaf.post(Array(burst.utf8))
                guard number % 3 == 0 else { return }
                let call = request(
                    "MESSAGE", "sip:bob@dead\(number).test", via: "TCP a.test",
                    branch: "l\(number)", callID: "l\(number)")
                lost.post(Array(call.utf8))
            }
            #expect(stalled.allSatisfy { $0.channel.isActive })

            for wire in stalled + [deaf, lost] { await wire.close() }
            let after = try await calls.slowest(of: 300)
            // What the machine itself does meanwhile shows before and after too.
            let usual = max(before, after)
            #expect(during < usual + max(usual, .milliseconds(5)), "\(before) \(during) \(after)")
        }
    }
}

/// A caller and a callee that exchange one message after the other.
private struct Calls {
    private var caller: Wire
    private var callee: Wire
    private let target: Endpoint
    private var count = 0

    init(through proxy: TestProxy) async throws {
        var listener = try await Wire.Listener()
        target = listener.endpoint
        caller = try await Wire(to: proxy.endpoint(.tcp))
        try await caller.send(Self.message(0, to: target))
        callee = try await listener.next()
        try await answer()
    }

    /// The 99th percentile of the time from a request to its answer.
    ///
    /// - Parameter disturb: what is done before each.
    mutating func slowest(
        of number: Int, _ disturb: (Int) -> Void = { _ in }
    ) async throws -> Duration {
        var times: [Duration] = []
        for index in 0..<number {
            disturb(index)
            count += 1
            let start = ContinuousClock.now
            try await caller.send(Self.message(count, to: target))
            try await answer()
            times.append(start.duration(to: .now))
        }
        return times.sorted()[number * 99 / 100]
    }

    private mutating func answer() async throws {
        try await callee.send(response("200 OK", to: try await callee.message()))
        _ = try await caller.finalResponse()
    }

    private static func message(_ number: Int, to target: Endpoint) -> String {
        request(
            "MESSAGE", "sip:bob@127.0.0.1:\(target.port);transport=tcp", via: "TCP a.test",
            branch: "c\(number)", callID: "c\(number)")
    }
}
