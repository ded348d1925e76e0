package import NIOCore
package import SIPCore
import Synchronization

/// One event loop's stream connections: messages leave through it, on that loop.
package final class StreamLoop: Sendable {
    package let eventLoop: any EventLoop
    let index: Int
    private let bound: NIOLoopBoundBox<LoopConnections>
    private let posted = Mutex<[StreamMessage]>([])

    init(
        _ eventLoop: any EventLoop, index: Int, _ table: ConnectionTable,
        _ settings: StreamSettings, _ tls: TLSContexts?
    ) {
        self.eventLoop = eventLoop
        self.index = index
        bound = .makeBoxSendingValue(
            LoopConnections(index: index, table, settings, tls), eventLoop: eventLoop)
    }

    /// What belongs to the loop. To be called on it.
    var connections: LoopConnections { bound.value }

    // MARK: Sending

    /// Sends a message; it leaves with ``flush()``. To be called on the loop.
    package func send(_ message: StreamMessage) { connections.send(message) }

    /// Lets what was sent leave. To be called on the loop.
    package func flush() { connections.flush() }

    /// Sends a message from another loop. Those that are posted before this loop turns to them share
    /// its wake-up.
    func post(_ message: StreamMessage) {
        let isFirst = posted.withLock { posted in
            posted.append(message)
            return posted.count == 1
        }
        guard isFirst else { return }
        eventLoop.execute { [self] in
            let messages = posted.withLock { posted in
                let all = posted
                posted = []
                return all
            }
            for message in messages { connections.send(message) }
            connections.flush()
        }
    }

    // MARK: Connections

    /// Has something done when a connection ends; at once when it has ended already. To be called on
    /// any of the transport's loops.
    ///
    /// - Parameter name: what was to be done under the same name before is not done any more.
    package func atEnd(
        of flow: Flow, _ name: ByteSlice, _ work: @escaping @Sendable () async -> Void
    ) {
        if flow.loop == index {
            connections.atEnd(of: flow, name, work)
        } else if let owner = connections.neighbour(flow.loop) {
            owner.eventLoop.execute { owner.connections.atEnd(of: flow, name, work) }
        }
    }

    /// RFC 5923: what is for that address, and for one of those names, goes over the connection from
    /// now on. To be called on the loop.
    package func add(alias endpoint: Endpoint, names: [ByteSlice?], to flow: Flow) {
        guard let connection = connections.connection(flow) else { return }
        for name in names {
            connections.add(alias: StreamPeer(endpoint: endpoint, name: name), to: connection)
        }
    }
}
