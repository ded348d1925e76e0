import Glibc
import NIOCore
import SIPCore
import SIPProxy
import SIPTransport
import TestPrograms
import Testing

@Suite("connections to others") struct ConnectTests {
    private func message(_ number: Int, to target: Endpoint, body: Int = 0) -> String {
        request(
            "MESSAGE",
            "sip:bob@127.0.0.1:\(target.port);transport=\(target.transport == .tls ? "tls" : "tcp")",
            via: "TCP a.test", branch: "m\(number)", callID: "m\(number)",
            body: String(repeating: "x", count: body))
    }

    @Test("that do not come about in time are an error of the transport")
    func connectDeadline() async throws {
        let deaf = try FullListener()
        try await withProxy {
            $0.streams.connectTime = .milliseconds(200)
        } _: { proxy in
            var caller = try await Wire(to: proxy.endpoint(.tcp))
            try await caller.send(message(1, to: Endpoint(.tcp, .loopback, port: deaf.port)))
            #expect(try await caller.finalResponse().hasPrefix("SIP/2.0 500 "))
        }
    }

    @Test("whose handshake does not end in time are an error of the transport")
    func handshakeDeadline() async throws {
        let certificates = try Certificates()
        var tls = TLSSettings()
        tls.identities = [try certificates.make("DNS:voice.test")]
        try await withProxy([.tcp, .tls]) {
            $0.tls = tls
            $0.streams.connectTime = .milliseconds(200)
            $0.streams.handshakeTime = .milliseconds(200)
        } _: { proxy in
            // It takes the connection, and says nothing.
            var silent = try await Wire.Listener(.tls)
            var caller = try await Wire(to: proxy.endpoint(.tcp))
            try await caller.send(message(1, to: silent.endpoint))
            var connection = try await silent.next()
            #expect(try await caller.finalResponse().hasPrefix("SIP/2.0 500 "))
            #expect(await connection.isClosedByPeer())
        }
    }

    @Test("are opened once for a destination, whichever loops want one")
    func oneForAll() async throws {
        try await withProxy {
            $0.eventLoops = 4
        } _: { proxy in
            var callee = try await Wire.Listener()
            // They are spread over the loops.
            var callers: [Wire] = []
            for _ in 0..<16 { callers.append(try await Wire(to: proxy.endpoint(.tcp))) }
            for (number, caller) in callers.enumerated() {
                caller.post(Array(message(number, to: callee.endpoint).utf8))
            }
            var connection = try await callee.next()
            var arrived: Set<String> = []
            for _ in callers {
                let copy = try await connection.message()
                arrived.formUnion(values("Call-ID", in: copy))
                try await connection.send(response("200 OK", to: copy))
            }
            #expect(arrived.count == callers.count)
            for index in callers.indices {
                #expect(try await callers[index].finalResponse().hasPrefix("SIP/2.0 200 "))
            }
        }
    }

    @Test("to one that does not read: what waited for it is reported, not only what came last")
    func shed() async throws {
        try await withProxy {
            $0.eventLoops = 1
            $0.streams.writeQueue = 262_144
        } _: { proxy in
            var callee = try await Wire.Listener()
            var caller = try await Wire(to: proxy.endpoint(.tcp))
            try await caller.send(message(0, to: callee.endpoint))
            let connection = try await callee.next()
            try await connection.stopReading()
            var refused: Set<String> = []
            var last = 0
            // The sockets' buffers are some megabytes.
            while refused.isEmpty, last < 2_000 {
                last += 1
                try await caller.send(message(last, to: callee.endpoint, body: 30_000))
                refused = try await refusals(of: &caller, marker: last)
            }
            refused.formUnion(try await refusals(of: &caller, marker: 10_000))
            // The last of them found no room; those before it had been taken.
            let numbers = refused.compactMap { Int($0.dropFirst()) }.sorted()
            #expect(numbers.count > 5)
            #expect(numbers.last.map { $0 - numbers[0] } == numbers.count - 1)
            #expect(await proxy.end() == .notReading)
        }
    }

    /// The Call-IDs of what is answered 500 until an OPTIONS is answered.
    private func refusals(of caller: inout Wire, marker: Int) async throws -> Set<String> {
        let own = "o\(marker)"
        try await caller.send(
            request("OPTIONS", "sip:voice.test", via: "TCP a.test", branch: own, callID: own))
        var refused: Set<String> = []
        while true {
            let answer = try await caller.finalResponse()
            let callIDs = values("Call-ID", in: answer)
            if callIDs == [own] { return refused }
            if answer.hasPrefix("SIP/2.0 500 ") { refused.formUnion(callIDs) }
        }
    }

    @Test(
        "carry what is longer than 1,300 bytes, an ACK too; where nobody takes them UDP does",
        .onOwnThread, arguments: ["ACK", "MESSAGE"], [true, false])
    func largeOverUDP(method: String, isRefused: Bool) async throws {
        try await withProxy([.udp, .tcp]) { proxy in
            var listener = try await Wire.Listener()
            let datagrams = try UDPClient(to: nil, from: listener.endpoint.port)
            if isRefused { await listener.close() }
            let caller = try await Wire(to: proxy.endpoint(.tcp))
            try await caller.send(
                request(
                    method, "sip:bob@127.0.0.1:\(datagrams.port)", via: "TCP a.test", branch: "1",
                    body: String(repeating: "x", count: 1_400)))
            let arrived: String
            if isRefused {
                arrived = try datagrams.receive(within: 30).orThrow("no datagram")
            } else {
                var connection = try await listener.next()
                arrived = try await connection.message()
            }
            #expect(arrived.hasPrefix("\(method) sip:bob@"))
            let via = values("Via", in: arrived).first ?? ""
            #expect(via.hasPrefix(isRefused ? "SIP/2.0/UDP " : "SIP/2.0/TCP "))
            // RFC 5923 5
            #expect(via.contains(";alias") == !isRefused)
        }
    }

    @Test("several listeners of each kind take them")
    func severalListeners() async throws {
        let certificates = try Certificates()
        var tls = TLSSettings()
        tls.identities = [try certificates.make("DNS:voice.test")]
        let transports: [Transport] = [.tcp, .tcp, .tls, .tls, .ws, .ws, .wss, .wss]
        try await withProxy(transports) {
            $0.tls = tls
        } _: { proxy in
            #expect(proxy.proxy.addresses.map(\.transport) == transports)
            #expect(Set(proxy.proxy.addresses.map(\.port)).count == transports.count)
            for endpoint in proxy.proxy.addresses {
                let context = endpoint.transport.isSecure ? try certificates.client() : nil
                let name = endpoint.transport.isSecure ? "voice.test" : nil
                let isWebSocket = endpoint.transport == .ws || endpoint.transport == .wss
                var phone: any Talker =
                    isWebSocket
                    ? try await WebSocketClient(to: endpoint, tls: context, name: name)
                    : try await Wire(to: endpoint, tls: context, name: name)
                try await phone.send(
                    request(
                        "OPTIONS", "sip:voice.test",
                        via: "\(endpoint.transport) a.test".uppercased(),
                        branch: "\(endpoint.port)"))
                #expect(try await phone.finalResponse().hasPrefix("SIP/2.0 200 "))
            }
        }
    }
}

@Suite("whom a certificate is for") struct PeerCertificateTests {
    @Test(
        "is said by its alternative names in full: no wildcard, no Common Name (RFC 5922 7)",
        arguments: [
            ("DNS:sip.voice.test", true), ("DNS:SIP.VOICE.TEST", true),
            ("URI:sip:sip.voice.test", true), ("DNS:*.voice.test", false),
            ("DNS:voice.test", false), ("URI:sip:a@sip.voice.test", false),
            ("URI:sips:sip.voice.test", false), ("email:sip.voice.test@a.test", false),
        ])
    func names(alternatives: String, isRight: Bool) throws {
        let certificates = try Certificates()
        let identity = try certificates.make(alternatives, commonName: "sip.voice.test")
        let certificate = try #require(try PeerCertificate(file: identity.chain))
        #expect(certificate.isFor("sip.voice.test", at: .loopback) == isRight)
    }
}

/// Somebody who listens and takes no connection: the queue of those that wait is full, and the system answers no more.
private final class FullListener {
    let port: UInt16
    private let descriptor: Int32
    private var waiting: [TCPSocket] = []

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 0) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard listening else { throw ChildProcess.Trouble(description: "no listener") }
        // One more than the queue of none holds.
        waiting.append(try TCPSocket(to: port))
    }

    deinit { close(descriptor) }
}
