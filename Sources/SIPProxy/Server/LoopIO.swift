import NIOCore
import SIPCore
import SIPTransport
import Synchronization

/// One event loop with its sockets, one for each listener.
final class LoopIO: Sendable {
    let eventLoop: any EventLoop
    private let state: NIOLoopBoundBox<State>
    private let received = Atomic<Int>(0)
    private let sent = Atomic<Int>(0)

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
        let interface: Interface
        let branch: BranchToken?
    }

    /// So many datagrams wait at most for the end of a burst: the first of them would be late.
    private static let flushCount = 32

    /// - Parameter listeners: how many listeners there will be.
    init(_ eventLoop: any EventLoop, listeners: Int) {
        self.eventLoop = eventLoop
        state = .makeBoxSendingValue(
            State(ports: Array(repeating: nil, count: listeners), engine: nil),
            eventLoop: eventLoop)
    }

    /// Hands the loop its sockets and what takes their datagrams; what came before is lost, as on a proxy that is not up yet.
    func start(_ engine: Engine, ports: [UDPPort]) {
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

    /// Runs the work on this loop: at once when it is the current one.
    func perform(_ work: @escaping @Sendable () -> Void) {
        if isCurrent { work() } else { eventLoop.execute(work) }
    }

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
    /// - Parameter branch: the client transaction that hears of it when the system says that it can't be sent there.
    func send(
        _ bytes: [UInt8], to destination: Endpoint, from interface: Interface,
        for branch: BranchToken?
    ) {
        let datagram = Datagram(
            bytes: bytes, destination: destination, interface: interface, branch: branch)
        guard state.value.isInBurst else {
            send(datagram)
            return
        }
        state.value.outgoing.append(datagram)
        if state.value.outgoing.count >= Self.flushCount { flush() }
    }

    private func flush() {
        // What fails now is answered at once.
        state.value.isInBurst = false
        var index = 0
        while index < state.value.outgoing.count {
            send(state.value.outgoing[index])
            index += 1
        }
        state.value.outgoing.removeAll(keepingCapacity: true)
    }

    private func send(_ datagram: Datagram) {
        sent.wrappingAdd(1, ordering: .relaxed)
        guard
            let error = state.value.ports[datagram.interface.listener]?.send(
                datagram.bytes, to: datagram.destination, from: datagram.interface.address),
            // What is lost for want of room is sent again by its transaction.
            !error.isCongestion, let branch = datagram.branch
        else { return }
        state.value.engine?.unreachable(datagram.destination, for: branch, by: self)
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
            io.state.value.engine?.received(
                bytes, from: source, on: listener,
                at: port.local.address.isWildcard ? local.address : nil, by: io)
        }

        func burstEnded(on port: UDPPort) { io.flush() }
    }
}
