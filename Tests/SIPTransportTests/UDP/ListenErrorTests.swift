import NIOCore
import NIOPosix
import SIPCore
import SIPTransport
import Testing

@Suite("an address that can't be listened on", .timeLimit(.minutes(1))) struct ListenErrorTests {
    private func error(_ endpoint: Endpoint) async -> ListenError? {
        do {
            let listener = try await UDPListener.bind(
                to: endpoint, on: MultiThreadedEventLoopGroup.singleton,
                sink: { _ in Collector() })
            await listener.close()
            return nil
        } catch {
            return error
        }
    }

    @Test("is taken when another listener of ours is there, shared sockets or not")
    func taken() async throws {
        let server = try await Peer(on: MultiThreadedEventLoopGroup.singleton)
        for address in [IPAddress.loopback, .any] {
            let endpoint = Endpoint(.udp, address, port: server.local.port)
            #expect(await error(endpoint) == ListenError(endpoint, .taken))
        }
        await server.listener.close()
    }

    @Test("is none of the machine's") func noSuchAddress() async {
        // 192.0.2.0/24 is for documents.
        let endpoint = Endpoint(.udp, .v4(0xC000_0201), port: 5060)
        #expect(await error(endpoint) == ListenError(endpoint, .noSuchAddress))
    }

    @Test("is for a transport that a UDP listener does not have") func transport() async {
        let endpoint = Endpoint(.tcp, .loopback, port: 0)
        #expect(await error(endpoint) == ListenError(endpoint, .unsupportedTransport))
    }

    @Test("is said in a line that an operator understands") func description() {
        let endpoint = Endpoint(.udp, .any, port: 5060)
        #expect(
            "\(ListenError(endpoint, .taken))"
                == "port 5060 on 0.0.0.0 is taken: another program listens there")
        #expect("\(ListenError(endpoint, .notPermitted))".contains("not permitted"))
        #expect("\(ListenError(endpoint, .system(errno: EMFILE)))".contains("Too many open files"))
    }
}
