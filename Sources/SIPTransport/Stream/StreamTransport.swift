package import NIOCore
import SIPCore

/// The stream connections of a proxy, on all its event loops.
package final class StreamTransport: Sendable {
    package let settings: StreamSettings
    let tls: TLSContexts?
    /// In the order that they were given in.
    package let loops: [StreamLoop]
    private let table: ConnectionTable

    /// - Parameters:
    ///   - eventLoops: the loops that connections are spread over; more than 4,096 are left out.
    ///   - tls: what TLS and secure WebSocket are made with; nil: there is none of either.
    package init(
        on eventLoops: [any EventLoop], _ settings: StreamSettings = StreamSettings(),
        tls: TLSContexts? = nil
    ) {
        self.settings = settings
        self.tls = tls
        let table = ConnectionTable(settings)
        self.table = table
        loops = eventLoops.prefix(Flow.maximumLoops).enumerated().map { index, eventLoop in
            StreamLoop(eventLoop, index: index, table, settings, tls)
        }
    }

    /// Connections that live, opened by either side.
    package var connectionCount: Int { table.count }

    /// Has a sink take what comes on a loop. To be called on the loop, before its first connection.
    package func start(_ loop: StreamLoop, _ sink: any StreamSink) {
        loop.connections.start(sink, loop, among: loops)
    }

    /// Closes all connections.
    package func stop() async {
        for loop in loops {
            // A loop that has ended has no connections any more.
            try? await loop.eventLoop.submit { loop.connections.stop() }.get()
        }
    }
}
