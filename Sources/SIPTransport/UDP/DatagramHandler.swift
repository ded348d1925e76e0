import Glibc
import NIOCore
import SIPCore

/// The end of a datagram channel: hands what came to the sink.
///
/// NIO wakes and reads the first datagram; the rest of the burst is read here, without NIO's
/// buffers.
final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    /// So many datagrams at a time, and then the loop's timers and other sockets have their turn.
    private static let burst = 128

    private let sink: any DatagramSink
    private var socket: DatagramSocket?
    private var failure: (any Error)?
    private(set) var port: UDPPort?

    init(sink: any DatagramSink) { self.sink = sink }

    /// Called when the channel is bound.
    func channelActive(context: ChannelHandlerContext) {
        do {
            try activate(context.channel)
        } catch {
            failure = error
            context.close(promise: nil)
        }
        context.fireChannelActive()
    }

    private func activate(_ channel: any Channel) throws {
        guard let address = channel.localAddress, let local = Endpoint(.udp, address) else {
            throw ChannelError.unknownLocalAddress
        }
        let isWildcard = local.address.isWildcard
        if isWildcard {
            try channel.syncOptions?.setOption(.receivePacketInfo, value: true)
        }
        let descriptor = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { $0 }
        guard let descriptor else { throw ChannelError.operationUnsupported }
        let socket = DatagramSocket(
            descriptor: descriptor, reportsDestination: isWildcard, sink: sink)
        self.socket = socket
        port = UDPPort(eventLoop: channel.eventLoop, local: local, socket: socket)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let port else { return }
        let envelope = unwrapInboundIn(data)
        if let source = Endpoint(.udp, envelope.remoteAddress) {
            let destination = envelope.metadata?.packetInfo.flatMap {
                Endpoint(.udp, $0.destinationAddress)?.address
            }
            deliver(Array(envelope.data.readableBytesView), source, destination, port)
        }
        readBurst(port)
    }

    private func readBurst(_ port: UDPPort) {
        for _ in 0..<Self.burst {
            switch socket?.receive() ?? .empty {
            case .datagram(let bytes, let source, let destination):
                deliver(bytes, source, destination, port)
            case .nothing: continue
            case .empty: return
            }
        }
    }

    private func deliver(
        _ bytes: [UInt8], _ source: Endpoint, _ destination: IPAddress?, _ port: UDPPort
    ) {
        var local = port.local
        if let destination { local.address = destination }
        sink.receive(bytes, from: source, at: local, on: port)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if let port { sink.burstEnded(on: port) }
        context.fireChannelReadComplete()
    }

    /// NIO passes on what it survives, ECONNREFUSED and ENOMEM, and what it closes the channel for.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? IOError, [ECONNREFUSED, ENOMEM].contains(error.errnoCode) {
            return
        }
        failure = error
    }

    func channelInactive(context: ChannelHandlerContext) {
        socket?.close()
        if let port { sink.closed(port, because: failure) }
        context.fireChannelInactive()
    }
}
