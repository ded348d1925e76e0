import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import SIPCore

// How the channels of connections are made.
extension LoopConnections {
    /// Opens a connection for a message that waits for it.
    func clientBootstrap(for message: StreamMessage, on handle: StreamLoop) -> ClientBootstrap {
        var bootstrap = ClientBootstrap(group: handle.eventLoop)
            .connectTimeout(TimeAmount(settings.connectTime))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.writeBufferWaterMark, value: settings.waterMark)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try handle.connections.prepare(channel, for: message)
                }
            }
        if let (option, value) = settings.dscp?.option(for: message.destination.address) {
            bootstrap = bootstrap.channelOption(option, value: value)
        }
        if let local = message.local {
            bootstrap = bootstrap.bind(
                to: Endpoint(message.destination.transport, local, port: 0).socketAddress)
        }
        return bootstrap
    }

    private func prepare(_ channel: any Channel, for message: StreamMessage) throws {
        let source = message.destination.address
        guard table.admit(source) else { throw StreamRefusal.tooMany }
        channel.closeFuture.whenComplete { [table] _ in table.release(source) }
        let deadline = StreamClock.now + settings.connectTime + settings.handshakeTime
        guard let flow = reserve(channel, until: deadline) else { throw StreamRefusal.tooMany }
        if message.destination.transport.isSecure {
            try channel.pipeline.syncOperations.addHandler(try tlsClient(for: message.name))
        }
        let connection = StreamConnection(
            flow, message.destination, listener: message.listener, local: message.local,
            to: message.peer, on: self)
        attach(connection)
        try channel.pipeline.syncOperations.addHandler(connection)
    }

    private func tlsClient(for name: ByteSlice?) throws -> NIOSSLClientHandler {
        guard let tls else { throw TLSError.noCertificate }
        // RFC 6066 section 3: an address is no name for SNI.
        let host = name.flatMap { IPAddress($0) == nil ? String($0) : nil }
        return try NIOSSLClientHandler(context: tls.client, serverHostname: host)
    }

    /// A connection that somebody opened.
    ///
    /// - Parameters:
    ///   - bound: what the listener is bound to.
    ///   - balancers: who may open it, and says for whom; nil: it is from its client.
    /// - Throws: `StreamRefusal`; the channel is closed then.
    func accept(
        _ channel: any Channel, listener: Int, bound: Endpoint,
        _ balancers: StreamListener.Balancers?
    ) throws {
        guard let address = channel.remoteAddress,
            let remote = Endpoint(bound.transport, address)
        else { throw StreamRefusal.gone }
        guard let balancers else {
            try begin(channel, nil, from: remote, listener: listener, bound: bound)
            return
        }
        guard balancers(remote.address) else {
            sink?.refused(remote, because: .badProxyHeader)
            throw StreamRefusal.notTrusted
        }
        // The header is waited for as long as a handshake may take, and what comes after it has the rest of that time.
        guard let flow = reserve(channel, until: StreamClock.now + settings.handshakeTime) else {
            sink?.refused(remote, because: .tooMany)
            throw StreamRefusal.tooMany
        }
        try channel.pipeline.syncOperations.addHandler(
            ProxyHeaderHandler { [self] header in
                let client = header.source.map {
                    Endpoint(bound.transport, $0.address, port: $0.port)
                }
                try begin(
                    channel, flow, from: client ?? remote, listener: listener, bound: bound)
            } refuse: { [self] in
                sink?.refused(remote, because: .badProxyHeader)
            })
    }

    /// - Parameters:
    ///   - reserved: the connection's place, when it has one.
    ///   - remote: whose connection it is.
    private func begin(
        _ channel: any Channel, _ reserved: Flow?, from remote: Endpoint, listener: Int,
        bound: Endpoint
    ) throws {
        guard let handle else { throw StreamRefusal.gone }
        guard table.admit(remote.address) else {
            sink?.refused(remote, because: .tooMany)
            throw StreamRefusal.tooMany
        }
        channel.closeFuture.whenComplete { [table] _ in table.release(remote.address) }
        guard
            let flow = reserved
                ?? reserve(channel, until: StreamClock.now + settings.handshakeTime)
        else {
            sink?.refused(remote, because: .tooMany)
            throw StreamRefusal.tooMany
        }
        let local =
            bound.address.isWildcard
            ? channel.localAddress.flatMap { Endpoint(bound.transport, $0)?.address } : nil
        if bound.transport.isSecure { try addTLSServer(to: channel) }
        @Sendable func addConnection(_ channel: any Channel) throws {
            let connections = handle.connections
            let connection = StreamConnection(
                flow, remote, listener: listener, local: local, to: nil, on: connections)
            connections.attach(connection)
            try channel.pipeline.syncOperations.addHandler(connection)
        }
        if bound.transport.isWebSocket {
            try WebSocketUpgrade.configure(channel, settings, upgraded: addConnection)
        } else {
            try addConnection(channel)
        }
    }

    /// Waits for the name that the client asks for, and has TLS begin with the certificate for it.
    private func addTLSServer(to channel: any Channel) throws {
        guard let tls else { throw TLSError.noCertificate }
        let name = "server name"
        let handler = SNIHandler { result in
            let host: String? =
                if case .hostname(let host) = result { host } else { nil }
            return channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                let sni = try pipeline.handler(type: ByteToMessageHandler<SNIHandler>.self)
                try pipeline.addHandler(
                    NIOSSLServerHandler(context: tls.server(for: host)), position: .after(sni))
            }
        }
        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(handler), name: name)
    }
}

extension StreamSettings {
    /// Above it a peer does not read.
    var waterMark: ChannelOptions.Types.WriteBufferWaterMark {
        .init(low: writeQueue / 2, high: writeQueue)
    }
}

/// Why a channel does not become a connection.
enum StreamRefusal: Error {
    case tooMany
    /// It comes from somebody else than a load balancer.
    case notTrusted
    /// It was closed before it could be looked at.
    case gone
}
