import NIOCore
import SIPAuth
import SIPCore
import SIPTransport

/// An address that is listened on, for datagrams or for connections.
enum BoundListener: Sendable {
    case datagrams(UDPListener)
    case connections(StreamListener)

    /// - Parameters:
    ///   - index: its place among the listeners.
    ///   - settings: those of the proxy.
    ///   - loops: take what comes.
    /// - Throws: `ListenError`.
    init(
        _ endpoint: Endpoint, _ index: Int, _ settings: ProxySettings, _ loops: [LoopIO],
        _ streams: StreamTransport, _ group: any EventLoopGroup
    ) async throws {
        guard endpoint.transport.isReliable else {
            var sockets = UDPListener.Settings()
            sockets.dscp = settings.dscp
            self = .datagrams(
                try await UDPListener.bind(to: endpoint, on: group, settings: sockets) { loop in
                    // Every loop of the group has its LoopIO; the first stands in for none.
                    let io = loops.first { $0.eventLoop === loop } ?? loops[0]
                    return io.sink(for: index)
                })
            return
        }
        var balancers: StreamListener.Balancers?
        if let networks = settings.balancers[index] {
            balancers = { address in
                networks.contains { $0.contains(address, port: $0.port ?? 0) }
            }
        }
        self = .connections(
            try await StreamListener.bind(
                to: endpoint, as: index, streams, on: group, balancers: balancers))
    }

    /// What is listened on, with the port that the system chose.
    var local: Endpoint {
        switch self {
        case .datagrams(let listener): listener.local
        case .connections(let listener): listener.local
        }
    }

    /// The socket of a loop, by the loop's number; nil for connections, which have their own.
    func port(of loop: Int) -> UDPPort? {
        if case .datagrams(let listener) = self { listener.ports[loop] } else { nil }
    }

    func close() async {
        switch self {
        case .datagrams(let listener): await listener.close()
        case .connections(let listener): await listener.close()
        }
    }
}
