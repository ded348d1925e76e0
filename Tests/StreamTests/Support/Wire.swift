import NIOCore
import NIOPosix
import NIOSSL
import SIPCore
import SIPTransport

/// A client's end of a connection: bytes in, bytes out, and nothing that helps the peer.
struct Wire {
    enum Trouble: Error, Equatable { case closed, timedOut }

    fileprivate enum Chunk: Sendable {
        case bytes([UInt8])
        case closed
        /// A wait that was begun as the given one is over.
        case timeout(Int)
    }

    let channel: any Channel
    private var chunks: AsyncStream<Chunk>.Iterator
    private let timeouts: AsyncStream<Chunk>.Continuation
    private var waits = 0
    private var isClosed = false
    /// What came and was not taken yet.
    private(set) var buffer: [UInt8] = []

    /// Connects to a port.
    ///
    /// - Parameters:
    ///   - local: the address that it comes from; nil: as the system likes.
    ///   - preface: what is sent first, before TLS.
    ///   - tls: what TLS is spoken with; nil: none.
    ///   - name: the host that TLS asks for.
    init(
        to endpoint: Endpoint, from local: IPAddress? = nil, after preface: String = "",
        tls: NIOSSLContext? = nil, name: String? = nil
    ) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Chunk.self)
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let local {
            bootstrap = bootstrap.bind(to: Endpoint(.tcp, local, port: 0).socketAddress)
        }
        channel =
            try await bootstrap
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if !preface.isEmpty {
                        try channel.pipeline.syncOperations.addHandler(Preface(preface))
                    }
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
            .connect(to: endpoint.socketAddress).get()
        chunks = stream.makeAsyncIterator()
        timeouts = continuation
    }

    /// Takes a connection that somebody else opened.
    fileprivate init(
        _ channel: any Channel, _ stream: AsyncStream<Chunk>,
        _ continuation: AsyncStream<Chunk>.Continuation
    ) {
        self.channel = channel
        chunks = stream.makeAsyncIterator()
        timeouts = continuation
    }

    /// Our own end.
    var local: Endpoint? { channel.localAddress.flatMap { Endpoint(.tcp, $0) } }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Sends without waiting until it has left.
    func post(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    func close() async { try? await channel.close() }

    /// Takes nothing that comes any more.
    func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

    /// Waits for more bytes.
    mutating func more(within seconds: Int64 = 60) async throws(Trouble) {
        guard !isClosed else { throw .closed }
        waits += 1
        let wait = waits
        let timeout = channel.eventLoop.scheduleTask(in: .seconds(seconds)) { [timeouts] in
            _ = timeouts.yield(.timeout(wait))
        }
        defer { timeout.cancel() }
        while let chunk = await chunks.next(isolation: #isolation) {
            switch chunk {
            case .bytes(let bytes):
                buffer += bytes
                return
            case .closed:
                isClosed = true
                throw .closed
            case .timeout(wait): throw .timedOut
            case .timeout: continue
            }
        }
        throw .closed
    }

    /// The next so many bytes.
    mutating func take(_ count: Int) async throws(Trouble) -> [UInt8] {
        while buffer.count < count { try await more() }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    /// The next SIP message, cut as RFC 3261 18.3 says.
    mutating func message() async throws -> String {
        while true {
            if let end = headEnd {
                let head = String(decoding: buffer[..<end], as: UTF8.self)
                let length = values("Content-Length", in: head).first.flatMap { Int($0) } ?? 0
                if buffer.count >= end + length {
                    defer { buffer.removeFirst(end + length) }
                    return String(decoding: buffer[..<(end + length)], as: UTF8.self)
                }
            }
            try await more()
        }
    }

    /// Waits until the other side closes; false when it does not in time.
    mutating func isClosedByPeer(within seconds: Int64 = 60) async -> Bool {
        while true {
            do throws(Trouble) {
                try await more(within: seconds)
            } catch {
                return error == .closed
            }
        }
    }

    private var headEnd: Int? {
        buffer.indices.dropLast(3).first { Array(buffer[$0..<$0 + 4]) == [13, 10, 13, 10] }.map {
            $0 + 4
        }
    }

    /// Sends a text as soon as there is a connection.
    private final class Preface: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let text: String

        init(_ text: String) { self.text = text }

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
            context.fireChannelActive()
        }
    }

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        private let chunks: AsyncStream<Chunk>.Continuation

        init(_ chunks: AsyncStream<Chunk>.Continuation) { self.chunks = chunks }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            chunks.yield(.bytes(Array(unwrapInboundIn(data).readableBytesView)))
        }

        func channelInactive(context: ChannelHandlerContext) {
            chunks.yield(.closed)
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    /// Somebody who listens, and takes connections one after the other.
    struct Listener {
        private let channel: any Channel
        private var accepted: AsyncStream<Accepted>.Iterator
        let endpoint: Endpoint

        fileprivate struct Accepted: Sendable {
            let channel: any Channel
            let stream: AsyncStream<Chunk>
            let continuation: AsyncStream<Chunk>.Continuation
        }

        /// Listens on a free port of 127.0.0.1.
        ///
        /// - Parameter tls: what TLS is spoken with; nil: none.
        init(_ transport: Transport = .tcp, tls: NIOSSLContext? = nil) async throws {
            let (stream, continuation) = AsyncStream.makeStream(of: Accepted.self)
            channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let (chunks, sink) = AsyncStream.makeStream(of: Chunk.self)
                        if let tls {
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLServerHandler(context: tls))
                        }
                        try channel.pipeline.syncOperations.addHandler(Collector(sink))
                        continuation.yield(
                            Accepted(channel: channel, stream: chunks, continuation: sink))
                    }
                }
                .bind(to: Endpoint(.tcp, .loopback, port: 0).socketAddress).get()
            accepted = stream.makeAsyncIterator()
            endpoint = Endpoint(transport, .loopback, port: UInt16(channel.localAddress?.port ?? 0))
        }

        mutating func next() async throws -> Wire {
            guard let next = await accepted.next(isolation: #isolation) else {
                throw Trouble.closed
            }
            return Wire(next.channel, next.stream, next.continuation)
        }

        func close() async { try? await channel.close() }
    }
}

extension IPAddress {
    static let loopback = IPAddress.v4(0x7F00_0001)
    static let loopback6 = IPAddress.v6(high: 0, low: 1)
}
