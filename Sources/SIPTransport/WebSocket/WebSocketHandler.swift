import NIOCore
import NIOWebSocket
import SIPCore

/// Between WebSocket frames and whole SIP messages (RFC 7118 section 5).
final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = WebSocketFrame

    private var assembly: WebSocketAssembly
    private var isClosing = false

    init(_ settings: StreamSettings) {
        assembly = WebSocketAssembly(
            limit: settings.maximumMessage, time: settings.messageTime)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        let frame = unwrapInboundIn(data)
        let event = assembly.receive(WebSocketAssembly.Frame(frame), at: StreamClock.now)
        switch event {
        case .message(let bytes):
            context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: bytes)))
        case .ping(let bytes):
            write(.pong, bytes, context)
            context.flush()
            // Nothing was said, and yet it counts.
            context.fireChannelRead(wrapInboundOut(ByteBuffer()))
        case .nothing:
            context.fireChannelRead(wrapInboundOut(ByteBuffer()))
        case .close:
            close(.normalClosure, context)
        case .failure(let code): fail(code, context)
        }
    }

    /// What the frame decoder refuses: it goes by the length that a frame declares.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? NIOWebSocketError else {
            context.fireErrorCaught(error)
            return
        }
        if isClosing { return }
        fail(error == .invalidFrameLength ? .messageTooLarge : .protocolError, context)
    }

    /// RFC 6455 7.1.7: "an endpoint SHOULD send a Close frame with an appropriate status code before
    /// proceeding to _Close the WebSocket Connection_".
    private func fail(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
        isClosing = true
        writeClose(code, context)
        context.fireErrorCaught(WebSocketViolation())
    }

    private func close(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
        isClosing = true
        writeClose(code, context)
        context.close(promise: nil)
    }

    private func writeClose(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
        let number = UInt16(webSocketErrorCode: code)
        write(
            .connectionClose,
            [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)], context)
        context.flush()
    }

    private func write(
        _ opcode: WebSocketOpcode, _ bytes: [UInt8], _ context: ChannelHandlerContext
    ) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, data: ByteBuffer(bytes: bytes))
        context.write(wrapOutboundOut(frame), promise: nil)
    }

    func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        let buffer = unwrapOutboundIn(data)
        let frame = WebSocketFrame(
            fin: true, opcode: buffer.isText ? .text : .binary, data: buffer)
        context.write(wrapOutboundOut(frame), promise: promise)
    }
}

/// The peer does what RFC 6455 forbids.
struct WebSocketViolation: Error {}

extension WebSocketAssembly.Frame {
    init(_ frame: WebSocketFrame) {
        opcode = frame.opcode
        isFinal = frame.fin
        isMasked = frame.maskKey != nil
        hasReservedBits = frame.rsv1 || frame.rsv2 || frame.rsv3
        payload = Array(frame.unmaskedData.readableBytesView)
    }
}

extension ByteBuffer {
    /// Whether it may go out as text, which has to be UTF-8 (RFC 6455 5.6).
    fileprivate var isText: Bool {
        let bytes = readableBytesView
        return bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
    }
}
