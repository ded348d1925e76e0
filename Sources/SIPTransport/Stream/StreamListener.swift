package import NIOCore
import NIOPosix
package import SIPCore

/// An address that is listened on for connections. They are spread over the loops of a transport,
/// each staying on its own.
package struct StreamListener: Sendable {
    /// What is listened on, with the port that the system chose where 0 was asked for.
    package let local: Endpoint
    private let channel: any Channel

    /// Whether an address is that of a load balancer.
    package typealias Balancers = @Sendable (IPAddress) -> Bool

    /// Connections that wait to be accepted.
    private static let backlog: Int32 = 4_096

    /// Listens on an address.
    ///
    /// - Parameters:
    ///   - endpoint: port 0 lets the system choose one. An IPv6 wildcard takes IPv6 alone.
    ///   - listener: the listener's index, which its connections carry.
    ///   - transport: has been started on all its loops.
    ///   - balancers: who begins each connection with a PROXY header, and nobody else connects; nil: connections come from their clients.
    /// - Throws: ``ListenError``, and then nothing listens.
    package static func bind(
        to endpoint: Endpoint, as listener: Int, _ transport: StreamTransport,
        on group: any EventLoopGroup, balancers: Balancers? = nil
    ) async throws(ListenError) -> StreamListener {
        guard endpoint.transport != .udp, !endpoint.transport.isSecure || transport.tls != nil
        else { throw ListenError(endpoint, .unsupportedTransport) }
        do {
            let channel = try await bootstrap(endpoint, listener, transport, group, balancers)
                .bind(to: endpoint.socketAddress).get()
            guard let address = channel.localAddress,
                let local = Endpoint(endpoint.transport, address)
            else { throw ChannelError.unknownLocalAddress }
            return StreamListener(local: local, channel: channel)
        } catch {
            throw ListenError(endpoint, error)
        }
    }

    /// Stops listening; connections go on.
    package func close() async { try? await channel.close() }

    private static func bootstrap(
        _ endpoint: Endpoint, _ listener: Int, _ transport: StreamTransport,
        _ group: any EventLoopGroup, _ balancers: Balancers?
    ) -> ServerBootstrap {
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            // A server that restarts finds connections of the one before in TIME-WAIT.
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: transport.settings.waterMark)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = transport.loop(of: channel.eventLoop) else {
                        throw StreamRefusal.gone
                    }
                    try loop.connections.accept(
                        channel, listener: listener, bound: endpoint, balancers)
                }
            }
        if case .v6 = endpoint.address {
            bootstrap = bootstrap.serverChannelOption(
                ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
        }
        if let (option, value) = transport.settings.dscp?.option(for: endpoint.address) {
            bootstrap = bootstrap.serverChannelOption(option, value: value)
                .childChannelOption(option, value: value)
        }
        return bootstrap
    }
}

extension StreamTransport {
    fileprivate func loop(of eventLoop: any EventLoop) -> StreamLoop? {
        loops.first { $0.eventLoop === eventLoop }
    }
}
