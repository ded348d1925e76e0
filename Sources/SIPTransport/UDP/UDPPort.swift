public import NIOCore
public import SIPCore
import Synchronization

/// One event loop's socket on an address that is listened on: datagrams leave through it.
public final class UDPPort: Sendable {
    /// The loop that the socket belongs to.
    public let eventLoop: any EventLoop
    /// The address and port that are listened on; the address may be a wildcard.
    public let local: Endpoint

    private let socket: NIOLoopBound<DatagramSocket>
    private let posted = Mutex<[Posted]>([])

    private struct Posted {
        let bytes: [UInt8]
        let destination: Endpoint
        let source: IPAddress?
    }

    init(eventLoop: any EventLoop, local: Endpoint, socket: DatagramSocket) {
        self.eventLoop = eventLoop
        self.local = local
        self.socket = NIOLoopBound(socket, eventLoop: eventLoop)
    }

    /// Sends a datagram at once. To be called on ``eventLoop``.
    ///
    /// - Parameters:
    ///   - destination: an address of the family that is listened on, and a port above 0.
    ///   - source: which of the machine's addresses it shall come from, when the port listens on a
    ///     wildcard: a response "MUST be sent from the same address and port that the corresponding
    ///     request was received on" (RFC 3581 4).
    /// - Returns: nil when the system took it, which says nothing of its arrival.
    @discardableResult
    public func send(
        _ bytes: [UInt8], to destination: Endpoint, from source: IPAddress? = nil
    ) -> SendError? {
        let source = local.address.isWildcard && source?.isWildcard == false ? source : nil
        return socket.value.send(bytes, to: destination, from: source)
    }

    /// Sends a datagram from whatever thread; an error goes to the loop's ``DatagramSink``.
    ///
    /// Datagrams that are posted before the loop turns to them share its wake-up.
    public func post(_ bytes: [UInt8], to destination: Endpoint, from source: IPAddress? = nil) {
        if eventLoop.inEventLoop {
            let error = send(bytes, to: destination, from: source)
            if let error { socket.value.sink?.sendFailed(to: destination, error, on: self) }
            return
        }
        let isFirst = posted.withLock { posted in
            posted.append(Posted(bytes: bytes, destination: destination, source: source))
            return posted.count == 1
        }
        if isFirst { eventLoop.execute { self.sendPosted() } }
    }

    private func sendPosted() {
        let posted = posted.withLock { posted in
            let all = posted
            posted = []
            return all
        }
        for datagram in posted {
            post(datagram.bytes, to: datagram.destination, from: datagram.source)
        }
    }
}
