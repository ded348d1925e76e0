import Foundation
import Glibc

/// A UDP socket on 127.0.0.1 that talks to one port.
package final class UDPClient {
    package let port: UInt16
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    /// - Parameters:
    ///   - target: the port on 127.0.0.1; nil: only a bound socket that takes the port for itself.
    ///   - own: the port to take; 0: the system chooses.
    package init(to target: UInt16?, from own: UInt16 = 0) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var size: Int32 = 4 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        var own = Self.address(own)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafePointer(to: &own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        var actual = length
        let named = withUnsafeMutablePointer(to: &own) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &actual)
            }
        }
        self.descriptor = descriptor
        port = UInt16(bigEndian: own.sin_port)
        var connected: Int32 = 0
        if let target {
            var other = Self.address(target)
            connected = withUnsafePointer(to: &other) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, length)
                }
            }
        }
        guard bound == 0, named == 0, connected == 0 else {
            throw ChildProcess.Trouble(description: "no UDP socket")
        }
    }

    deinit { close(descriptor) }

    /// A port that was free a moment ago, for programs that take no port 0. The system gives none of this range to whoever lets it
    /// choose, so that it most likely stays free.
    package static func freePort() throws -> UInt16 {
        for _ in 0..<100 {
            let port = UInt16.random(in: 10_000..<32_000)
            if (try? UDPClient(to: nil, from: port)) != nil { return port }
        }
        throw ChildProcess.Trouble(description: "no free UDP port")
    }

    /// Sends one datagram; false when the other side is gone.
    @discardableResult
    package func send(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { Glibc.send(descriptor, $0.baseAddress, $0.count, 0) >= 0 }
    }

    /// Returns when somebody has taken the port; the kernel's table says so without a trial that could be in the way.
    ///
    /// - Parameter table: udp or tcp.
    package static func waitUntilTaken(
        _ port: UInt16, in table: String = "udp", within seconds: Double = 10
    ) throws {
        let deadline = Deadline(seconds)
        let digits = String(port, radix: 16, uppercase: true)
        let entry = ":" + String(repeating: "0", count: 4 - digits.count) + digits + " "
        while try !Self.sockets(table).contains(entry) {
            guard !deadline.hasPassed else {
                throw ChildProcess.Trouble(description: "nobody took port \(port)")
            }
            poll(nil, 0, 10)
        }
    }

    /// All of the kernel's table; `String(contentsOfFile:)` stops after its first page.
    private static func sockets(_ table: String) throws -> String {
        let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/net/\(table)"))
        return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    }

    /// The next datagram, nil when none came in time or the other side is gone.
    package func receive(within seconds: Double = 10) -> String? {
        let deadline = Deadline(seconds)
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&polled, 1, deadline.milliseconds) > 0 else { return nil }
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
