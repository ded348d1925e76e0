import Glibc
public import NIOCore
import NIOPosix
public import SIPCore

/// A UDP address that is listened on, with one socket on each event loop of a group.
///
/// The sockets share the address (SO_REUSEPORT): the kernel gives all datagrams of a source address
/// and port to the same one, so a flow stays in order and on its loop.
public struct UDPListener: Sendable {
    /// What is listened on, with the port that the system chose where 0 was asked for.
    public let local: Endpoint
    /// One for each loop, in the order of the group.
    public let ports: [UDPPort]
    private let channels: [any Channel]

    /// What can be set of the sockets.
    public struct Settings: Hashable, Sendable {
        /// Bytes that wait to be read, in the kernel's accounting (SO_RCVBUF); the kernel cuts it
        /// at `net.core.rmem_max`. Nil leaves the system's default.
        public var receiveBuffer: Int?
        /// Bytes that wait to be sent (SO_SNDBUF), cut at `net.core.wmem_max`. Nil leaves the
        /// system's default.
        public var sendBuffer: Int?

        /// How datagrams ask to be treated on the way; nil: as the system has it.
        public var dscp: DSCP?

        public init(receiveBuffer: Int? = 4 << 20, sendBuffer: Int? = 1 << 20) {
            self.receiveBuffer = receiveBuffer
            self.sendBuffer = sendBuffer
        }
    }

    /// Listens on an address.
    ///
    /// - Parameters:
    ///   - endpoint: transport UDP; port 0 lets the system choose one. An IPv6 wildcard takes IPv6
    ///     alone.
    ///   - group: gets one socket on each of its loops.
    ///   - sink: called once on each loop, for what takes that loop's datagrams.
    /// - Throws: ``ListenError``, and then nothing listens.
    public static func bind(
        to endpoint: Endpoint, on group: any EventLoopGroup, settings: Settings = Settings(),
        sink: @escaping @Sendable (any EventLoop) -> any DatagramSink
    ) async throws(ListenError) -> UDPListener {
        guard endpoint.transport == .udp else {
            throw ListenError(endpoint, .unsupportedTransport)
        }
        var binding = Binding(endpoint: endpoint, settings: settings, sink: sink)
        do {
            for loop in group.makeIterator() { try await binding.open(on: loop) }
        } catch {
            await closeAll(binding.channels)
            throw ListenError(endpoint, error)
        }
        return UDPListener(
            local: binding.endpoint, ports: binding.ports, channels: binding.channels)
    }

    /// Stops listening: when it returns, no datagram comes any more, and none leaves.
    public func close() async { await Self.closeAll(channels) }

    private static func closeAll(_ channels: [any Channel]) async {
        // A channel that is closed already says so with an error: nothing is left to do.
        for channel in channels { try? await channel.close() }
    }
}

/// The sockets of a listener, as they are opened one after another.
private struct Binding {
    var endpoint: Endpoint
    let settings: UDPListener.Settings
    let sink: @Sendable (any EventLoop) -> any DatagramSink
    var channels: [any Channel] = []
    var ports: [UDPPort] = []

    /// The first socket takes the address for itself alone, so that a second server on it is
    /// refused; only then is it opened to the others, which could not tell whose address they
    /// share.
    mutating func open(on loop: any EventLoop) async throws {
        let isFirst = channels.isEmpty
        let channel = try await bootstrap(loop, shared: !isFirst).bind(to: endpoint.socketAddress)
            .get()
        channels.append(channel)
        if isFirst { try await channel.setOption(Self.reusePort, value: 1).get() }
        let port = try await loop.submit {
            try channel.pipeline.syncOperations.handler(type: DatagramHandler.self).port
        }.get()
        guard let port else { throw ChannelError.ioOnClosedChannel }
        ports.append(port)
        endpoint = port.local
    }

    private func bootstrap(_ loop: any EventLoop, shared: Bool) -> DatagramBootstrap {
        var bootstrap = DatagramBootstrap(group: loop)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536)
            )
            .channelInitializer { [sink] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        DatagramHandler(sink: sink(channel.eventLoop)))
                }
            }
        if shared { bootstrap = bootstrap.channelOption(Self.reusePort, value: 1) }
        if case .v6 = endpoint.address {
            bootstrap = bootstrap.channelOption(
                ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
        }
        if let size = settings.receiveBuffer {
            bootstrap = bootstrap.channelOption(
                .socketOption(.so_rcvbuf), value: SocketOptionValue(size))
        }
        if let size = settings.sendBuffer {
            bootstrap = bootstrap.channelOption(
                .socketOption(.so_sndbuf), value: SocketOptionValue(size))
        }
        if let (option, value) = settings.dscp?.option(for: endpoint.address) {
            bootstrap = bootstrap.channelOption(option, value: value)
        }
        return bootstrap
    }

    private static let reusePort = ChannelOptions.Types.SocketOption(
        level: .socket, name: NIOBSDSocket.Option(rawValue: SO_REUSEPORT))
}
