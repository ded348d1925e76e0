import NIOCore
import SIPCore
import SIPTransport
import Synchronization

/// One event loop with its sockets, one for each listener of datagrams, and its stream connections.
final class LoopIO: Sendable {
    let eventLoop: any EventLoop
    private let streams: StreamLoop
    private let state: NIOLoopBoundBox<State>
    private let received = Atomic<Int>(0)
    private let sent = Atomic<Int>(0)
    private let isOver = Atomic<Bool>(false)
    private let onFailure: @Sendable (ListenError) -> Void

    /// Only ever touched on the loop.
    private struct State {
        var ports: [UDPPort?]
        var engine: Engine?
        var effects: [RouteEffects] = []
        /// Whether datagrams are being read: what they cause is sent when all that waited is worked off.
        var isInBurst = false
        var outgoing: [Datagram] = []
        /// Lists for what a core wants done, empty and with room: as many as there was work within work.
        var outputs: [[Output]] = []
    }

    private struct Datagram {
        let bytes: [UInt8]
        let destination: Endpoint
        let name: ByteSlice?
        let interface: Interface
        let branch: BranchToken?
        let instead: DatagramCopy?
    }

    /// So many datagrams wait at most for the end of a burst: the first of them would be late.
    private static let flushCount = 32

    /// - Parameters:
    ///   - streams: the loop's connections.
    ///   - listeners: how many listeners there will be.
    ///   - onFailure: hears of a socket that the system has closed.
    init(
        _ streams: StreamLoop, listeners: Int,
        onFailure: @escaping @Sendable (ListenError) -> Void
    ) {
        self.onFailure = onFailure
        eventLoop = streams.eventLoop
        self.streams = streams
        state = .makeBoxSendingValue(
            State(ports: Array(repeating: nil, count: listeners), engine: nil),
            eventLoop: eventLoop)
    }

    /// Hands the loop its sockets and what takes their datagrams; what came before is lost, as on a proxy that is not up yet.
    ///
    /// - Parameter ports: by the index of their listener; nil for those of connections.
    func start(_ engine: Engine, ports: [UDPPort?]) {
        eventLoop.execute { [self] in
            state.value = State(
                ports: ports, engine: engine, effects: engine.effects(on: self))
        }
    }

    /// What a route on this loop may cause in a stripe. To be called on the loop.
    func effects(of stripe: Int) -> RouteEffects { state.value.effects[stripe] }

    /// Whether this is the loop that runs now.
    var isCurrent: Bool { eventLoop.inEventLoop }

    /// Messages since the start, whatever became of them.
    var traffic: (received: Int, sent: Int) {
        (received.load(ordering: .relaxed), sent.load(ordering: .relaxed))
    }

    /// Runs the work on this loop: at once when it is the current one, and not at all after ``end()``.
    func perform(_ work: @escaping @Sendable () -> Void) {
        if isCurrent {
            work()
        } else if !isOver.load(ordering: .relaxed) {
            eventLoop.execute(work)
        }
    }

    /// The loop may be shut down from now on; routes and look-ups that are still under way have nobody to tell.
    func end() { isOver.store(true, ordering: .relaxed) }

    // MARK: Room for outputs

    /// An empty list for what a core wants done, mostly with room in it. To be called on the loop.
    func takeOutputs() -> [Output] { state.value.outputs.popLast() ?? [] }

    /// Takes a list back, for the next one. To be called on the loop.
    func giveBack(_ outputs: consuming [Output]) {
        outputs.removeAll(keepingCapacity: true)
        state.value.outputs.append(outputs)
    }

    // MARK: Sending

    /// Sends from this loop's socket of a listener, and from one of the machine's addresses when the interface names it; within a
    /// burst at its end. To be called on the loop.
    ///
    /// Each datagram wakes its receiver, which on the same machine may take the processor at once: better when our own work
    /// is done.
    ///
    /// - Parameters:
    ///   - name: over TLS, whom the certificate has to be for; nil: for the address.
    ///   - branch: the client transaction that hears of it when the system says that it can't be sent there.
    ///   - instead: what is sent then.
    func send(
        _ bytes: [UInt8], to destination: Endpoint, named name: ByteSlice? = nil,
        from interface: Interface, for branch: BranchToken? = nil,
        orElse instead: DatagramCopy? = nil
    ) {
        let datagram = Datagram(
            bytes: bytes, destination: destination, name: name, interface: interface,
            branch: branch, instead: instead)
        guard state.value.isInBurst else {
            send(datagram)
            if destination.transport.isReliable { streams.flush() }
            return
        }
        state.value.outgoing.append(datagram)
        if state.value.outgoing.count >= Self.flushCount { flush() }
    }

    fileprivate func flush() {
        // What fails now is answered at once.
        state.value.isInBurst = false
        var index = 0
        while index < state.value.outgoing.count {
            send(state.value.outgoing[index])
            index += 1
        }
        state.value.outgoing.removeAll(keepingCapacity: true)
        streams.flush()
    }

    private func send(_ datagram: Datagram) {
        sent.wrappingAdd(1, ordering: .relaxed)
        guard !datagram.destination.transport.isReliable else {
            sendOverStream(datagram)
            return
        }
        guard
            let error = state.value.ports[datagram.interface.listener]?.send(
                datagram.bytes, to: datagram.destination, from: datagram.interface.address),
            // What is lost for want of room is sent again by its transaction.
            !error.isCongestion, let branch = datagram.branch
        else { return }
        state.value.engine?.unreachable(datagram.destination, for: branch, by: self)
    }

    private func sendOverStream(_ message: Datagram) {
        streams.send(
            StreamMessage(
                message.bytes, to: message.destination, over: message.interface.flow,
                listener: message.interface.listener, from: message.interface.address,
                name: message.name, ticket: message.branch.map { StreamMessage.Ticket($0) },
                otherwise: message.instead.map { sending($0) }))
    }

    /// Sends a datagram, from any loop.
    private func sending(_ copy: DatagramCopy) -> @Sendable () -> Void {
        {
            self.perform { self.send(copy.bytes, to: copy.destination, from: copy.interface) }
        }
    }

    /// Sends a message over a stream; when that fails, nothing else is tried. To be called on the loop.
    func sendOnce(
        _ bytes: [UInt8], to destination: Endpoint, named name: ByteSlice?, from listener: Int
    ) {
        sent.wrappingAdd(1, ordering: .relaxed)
        streams.send(
            StreamMessage(
                bytes, to: destination, over: nil, listener: listener, from: nil, name: name,
                ticket: .once))
        streams.flush()
    }

    /// A message did not leave.
    fileprivate func undelivered(_ message: StreamMessage) {
        if let otherwise = message.otherwise {
            eventLoop.execute(otherwise)
            if message.ticket == nil { return }
        }
        guard message.ticket != .once else { return }
        guard let branch = message.ticket.map({ BranchToken($0) }) else {
            eventLoop.execute { [self] in state.value.engine?.lookUpSentBy(of: message, self) }
            return
        }
        let destination = message.destination
        // Not at once: the core may be giving out what it wants sent.
        eventLoop.execute { [self] in
            state.value.engine?.unreachable(destination, for: branch, by: self)
        }
    }

    // MARK: Receiving

    /// A sink for the datagrams of one listener on this loop.
    func sink(for listener: Int) -> any DatagramSink { Sink(self, listener) }

    private final class Sink: DatagramSink {
        private let io: LoopIO
        private let listener: Int

        init(_ io: LoopIO, _ listener: Int) {
            self.io = io
            self.listener = listener
        }

        func receive(_ bytes: [UInt8], from source: Endpoint, at local: Endpoint, on port: UDPPort)
        {
            io.received.wrappingAdd(1, ordering: .relaxed)
            io.state.value.isInBurst = true
            let address = port.local.address.isWildcard ? local.address : nil
            if let keepAlive = KeepAliveDatagram(bytes, from: source) {
                io.state.value.engine?.received(
                    keepAlive, from: source, on: listener, at: address, by: io)
                return
            }
            io.state.value.engine?.received(
                bytes, from: source, on: listener, at: address, by: io)
        }

        func burstEnded(on port: UDPPort) { io.flush() }

        func closed(_ port: UDPPort, because error: (any Error)?) {
            if let error { io.onFailure(ListenError(port.local, error)) }
        }
    }
}

extension LoopIO {
    /// Has something done when a connection ends.
    func atEnd(of flow: Flow, _ name: ByteSlice, _ work: @escaping @Sendable () async -> Void) {
        perform { self.streams.atEnd(of: flow, name, work) }
    }
}

extension LoopIO {
    /// What is for that address and one of those names goes over the connection from now on. To be called on the loop.
    func add(alias endpoint: Endpoint, names: [ByteSlice?], to flow: Flow) {
        streams.add(alias: endpoint, names: names, to: flow)
    }

    /// A sink for the messages of this loop's connections.
    var streamSink: any StreamSink { ConnectionSink(self) }

    private final class ConnectionSink: StreamSink {
        private let io: LoopIO

        init(_ io: LoopIO) { self.io = io }

        func receive(_ bytes: [UInt8], on connection: StreamConnection) {
            io.receive(bytes, on: connection)
        }

        func broken(
            _ reason: StreamFramer.Reason, head: [UInt8], on connection: StreamConnection
        ) {
            io.broken(reason, head: head, on: connection)
        }

        func burstEnded() { io.flush() }
        func undelivered(_ message: StreamMessage) { io.undelivered(message) }

        func ended(_ connection: StreamConnection, because end: StreamEnd) {
            io.ended(connection.remote, because: end)
        }

        func refused(_ remote: Endpoint, because end: StreamEnd) {
            io.ended(remote, because: end)
        }
    }

    private func receive(_ bytes: [UInt8], on connection: StreamConnection) {
        received.wrappingAdd(1, ordering: .relaxed)
        state.value.isInBurst = true
        state.value.engine?.received(
            bytes, from: connection.remote, on: connection.listener, at: connection.local,
            over: connection.flow, provenNames: connection.provenNames, by: self)
    }

    private func broken(
        _ reason: StreamFramer.Reason, head: [UInt8], on connection: StreamConnection
    ) {
        let interface = Interface(
            listener: connection.listener, address: connection.local, flow: connection.flow)
        state.value.engine?.broken(
            reason, head: head, from: connection.remote, on: interface, by: self)
        flush()
    }

    private func ended(_ remote: Endpoint, because end: StreamEnd) {
        state.value.engine?.ended(remote, because: end)
    }
}

extension StreamMessage.Ticket {
    /// Of a message whose failure leads to nothing; no branch is named so.
    fileprivate static var once: Self { Self(high: .max, low: .max) }

    fileprivate init(_ token: BranchToken) {
        self.init(
            high: UInt64(token.stripe) << 48 | UInt64(token.session) << 16 | UInt64(token.branch),
            low: token.cookie)
    }
}

extension BranchToken {
    fileprivate init(_ ticket: StreamMessage.Ticket) {
        self.init(
            stripe: UInt8(truncatingIfNeeded: ticket.high >> 48),
            session: UInt32(truncatingIfNeeded: ticket.high >> 16),
            branch: UInt16(truncatingIfNeeded: ticket.high), cookie: ticket.low)
    }
}
