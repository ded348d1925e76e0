import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The handshake of a WebSocket client (RFC 6455 section 4, RFC 7118 section 4).
enum WebSocketUpgrade {
    /// Prepares a channel for it.
    ///
    /// - Parameter upgraded: adds what takes whole messages.
    static func configure(
        _ channel: any Channel, _ settings: StreamSettings,
        upgraded: @escaping @Sendable (any Channel) throws -> Void
    ) throws {
        let refusal = PlainHTTPRefusal()
        let name = "plain HTTP"
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: settings.maximumMessage, automaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(
                    offersSIP(head) ? ["Sec-WebSocket-Protocol": "sip"] : nil)
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    pipeline.removeHandler(name: name, promise: nil)
                    try pipeline.addHandler(WebSocketHandler(settings))
                    try upgraded(channel)
                }
            })
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
        try channel.pipeline.syncOperations.addHandler(refusal, name: name)
    }

    /// RFC 7118 4.1: 'the client MUST include the value "sip" in the Sec-WebSocket-Protocol header'.
    private static func offersSIP(_ head: HTTPRequestHead) -> Bool {
        head.headers[canonicalForm: "Sec-WebSocket-Protocol"].contains { $0.lowercased() == "sip" }
    }
}

/// Answers what is HTTP and no WebSocket for SIP, and closes.
private final class PlainHTTPRefusal: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        // RFC 9110 15.5.22
        let head = HTTPResponseHead(
            version: .http1_1, status: .upgradeRequired,
            headers: [
                "Upgrade": "websocket", "Connection": "Upgrade, close",
                "Sec-WebSocket-Protocol": "sip", "Content-Length": "0",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What asked for a WebSocket that there is not comes as a plain request after this.
        if !(error is NIOWebSocketUpgradeError) { context.close(promise: nil) }
    }
}
