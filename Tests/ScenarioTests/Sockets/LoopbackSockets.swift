import Glibc
import NIOCore
import NIOPosix
import SIPCore
import SIPTesting
import Testing

/// UDP sockets on the loopback interface, for hosts of a virtual network: it carries nothing itself then, and its clock follows the
/// wall's.
final class LoopbackSockets {
    let network = VirtualNetwork()
    private let loop = MultiThreadedEventLoopGroup.singleton.next()
    private let start = ContinuousClock.now
    private var sockets: [Endpoint: Int32] = [:]
    /// The sockets of proxies, by those of ours that stand before them.
    private var behind: [Endpoint: Endpoint] = [:]
    private var faces: [Endpoint: Endpoint] = [:]

    init() {
        network.carrier = { [unowned self] bytes, source, destination in
            _ = sockets[source]?.send(bytes, to: behind[destination] ?? destination)
        }
    }

    deinit { closeAll() }

    /// Takes an address for a host.
    ///
    /// - Parameter port: nil: the system chooses.
    /// - Throws: when somebody else has it.
    @discardableResult
    func open(_ address: IPAddress = .v4(0x7F00_0001), port: UInt16? = nil) throws -> Endpoint {
        let (descriptor, port) = try Int32.socket(Endpoint(.udp, address, port: port ?? 0))
        let endpoint = Endpoint(.udp, address, port: port)
        sockets[endpoint] = descriptor
        return endpoint
    }

    /// Gives all addresses back.
    func closeAll() {
        for descriptor in sockets.values { close(descriptor) }
        sockets = [:]
    }

    /// Puts one of our sockets before a proxy's: what others send there goes on to the proxy as if it came from them directly, and
    /// is recorded; what the proxy sends from its own counts as sent from there.
    func put(_ face: Endpoint, before proxy: Endpoint) {
        behind[face] = proxy
        faces[proxy] = face
    }

    /// Lets time pass until something is so; false when it is not within a minute.
    func comes(_ isSo: () -> Bool) async -> Bool {
        let deadline = ContinuousClock.now + .seconds(60)
        while !isSo() {
            guard ContinuousClock.now < deadline else { return false }
            await turn()
        }
        return true
    }

    /// Lets time pass.
    func run(for duration: Duration) async {
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end { await turn() }
    }

    /// Takes what has come, or waits a millisecond, and lets as much time pass as has passed.
    func turn() async {
        let endpoints = Array(sockets)
        var polled = endpoints.map { pollfd(fd: $0.value, events: Int16(POLLIN), revents: 0) }
        // It does not wait in here: the thread belongs to all tests that run at the same time.
        if poll(&polled, nfds_t(polled.count), 0) == 0 {
            try? await loop.scheduleTask(in: .milliseconds(1)) {}.futureResult.get()
        }
        for (entry, endpoint) in zip(polled, endpoints) where entry.revents != 0 {
            while let (bytes, source) = entry.fd.receive() {
                await arrived(bytes, from: faces[source] ?? source, at: endpoint.key)
            }
        }
        let elapsed = Instant.zero + (ContinuousClock.now - start)
        await network.clock.run(for: elapsed - network.clock.now)
    }

    private func arrived(_ bytes: [UInt8], from source: Endpoint, at endpoint: Endpoint) async {
        guard behind[endpoint] == nil else {
            network.send(bytes, from: source, to: endpoint)
            return
        }
        network.note(bytes, from: source, to: endpoint)
        await network.arrive(bytes, from: source, at: endpoint)
    }
}

extension Int32 {
    /// A UDP socket, and its port, where the system is to choose it.
    fileprivate static func socket(_ endpoint: Endpoint) throws -> (Int32, UInt16) {
        let descriptor = Glibc.socket(
            AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        try #require(descriptor >= 0)
        var own = sockaddr_in(endpoint)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) | getsockname(descriptor, $0, &length)
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw AddressTaken(endpoint: endpoint)
        }
        return (descriptor, UInt16(bigEndian: own.sin_port))
    }

    fileprivate func send(_ bytes: [UInt8], to destination: Endpoint) -> Int {
        var address = sockaddr_in(destination)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    self, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// The next datagram that waits.
    fileprivate func receive() -> ([UInt8], Endpoint)? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(self, &buffer, buffer.count, Int32(MSG_DONTWAIT), $0, &length)
            }
        }
        guard count >= 0 else { return nil }
        let source = Endpoint(
            .udp, .v4(UInt32(bigEndian: address.sin_addr.s_addr)),
            port: UInt16(bigEndian: address.sin_port))
        return (Array(buffer[..<count]), source)
    }
}

/// An address that somebody else has.
struct AddressTaken: Error {
    let endpoint: Endpoint
}

extension sockaddr_in {
    fileprivate init(_ endpoint: Endpoint) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = endpoint.port.bigEndian
        if case .v4(let bits) = endpoint.address { sin_addr.s_addr = bits.bigEndian }
    }
}
