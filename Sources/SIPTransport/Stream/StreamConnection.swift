package import NIOCore
import NIOSSL
import NIOTLS
package import SIPCore

/// A connection: the end of its channel's pipeline. It belongs to its event loop.
package final class StreamConnection {
    /// What names it among all connections.
    package let flow: Flow
    /// The other end.
    package let remote: Endpoint
    /// The index of the listener that accepted it; of one that was opened from here, the listener in
    /// whose name it was.
    package let listener: Int
    /// The machine's address that it came to, when the listener is bound to a wildcard.
    package let local: IPAddress?
    /// Whom it was opened to; nil for one that others opened.
    let peer: StreamPeer?
    /// Others that it leads to (RFC 5923).
    var aliases: [StreamPeer] = []

    private let loop: LoopConnections
    private let settings: StreamSettings
    private var intake: StreamIntake
    private var context: ChannelHandlerContext?
    private(set) var isOpen = false
    private var certificate: PeerCertificate?
    /// Whom the other end has proven to be, in small letters: one that connected, and was asked.
    package var provenNames: [ByteSlice] { peer == nil ? certificate?.identities ?? [] : [] }
    /// Why it is being closed.
    private var end: StreamEnd?
    /// Whether something was written that is not flushed.
    private var isDirty = false
    /// What was written and may not have left: somebody wants to hear of it when it does not.
    private var underWay: [StreamMessage] = []
    /// What is done when it ends, each under its own name.
    private var closing: [ByteSlice: @Sendable () async -> Void] = [:]

    init(
        _ flow: Flow, _ remote: Endpoint, listener: Int, local: IPAddress?, to peer: StreamPeer?,
        on loop: LoopConnections
    ) {
        self.flow = flow
        self.remote = remote
        self.listener = listener
        self.local = local
        self.peer = peer
        self.loop = loop
        settings = loop.settings
        intake = StreamIntake(
            remote.transport.framing, settings, mustSpeak: peer == nil, at: StreamClock.now)
    }

    // MARK: Sending

    /// Writes a message; it leaves with ``flush()``.
    ///
    /// - Returns: false when too much waits already: the connection is closed, for its peer does
    ///   not read.
    func write(_ message: StreamMessage) -> Bool {
        guard write(message.bytes) else { return false }
        if message.ticket != nil || message.otherwise != nil { underWay.append(message) }
        return true
    }

    private func write(_ bytes: [UInt8]) -> Bool {
        guard let context, end == nil else { return false }
        guard context.channel.isWritable else {
            close(.notReading)
            return false
        }
        var buffer = context.channel.allocator.buffer(capacity: bytes.count)
        buffer.writeBytes(bytes)
        context.write(NIOAny(buffer), promise: nil)
        if !isDirty {
            isDirty = true
            loop.isDirty(self)
        }
        return true
    }

    func flush() {
        isDirty = false
        context?.flush()
        forgetSent()
    }

    /// Lets go of what has left.
    private func forgetSent() {
        guard !underWay.isEmpty, hasSentAll else { return }
        underWay.removeAll(keepingCapacity: true)
    }

    /// Whether the system has taken everything that was written.
    private var hasSentAll: Bool {
        let options = context?.channel.syncOptions
        return (try? options?.getOption(.bufferedWritableBytes)) == 0
    }

    /// What did not leave before the end.
    func takeUndelivered() -> [StreamMessage] {
        defer { underWay = [] }
        return underWay
    }

    // MARK: Ending

    /// Closes the connection, for a reason that its end is reported with.
    func close(_ reason: StreamEnd) {
        guard end == nil else { return }
        end = reason
        if isDirty { flush() }
        context?.close(promise: nil)
    }

    /// Closes it when it is overdue.
    func look(at now: Instant) {
        forgetSent()
        if let reason = intake.overdue(at: now) { close(reason) }
    }

    /// Has something done when the connection ends, once for each name.
    func atEnd(_ name: ByteSlice, _ work: @escaping @Sendable () async -> Void) {
        closing[name] = work
    }

    /// What is to be done now that it has ended.
    func takeClosing() -> [@Sendable () async -> Void] {
        let work = Array(closing.values)
        closing = [:]
        return work
    }
}

extension StreamConnection: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // The upgrade to WebSocket puts it into a channel that is active already; so does a PROXY header. Of TLS the handshake is to come.
        if context.channel.isActive, remote.transport != .tls { open() }
    }

    package func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    package func channelActive(context: ChannelHandlerContext) {
        if remote.transport == .tcp { open() }
        context.fireChannelActive()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event { open() }
        context.fireUserInboundEventTriggered(event)
    }

    private func open() {
        guard !isOpen, end == nil, let context else { return }
        if remote.transport.isSecure {
            certificate = (try? context.pipeline.syncOperations.nioSSL_peerCertificate())
                .flatMap { $0 }.map { PeerCertificate($0) }
            guard peer == nil || certificate?.isFor(peer?.name, at: remote.address) == true else {
                close(.wrongCertificate)
                return
            }
        }
        isOpen = true
        loop.opened(self)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard end == nil else { return }
        let buffer = unwrapInboundIn(data)
        let now = StreamClock.now
        intake.append(buffer.readableBytesView, at: now)
        while end == nil, let event = intake.next(at: now) {
            switch event {
            case .message(let bytes): loop.sink?.receive(bytes, on: self)
            // RFC 5626 3.5.1: "The server responds with a single CRLF".
            case .ping: _ = write([0x0D, 0x0A])
            case .flood: close(.pingFlood)
            case .broken(let reason, let head):
                loop.sink?.broken(reason, head: head, on: self)
                close(.unframeable)
            }
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        loop.burstEnded()
        context.fireChannelReadComplete()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard isOpen else {
            close(.handshakeFailed)
            return
        }
        close(
            error is WebSocketViolation
                ? .protocolError : .closedByPeer)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        loop.ended(self, because: end ?? (isOpen ? .closedByPeer : .handshakeFailed))
        end = end ?? .closedByPeer
        context.fireChannelInactive()
    }
}

extension Transport {
    var isWebSocket: Bool { self == .ws || self == .wss }

    fileprivate var framing: StreamIntake.Framing { isWebSocket ? .messages : .stream }
}
