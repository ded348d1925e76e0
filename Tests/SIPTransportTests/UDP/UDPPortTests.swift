import NIOCore
import NIOPosix
import SIPCore
import SIPTransport
import Testing

@Suite("a UDP port", .timeLimit(.minutes(1))) struct UDPPortTests {
    struct Hopeless: Sendable {
        let destination: Endpoint
        let size: Int
        let errno: Int32
    }

    @Test(
        "survives what can't be sent, and says why",
        arguments: [
            Hopeless(destination: Endpoint(.udp, .loopback, port: 0), size: 1, errno: EINVAL),
            Hopeless(
                destination: Endpoint(.udp, .loopback, port: 9), size: 65_508, errno: EMSGSIZE),
            Hopeless(
                destination: Endpoint(.udp, .v4(0xFFFF_FFFF), port: 9), size: 1, errno: EACCES),
            Hopeless(
                destination: Endpoint(.udp, .loopback6, port: 9), size: 1, errno: EAFNOSUPPORT),
        ])
    func hopeless(_ row: Hopeless) async throws {
        let server = try await Peer()
        let phone = try await Peer()
        let bytes = [UInt8](repeating: 1, count: row.size)
        #expect(try await server.send(bytes, to: row.destination)?.errno == row.errno)
        #expect(try await server.send([7], to: phone.local) == nil)
        #expect(try await phone.collector.datagram().bytes == [7])
        try await phone.send([8], to: server.local)
        #expect(try await server.collector.datagram().bytes == [8])
        await server.listener.close()
        await phone.listener.close()
    }

    @Test("survives a destination where nobody listens") func refused() async throws {
        let gone = try await Peer()
        let nobody = gone.local
        await gone.listener.close()
        let server = try await Peer()
        let phone = try await Peer()
        for _ in 0..<5 { try await server.send([1], to: nobody) }
        for _ in 0..<3 { try await phone.send([8], to: server.local) }
        #expect(await server.collector.datagrams(3).count == 3)
        await server.listener.close()
        await phone.listener.close()
    }

    @Test("sends what other threads post, in order") func post() async throws {
        let server = try await Peer()
        let phone = try await Peer()
        for number in 0..<200 { server.port.post([UInt8(number)], to: phone.local) }
        let numbers = await phone.collector.datagrams(200).map { Int($0.bytes[0]) }
        #expect(numbers == Array(0..<200))
        await server.listener.close()
        await phone.listener.close()
    }

    @Test("tells the sink what could not be posted") func postFailure() async throws {
        let server = try await Peer()
        let destination = Endpoint(.udp, .loopback, port: 0)
        server.port.post([1], to: destination)
        guard case .sendFailed(let failed, let error) = try await server.collector.event() else {
            Issue.record("not told")
            return
        }
        #expect(failed == destination)
        #expect(error == SendError(errno: EINVAL))
        await server.listener.close()
    }

    @Test("takes a full buffer for congestion, and not for an unreachable peer") func congestion() {
        #expect(SendError(errno: EAGAIN).isCongestion)
        #expect(SendError(errno: ENOBUFS).isCongestion)
        #expect(!SendError(errno: EHOSTUNREACH).isCongestion)
        #expect(SendError(errno: EMSGSIZE).isTooLong)
    }
}
