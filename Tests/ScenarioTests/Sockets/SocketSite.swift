import Glibc
import Logging
import NIOCore
import SIPAuth
import SIPCore
import SIPLocation
import SIPProxy
import SIPTesting
import SIPTransaction
import Testing

/// A ``Proxy`` on a port that the system chose, and phones with a UDP socket each, all on 127.0.0.1.
///
/// The phones are those of the virtual network: it carries nothing here, and its clock follows the wall's.
final class SocketSite: Stage {
    let proxy: Proxy
    private let network = VirtualNetwork()
    private let address: Endpoint
    private let start = ContinuousClock.now
    private var sockets: [(descriptor: Int32, endpoint: Endpoint)] = []
    private var phones: [Phone] = []

    /// - Parameter group: the event loops of the host program; nil: loops of the proxy's own.
    init(on group: (any EventLoopGroup)? = nil) async throws {
        let accounts = ["alice", "bob", "carol", "dave"].map {
            Subscriber(username: $0, domain: "voice.test", secret: .password("pass-\($0)"))
        }
        var settings = ProxySettings(
            listen: [.udp(.v4(0x7F00_0001), port: 0)], domains: ["voice.test"])
        settings.eventLoops = 1
        // What is over is forgotten soon, so that a test can wait for it; what is not has all the time of RFC 3261.
        for timer in [\TimerValues.d, \.i, \.j, \.k, \.l, \.m] {
            settings.timers[keyPath: timer] = .milliseconds(300)
        }
        settings.logger.logLevel = .critical
        proxy = Proxy(
            settings,
            router: HomeRouter(
                subscribers: FixedSubscribers(accounts), location: LocationService()),
            eventLoopGroup: group)
        try await proxy.start()
        address = try #require(proxy.addresses.first)
        network.carrier = { [unowned self] bytes, source, destination in
            let socket = sockets.first { $0.endpoint == source }
            if let socket { _ = socket.descriptor.send(bytes, to: destination) }
        }
    }

    deinit {
        for socket in sockets { close(socket.descriptor) }
    }

    func newPhone(_ user: String) throws -> Phone {
        let (descriptor, port) = try Int32.loopbackSocket()
        let endpoint = Endpoint(.udp, .v4(0x7F00_0001), port: port)
        sockets.append((descriptor, endpoint))
        let phone = Phone(
            user: user, password: "pass-\(user)", domain: "voice.test", at: endpoint, on: network,
            proxy: address)
        phones.append(phone)
        return phone
    }

    func until(_ what: Comment, _ isSo: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while !isSo(), ContinuousClock.now < deadline { await turn() }
        try #require(isSo(), what)
    }

    func linger() async {
        let end = ContinuousClock.now + .milliseconds(300)
        while ContinuousClock.now < end { await turn() }
    }

    func end() async throws {
        try await until("nothing is left") { proxy.load.transactions + proxy.load.timers == 0 }
        await proxy.stop()
    }

    /// Takes what has come within some milliseconds, and lets as much time pass as has passed.
    private func turn() async {
        var polled = sockets.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        poll(&polled, nfds_t(polled.count), 5)
        for (entry, socket) in zip(polled, sockets) where entry.revents != 0 {
            while let (bytes, source) = socket.descriptor.receive() {
                await network.arrive(bytes, from: source, at: socket.endpoint)
            }
        }
        let elapsed = Instant.zero + (ContinuousClock.now - start)
        await network.clock.run(for: elapsed - network.clock.now)
        await Task.yield()
    }
}

extension Int32 {
    /// A UDP socket on 127.0.0.1, and the port that the system chose.
    fileprivate static func loopbackSocket() throws -> (Int32, UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        try #require(descriptor >= 0)
        var own = sockaddr_in(Endpoint(.udp, .v4(0x7F00_0001), port: 0))
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) | getsockname(descriptor, $0, &length)
            }
        }
        try #require(result == 0)
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

extension sockaddr_in {
    fileprivate init(_ endpoint: Endpoint) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = endpoint.port.bigEndian
        if case .v4(let bits) = endpoint.address { sin_addr.s_addr = bits.bigEndian }
    }
}
