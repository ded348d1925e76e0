import NIOCore

/// The first handler of a connection that comes through a load balancer: takes the PROXY header off it, and goes.
final class ProxyHeaderHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let begin: (ProxyHeader) throws -> Void
    private let refuse: () -> Void
    private var bytes: [UInt8] = []
    private var isDone = false

    /// - Parameters:
    ///   - begin: puts what comes after the header into the pipeline, behind this handler.
    ///   - refuse: told of a header that is none; the connection is closed then.
    init(begin: @escaping (ProxyHeader) throws -> Void, refuse: @escaping () -> Void) {
        self.begin = begin
        self.refuse = refuse
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        bytes += unwrapInboundIn(data).readableBytesView
        switch ProxyHeader.read(bytes) {
        case .incomplete: return
        case .malformed:
            isDone = true
            refuse()
            context.close(promise: nil)
        case .whole(let header):
            isDone = true
            do {
                try begin(header)
            } catch {
                context.close(promise: nil)
                return
            }
            if bytes.count > header.length {
                context.fireChannelRead(
                    wrapInboundOut(ByteBuffer(bytes: bytes[header.length...])))
                context.fireChannelReadComplete()
            }
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
    }
}
