import NIOCore
import NIOPosix
import SIPCore
import SIPTransport
import Synchronization

/// Keeps what came, for a test to wait for.
final class Collector: DatagramSink, Sendable {
    struct Datagram: Sendable {
        let bytes: [UInt8]
        let source: Endpoint
        let local: Endpoint
        let port: UDPPort
        let loop: ObjectIdentifier
    }

    enum Event: Sendable {
        case datagram(Datagram)
        case burstEnded
        case sendFailed(Endpoint, SendError)
        case closed(isFailure: Bool)
    }

    let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    init() { (events, continuation) = AsyncStream.makeStream() }

    func receive(_ bytes: [UInt8], from source: Endpoint, at local: Endpoint, on port: UDPPort) {
        port.eventLoop.preconditionInEventLoop()
        continuation.yield(
            .datagram(
                Datagram(
                    bytes: bytes, source: source, local: local, port: port,
                    loop: ObjectIdentifier(port.eventLoop))))
    }

    func burstEnded(on port: UDPPort) { continuation.yield(.burstEnded) }

    func sendFailed(to destination: Endpoint, _ error: SendError, on port: UDPPort) {
        continuation.yield(.sendFailed(destination, error))
    }

    func closed(_ port: UDPPort, because error: (any Error)?) {
        continuation.yield(.closed(isFailure: error != nil))
    }

    /// The next datagrams, as many as are asked for.
    func datagrams(_ count: Int) async -> [Datagram] {
        var found: [Datagram] = []
        for await event in events {
            if case .datagram(let datagram) = event { found.append(datagram) }
            if found.count == count { break }
        }
        return found
    }

    /// The next datagram.
    func datagram() async throws -> Datagram {
        guard let datagram = await datagrams(1).first else { throw CancellationError() }
        return datagram
    }

    /// The next event that is no end of a burst.
    func event() async throws -> Event {
        for await event in events {
            if case .burstEnded = event { continue }
            return event
        }
        throw CancellationError()
    }
}

/// A listener on loopback, with what came to it.
struct Peer {
    let listener: UDPListener
    let collector: Collector

    init(
        _ address: IPAddress = .loopback, port: UInt16 = 0,
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton.any()
    ) async throws {
        let collector = Collector()
        self.collector = collector
        listener = try await UDPListener.bind(
            to: Endpoint(.udp, address, port: port), on: group, sink: { _ in collector })
    }

    var local: Endpoint { listener.local }
    var port: UDPPort { listener.ports[0] }

    /// Sends from the port's own loop.
    @discardableResult
    func send(_ bytes: [UInt8], to destination: Endpoint, from source: IPAddress? = nil)
        async throws -> SendError?
    {
        let port = port
        return try await port.eventLoop.submit {
            port.send(bytes, to: destination, from: source)
        }.get()
    }
}

extension IPAddress {
    static let loopback = IPAddress.v4(0x7F00_0001)
    static let loopback2 = IPAddress.v4(0x7F00_0002)
    static let loopback6 = IPAddress.v6(high: 0, low: 1)
    static let any = IPAddress.v4(0)
    static let any6 = IPAddress.v6(high: 0, low: 0)
}

/// Whether this machine has an IPv6 loopback to test on.
let hasIPv6: Bool = {
    let bootstrap = DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    guard let channel = try? bootstrap.bind(host: "::1", port: 0).wait() else { return false }
    try? channel.close().wait()
    return true
}()
