import Glibc
import Logging
import SIPCore
import SIPLocation
import SIPProxy
import Testing

@Suite("a proxy on sockets, and phones that want to stay reachable") struct KeepAliveSocketTests {
    @Test("answers STUN from its SIP port, and line ends with nothing") func stun() async throws {
        try await withProxy(KeepAlive(.none)) { _, server in
            let phone = try Socket()
            phone.send(Array("\r\n\r\n".utf8), to: server.port)
            let request: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + Array(1...12)
            phone.send(request, to: server.port)
            let (answer, source) = try #require(phone.receive())
            #expect(source == server.port)
            let mapped: [UInt8] = [0, 0x20, 0, 8, 0, 1]
            #expect(Array(answer[0..<26]) == [1, 1, 0, 12] + request[4...] + mapped)
            #expect(UInt16(answer[26]) << 8 | UInt16(answer[27]) == phone.port ^ 0x2112)
            #expect(Array(answer[28...]) == [127 ^ 0x21, 0x12, 0xA4, 1 ^ 0x42])
        }
    }

    @Test("keeps the ways to bindings alive that it had before it was started, from their sockets")
    func restarted() async throws {
        for way in [KeepAlive.Way.crlf, .options] {
            try await withProxy(KeepAlive(way, interval: .seconds(1))) { proxy, server in
                let phone = try Socket()
                var fields = BindingFields(
                    address: AddressOfRecord(user: "bob", host: "voice.test"), ruid: "1",
                    uri: "sip:bob@192.168.1.5", expiresAt: nil, lastModified: UnixTime(seconds: 0))
                fields.received = .udp(.v4(0x7F00_0001), port: phone.port)
                fields.localSocket = server
                proxy.keepAlive([try #require(Binding(fields))], in: LocationService())
                #expect(proxy.keptAlive == 1)
                for _ in 0..<2 {
                    let (bytes, source) = try #require(phone.receive())
                    #expect(source == server.port)
                    let text = String(decoding: bytes, as: UTF8.self)
                    if way == .crlf {
                        #expect(text == "\r\n\r\n")
                    } else {
                        #expect(text.hasPrefix("OPTIONS sip:bob@192.168.1.5 SIP/2.0\r\n"))
                    }
                }
            }
        }
    }

    private func withProxy(
        _ keepAlive: KeepAlive, _ test: (Proxy, Endpoint) async throws -> Void
    ) async throws {
        var settings = ProxySettings(
            listen: [.udp(.v4(0x7F00_0001), port: 0)], domains: ["voice.test"])
        settings.eventLoops = 2
        settings.keepAlive = keepAlive
        settings.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let proxy = Proxy(settings, router: ClosureRouter { _ in .reply(.notFound) })
        try await proxy.start()
        let server = try #require(proxy.addresses.first)
        do {
            try await test(proxy, server)
            await proxy.stop()
        } catch {
            await proxy.stop()
            throw error
        }
    }
}

/// A UDP socket on 127.0.0.1.
private final class Socket {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var timeout = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var own = Self.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) + getsockname(descriptor, $0, &length)
            }
        }
        self.descriptor = descriptor
        port = UInt16(bigEndian: own.sin_port)
        try #require(result == 0)
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8], to port: UInt16) {
        var address = Self.address(port)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, bytes, bytes.count, 0, $0, length)
            }
        }
    }

    /// The next datagram, and the port that it came from; nil when none came in time.
    func receive() -> (bytes: [UInt8], source: UInt16)? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        var address = Self.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(descriptor, &bytes, bytes.count, 0, $0, &length)
            }
        }
        guard count >= 0 else { return nil }
        return (Array(bytes[..<count]), UInt16(bigEndian: address.sin_port))
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
