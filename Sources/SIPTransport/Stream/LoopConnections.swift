import NIOCore
import NIOPosix
import SIPCore

/// The connections of one event loop, and those that it is opening. It belongs to the loop.
final class LoopConnections {
    let index: Int
    let settings: StreamSettings
    let table: ConnectionTable
    /// Nil when there is no TLS.
    let tls: TLSContexts?
    /// Who takes what comes; it is let go of at the end.
    var sink: (any StreamSink)?
    /// The loop for other threads, and all others like it; none before the start and after the end.
    private(set) var handle: StreamLoop?
    private var neighbours: [StreamLoop] = []
    private var sweep: RepeatedTask?
    private var places: [Place] = []
    private var free: [Int] = []
    private var opening: [StreamPeer: Opening] = [:]
    private var dirty: [StreamConnection] = []
    private var isStopped: Bool { handle == nil }

    /// Where a connection is, and those that had the place before were.
    private struct Place {
        var generation: UInt32 = 0
        var channel: (any Channel)?
        var connection: StreamConnection?
        /// When it has to be open.
        var deadline: Instant
    }

    /// A connection that is being opened from here, and what goes over it then.
    private struct Opening {
        var waiting: [StreamMessage]
    }

    init(index: Int, _ table: ConnectionTable, _ settings: StreamSettings, _ tls: TLSContexts?) {
        self.index = index
        self.tls = tls
        self.table = table
        self.settings = settings
    }

    func start(_ sink: any StreamSink, _ handle: StreamLoop, among loops: [StreamLoop]) {
        self.sink = sink
        self.handle = handle
        neighbours = loops
        sweep = handle.eventLoop.scheduleRepeatedTask(
            initialDelay: .seconds(1), delay: .seconds(1)
        ) { _ in handle.connections.look(at: StreamClock.now) }
    }

    func neighbour(_ loop: Int) -> StreamLoop? {
        loop < neighbours.count ? neighbours[loop] : nil
    }

    // MARK: Sending

    /// Sends over the message's flow, a connection to its destination, or a new one.
    func send(_ message: StreamMessage) {
        if let flow = message.flow {
            guard flow.loop == index else {
                neighbour(flow.loop)?.post(message)
                return
            }
            if let connection = connection(flow) {
                write(message, to: connection)
                return
            }
        }
        // RFC 3261 18.2.2: "If that connection is no longer open, the server SHOULD open a
        // connection to the IP address in the "received" parameter, if present, using the port in
        // the "sent-by" value".
        sendByAddress(message)
    }

    private func sendByAddress(_ message: StreamMessage) {
        guard !isStopped else { return }
        switch table.way(for: message, from: index) {
        case .open(let flow) where flow.loop == index:
            if let connection = connection(flow) {
                write(message, to: connection)
            } else {
                sink?.undelivered(message)
            }
        case .open(let flow):
            var message = message
            message.flow = flow
            neighbour(flow.loop)?.post(message)
        case .connecting(let loop) where loop == index:
            wait(message)
        case .connecting(let loop):
            var message = message
            message.flow = nil
            neighbour(loop)?.post(message)
        case nil:
            connect(message)
        }
    }

    private func write(_ message: StreamMessage, to connection: StreamConnection) {
        if !connection.write(message) { sink?.undelivered(message) }
    }

    func isDirty(_ connection: StreamConnection) { dirty.append(connection) }

    /// Lets what was written leave.
    func flush() {
        guard !dirty.isEmpty else { return }
        let written = dirty
        dirty.removeAll(keepingCapacity: true)
        for connection in written { connection.flush() }
    }

    /// What was waiting to be read has been handed over.
    func burstEnded() {
        sink?.burstEnded()
        flush()
    }

    // MARK: Connections

    func connection(_ flow: Flow) -> StreamConnection? {
        guard flow.place < places.count, places[flow.place].generation == flow.generation,
            let connection = places[flow.place].connection, connection.isOpen
        else { return nil }
        return connection
    }

    /// A place for a channel that is not open yet.
    ///
    /// - Parameter deadline: when it has to be open.
    /// - Returns: nil when there are too many.
    func reserve(_ channel: any Channel, until deadline: Instant) -> Flow? {
        guard let handle else { return nil }
        let place: Int
        if let last = free.popLast() {
            place = last
        } else {
            guard places.count < Flow.maximumPlaces else { return nil }
            place = places.count
            places.append(Place(deadline: deadline))
        }
        places[place].generation = (places[place].generation &+ 1) & 0x3FFF_FFFF
        places[place].channel = channel
        places[place].deadline = deadline
        let flow = Flow(loop: index, place: place, generation: places[place].generation)
        channel.closeFuture.whenComplete { _ in handle.connections.release(flow) }
        return flow
    }

    /// The handler for a place.
    func attach(_ connection: StreamConnection) {
        guard places[connection.flow.place].generation == connection.flow.generation else { return }
        places[connection.flow.place].connection = connection
    }

    private func release(_ flow: Flow) {
        guard places[flow.place].generation == flow.generation,
            places[flow.place].channel != nil
        else { return }
        places[flow.place].channel = nil
        places[flow.place].connection = nil
        free.append(flow.place)
    }

    /// Whether a place is taken by a channel that has no connection yet.
    func isOpening(_ flow: Flow) -> Bool {
        places[flow.place].generation == flow.generation && places[flow.place].channel != nil
            && places[flow.place].connection?.isOpen != true
    }

    func opened(_ connection: StreamConnection) {
        guard let peer = connection.peer else {
            table.add(accepted: connection.flow, connection)
            return
        }
        table.add(connection.flow, to: peer)
        let waiting = opening.removeValue(forKey: peer)?.waiting ?? []
        for message in waiting { write(message, to: connection) }
        flush()
    }

    func ended(_ connection: StreamConnection, because end: StreamEnd) {
        if let peer = connection.peer {
            table.remove(peer, if: .open(connection.flow))
        } else {
            table.remove(accepted: connection.flow, connection)
        }
        for alias in connection.aliases { table.remove(alias, if: .open(connection.flow)) }
        if connection.isOpen {
            sink?.ended(connection, because: end)
        } else {
            sink?.refused(connection.remote, because: end)
            if let peer = connection.peer { failed(peer) }
        }
        for message in connection.takeUndelivered() { sink?.undelivered(message) }
        release(connection.flow)
        let closing = connection.takeClosing()
        // At the end of the process nothing is there to do it with.
        if end != .stopped {
            for work in closing { Task { await work() } }
        }
    }

    /// RFC 5923: what is for that address goes over this connection from now on.
    func add(alias peer: StreamPeer, to connection: StreamConnection) {
        guard !connection.aliases.contains(peer) else { return }
        connection.aliases.append(peer)
        table.add(connection.flow, to: peer)
    }

    /// Has something done when a connection ends; at once when it has ended already.
    func atEnd(of flow: Flow, _ name: ByteSlice, _ work: @escaping @Sendable () async -> Void) {
        if let connection = connection(flow) {
            connection.atEnd(name, work)
        } else {
            Task { await work() }
        }
    }

    // MARK: Opening

    private func connect(_ message: StreamMessage) {
        guard message.mayConnect, let handle else {
            sink?.undelivered(message)
            return
        }
        let peer = message.peer
        opening[peer] = Opening(waiting: [message])
        clientBootstrap(for: message, on: handle)
            .connect(to: message.destination.socketAddress)
            .whenFailure { _ in handle.connections.failed(peer) }
    }

    private func wait(_ message: StreamMessage) {
        let peer = message.peer
        guard let count = opening[peer]?.waiting.count else {
            // It has failed in this moment.
            sink?.undelivered(message)
            return
        }
        guard count < settings.maximumWaiting else {
            sink?.undelivered(message)
            return
        }
        opening[peer]?.waiting.append(message)
    }

    /// There is no connection to that address.
    func failed(_ peer: StreamPeer) {
        table.remove(peer, if: .connecting(loop: index))
        let waiting = opening.removeValue(forKey: peer)?.waiting ?? []
        for message in waiting { sink?.undelivered(message) }
    }

    // MARK: Time

    /// Closes what is overdue.
    func look(at now: Instant) {
        for place in places.indices {
            guard let channel = places[place].channel else { continue }
            if let connection = places[place].connection, connection.isOpen {
                connection.look(at: now)
            } else if places[place].deadline <= now {
                if let connection = places[place].connection {
                    connection.close(.handshakeTimedOut)
                } else {
                    if let remote = channel.remoteAddress.flatMap({ Endpoint(.tcp, $0) }) {
                        sink?.refused(remote, because: .handshakeTimedOut)
                    }
                    channel.close(promise: nil)
                }
            }
        }
    }

    /// Closes everything.
    func stop() {
        flush()
        for place in places {
            if let connection = place.connection {
                connection.close(.stopped)
            } else {
                place.channel?.close(promise: nil)
            }
        }
        sweep?.cancel()
        opening = [:]
        neighbours = []
        handle = nil
        sink = nil
    }
}
