import NIOCore
import SIPCore
import SIPTransport

/// One event loop with its sockets, one for each listener.
final class LoopIO: Sendable {
    let eventLoop: any EventLoop
    private let state: NIOLoopBoundBox<State>

    /// Only ever touched on the loop.
    private struct State {
        var ports: [UDPPort?]
        var engine: Engine?
    }

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
            state.value = State(ports: ports, engine: engine)
        }
    }

    /// Sends from this loop's socket of a listener, and from one of the machine's addresses when the interface names it.
    ///
    /// - Returns: false when the system says that it can't be sent there; what is lost for want of room counts as sent.
    func send(_ bytes: [UInt8], to destination: Endpoint, from interface: Interface) -> Bool {
        guard let port = state.value.ports[interface.listener] else { return false }
        guard let error = port.send(bytes, to: destination, from: interface.address) else {
            return true
        }
        return error.isCongestion
    }

    /// Runs the work on this loop: at once when it is the current one.
    func perform(_ work: @escaping @Sendable () -> Void) {
        if eventLoop.inEventLoop { work() } else { eventLoop.execute(work) }
    }

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
            io.state.value.engine?.received(bytes, from: source, on: listener, by: io)
        }
    }
}
