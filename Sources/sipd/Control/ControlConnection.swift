import Foundation
import NIOCore

/// One connection to the control socket: takes a request a line, one at a time, and answers each before the next.
final class ControlConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let desk: ControlDesk
    private let patience: TimeAmount
    private var waiting: [ByteBuffer] = []
    private var work: Task<Void, Never>?
    private var inputEnded = false
    private var deadline: Scheduled<Void>?

    /// So many requests may wait for the one under way.
    private static let queueLimit = 16

    /// - Parameter patience: how long a request may take to arrive, and a line of the answer to be taken.
    init(_ desk: ControlDesk, patience: TimeAmount) {
        self.desk = desk
        self.patience = patience
    }

    func channelActive(context: ChannelHandlerContext) {
        awaitRequest(context.channel)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        work?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        waiting.append(unwrapInboundIn(data))
        guard waiting.count <= Self.queueLimit else {
            refuse("more than \(Self.queueLimit) requests wait", context.channel)
            return
        }
        if work == nil { next(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A script may end its side when it has said what it wants: the answer still goes out.
        if case .inputClosed? = event as? ChannelEvent {
            inputEnded = true
            if work == nil { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is ByteToMessageDecoderError.PayloadTooLargeError else {
            context.close(promise: nil)
            return
        }
        refuse("a request is at most \(LineDecoder.longest) bytes", context.channel)
    }

    private func next(_ context: ChannelHandlerContext) {
        guard !waiting.isEmpty else {
            if inputEnded {
                context.close(promise: nil)
            } else {
                awaitRequest(context.channel)
            }
            return
        }
        deadline?.cancel()
        let line = waiting.removeFirst()
        let writer = ControlWriter(channel: context.channel, patience: patience)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        work = Task { [desk] in
            do {
                try await desk.answer(line, writer)
                bound.eventLoop.execute {
                    let (connection, context) = bound.value
                    connection.work = nil
                    if context.channel.isActive { connection.next(context) }
                }
            } catch {
                // The other side is gone, or takes nothing.
                try? await writer.channel.close()
            }
        }
    }

    private func awaitRequest(_ channel: any Channel) {
        deadline?.cancel()
        deadline = channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
    }

    private func refuse(_ message: String, _ channel: any Channel) {
        let writer = ControlWriter(channel: channel, patience: patience)
        work?.cancel()
        waiting = []
        writer.sendAndClose(ControlReply(Failure(.data, message)))
    }
}

/// The way of replies to a connection.
struct ControlWriter: Sendable {
    let channel: any Channel
    let patience: TimeAmount

    /// Returns when the line has left; who does not take it in time loses the connection.
    ///
    /// - Throws: `ChannelError`, when the connection has ended.
    func send(_ reply: ControlReply) async throws {
        let stall = channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        defer { stall.cancel() }
        try await channel.writeAndFlush(Self.line(reply))
    }

    /// Writes one line and ends the connection.
    func sendAndClose(_ reply: ControlReply) {
        let channel = channel
        let stall = channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        guard let line = try? Self.line(reply) else { return channel.close(promise: nil) }
        channel.writeAndFlush(line).whenComplete { _ in
            stall.cancel()
            channel.close(promise: nil)
        }
    }

    private static func line(_ reply: ControlReply) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var line = ByteBuffer(bytes: try encoder.encode(reply))
        line.writeInteger(UInt8(0x0A))
        return line
    }
}

extension ControlDesk {
    /// Reads a request and answers it.
    ///
    /// - Throws: `CancellationError` and what sending throws.
    fileprivate func answer(_ line: ByteBuffer, _ writer: ControlWriter) async throws {
        guard
            let request = try? JSONDecoder().decode(
                ControlRequest.self, from: Data(line.readableBytesView))
        else {
            try await writer.send(
                ControlReply(Failure(.data, "expected a request as one line of JSON")))
            return
        }
        try await perform(request) { try await writer.send($0) }
    }
}
