import Glibc
import SIPCore
import SIPProxy
import SIPTransport
import Testing

@Suite("DSCP") struct DSCPTests {
    @Test(
        "has its classes' names and numbers",
        arguments: [
            ("cs0", 0), ("CS3", 24), ("cs7", 56), ("af11", 10), ("af31", 26), ("AF43", 38),
            ("ef", 46), ("EF", 46), ("0", 0), ("63", 63),
        ])
    func names(name: String, value: UInt8) { #expect(DSCP(name)?.value == value) }

    @Test(
        "has no other", arguments: ["", "cs", "cs8", "af14", "af51", "af1", "ef1", "64", "-1", "x"])
    func others(name: String) { #expect(DSCP(name) == nil) }

    @Test("stands on every socket, of both families and of both directions")
    func sockets() async throws {
        for address in [IPAddress.loopback, .loopback6] {
            try await withProxy([.udp, .tcp], on: address) {
                $0.dscp = DSCP("cs3")
            } _: { proxy in
                let (udp, tcp) = (try proxy.endpoint(.udp), try proxy.endpoint(.tcp))
                var client = try await Wire(to: tcp)
                try await client.send(
                    request("OPTIONS", "sip:voice.test", via: "TCP a.test", branch: "1"))
                _ = try await client.finalResponse()
                let classes = openSockets.filter { $0.port == udp.port || $0.port == tcp.port }
                    .map(\.trafficClass)
                // UDP on two loops, what is listened on, and the connection; the client's end has another port.
                #expect(classes == Array(repeating: 24 << 2, count: 4))

                var callee = try await Wire.Listener()
                guard address == .loopback else { return }
                try await client.send(
                    request(
                        "MESSAGE", "sip:bob@127.0.0.1:\(callee.endpoint.port);transport=tcp",
                        via: "TCP a.test", branch: "2"))
                var connection = try await callee.next()
                let message = try await connection.message()
                let peer = callee.endpoint.port
                #expect(
                    openSockets.filter { $0.peerPort == peer }.map(\.trafficClass) == [24 << 2])
                try await connection.send(response("200 OK", to: message))
                _ = try await client.finalResponse()
            }
        }
    }

    private struct OpenSocket {
        let port: UInt16
        let peerPort: UInt16?
        let trafficClass: Int32
    }

    /// The internet sockets of this process: the proxy's, and those of other tests.
    private var openSockets: [OpenSocket] {
        (0..<Int32(4_096)).compactMap { descriptor -> OpenSocket? in
            guard let (family, port) = name(descriptor, getsockname) else { return nil }
            let isV6 = family == AF_INET6
            var value: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            let level: Int32 = isV6 ? 41 : 0
            guard getsockopt(descriptor, level, isV6 ? 67 : 1, &value, &size) == 0 else {
                return nil
            }
            return OpenSocket(
                port: port, peerPort: name(descriptor, getpeername)?.port, trafficClass: value)
        }
    }

    private func name(
        _ descriptor: Int32,
        _ call: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> (family: Int32, port: UInt16)? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(descriptor, $0, &size) }
        }
        let family = Int32(storage.ss_family)
        guard result == 0, family == AF_INET || family == AF_INET6 else { return nil }
        // The port is at the same place in both.
        let port = withUnsafeBytes(of: storage) { $0.load(fromByteOffset: 2, as: UInt16.self) }
        return (family, UInt16(bigEndian: port))
    }
}
