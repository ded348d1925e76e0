import Glibc

/// A TCP connection to a port of 127.0.0.1.
package final class TCPSocket {
    private let descriptor: Int32

    /// - Throws: `ChildProcess.Trouble` when nobody listens there.
    package init(to port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let connected = Self.withAddress(port) { connect(descriptor, $0, $1) }
        guard connected == 0 else {
            close(descriptor)
            throw ChildProcess.Trouble(description: "nobody listens on TCP port \(port)")
        }
    }

    deinit { close(descriptor) }

    /// A port that was free a moment ago, for programs that take no port 0. The system gives none of this range to whoever
    /// lets it choose.
    package static func freePort() throws -> UInt16 {
        for _ in 0..<100 {
            let port = UInt16.random(in: 10_000..<32_000)
            let trial = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            defer { close(trial) }
            var reuse: Int32 = 1
            setsockopt(
                trial, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
            if withAddress(port, { bind(trial, $0, $1) }) == 0 { return port }
        }
        throw ChildProcess.Trouble(description: "no free TCP port")
    }

    package func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw ChildProcess.Trouble(description: "it is closed") }
            sent += count
        }
    }

    /// The next bytes; nil when the other side has closed.
    ///
    /// - Throws: `ChildProcess.Trouble` when the deadline passes first.
    package func receive(until deadline: Deadline) throws -> [UInt8]? {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&polled, 1, deadline.milliseconds) > 0 else {
            throw ChildProcess.Trouble(description: "nothing came in time")
        }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    private static func withAddress<Result>(
        _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
