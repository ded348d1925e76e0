import Glibc

/// A UDP socket of our own that talks to one peer; it never waits.
final class DatagramPeer {
    let descriptor: Int32
    /// Our own host and port, as a Via has them.
    let own: String

    /// - Parameters:
    ///   - host: a name or a numeric address, an IPv6 one without brackets.
    /// - Throws: `Failure` when the name has no address or there is no way to it.
    init(host: String, port: UInt16) throws(Failure) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let first = found else {
            throw Failure(.unavailable, "\(host) has no address")
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(
            first.pointee.ai_family,
            Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else {
            throw Failure(.unavailable, "can not make a socket: \(SystemError.text)")
        }
        guard connect(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0,
            let own = Self.name(of: descriptor)
        else {
            let reason = SystemError.text
            close(descriptor)
            throw Failure(.unavailable, "can not send to \(host): \(reason)")
        }
        self.descriptor = descriptor
        self.own = own
    }

    deinit { close(descriptor) }

    enum Outcome {
        case received([UInt8])
        case nothing
        /// The peer's machine said that nobody listens there.
        case refused
    }

    func send(_ bytes: [UInt8]) -> Outcome {
        Glibc.send(descriptor, bytes, bytes.count, 0) < 0 && errno == ECONNREFUSED
            ? .refused : .nothing
    }

    /// The datagram that waits, when there is one.
    func receive() -> Outcome {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { return errno == ECONNREFUSED ? .refused : .nothing }
        return .received(Array(buffer[..<count]))
    }

    private static func name(of descriptor: Int32) -> String? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: 8)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getsockname(descriptor, address, &length) == 0 else { return Int32(-1) }
                return getnameinfo(
                    address, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
                    NI_NUMERICHOST | NI_NUMERICSERV)
            }
        }
        guard result == 0 else { return nil }
        // A scope such as %eth0 means nothing to others.
        let text = Self.text(host).prefix { $0 != "%" }
        return "\(text.contains(":") ? "[\(text)]" : String(text)):\(Self.text(port))"
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
