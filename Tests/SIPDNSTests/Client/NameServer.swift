import Foundation
import SIPCore
import SIPDNS
import Synchronization

/// A real server of the DNS (Debian's dnsmasq) on a loopback port that was free a moment ago, with the records that a test gives it.
///
/// It ends with this object, and with this process, however that ends: a shell waits for the end of its input, which is a pipe from here.
final class NameServer: Sendable {
    let port: UInt16
    private let shell: Shell

    private struct Shell: @unchecked Sendable {
        let process: Process
        let input: Pipe
    }

    /// - Parameter records: options of dnsmasq, such as `host-record=a.test,192.0.2.1`; what is below `.test` and not among them does
    ///   not exist.
    init(_ records: [String]) throws {
        var attempt = 0
        while true {
            attempt += 1
            let port = try freePort()
            let shell = try Self.start(records, port)
            if Self.answers(on: port, shell.process) {
                self.port = port
                self.shell = shell
                return
            }
            try? shell.input.fileHandleForWriting.close()
            guard attempt < 5 else { throw Failure("dnsmasq does not start") }
        }
    }

    deinit {
        try? shell.input.fileHandleForWriting.close()
        shell.process.waitUntilExit()
    }

    /// The address as the resolver's settings have it.
    var address: String { "127.0.0.1:\(port)" }

    private static func start(_ records: [String], _ port: UInt16) throws -> Shell {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [
                // The threads of a test block signals, and who is started by one inherits that; dnsmasq lives by them.
                "--default-signal", "/bin/sh", "-c",
                "dnsmasq \"$@\" </dev/null & cat; kill $!; wait", "sh",
                "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", "--port=\(port)",
                "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts",
                "--local=/test/", "--local-ttl=60", "--log-facility=/dev/null",
            ] + records.map { "--\($0)" }
        // dnsmasq gives up root's rights, and then for whom it should.
        var environment = ProcessInfo.processInfo.environment
        environment["PATH"] = (environment["PATH"] ?? "/usr/bin") + ":/usr/sbin"
        process.environment = environment
        let input = Pipe()
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return Shell(process: process, input: input)
    }

    /// Waits until it takes connections.
    private static func answers(on port: UInt16, _ process: Process) -> Bool {
        let end = Date() + 10
        while Date() < end, process.isRunning {
            let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            defer { close(connection) }
            if withLoopback(port, { connect(connection, $0, $1) }) == 0 { return true }
            // Another process: it tells nobody when it is ready, so it is asked.
            usleep(10_000)
        }
        return false
    }
}

/// A server that hears everything and says nothing.
final class SilentServer: Sendable {
    let port: UInt16
    private let descriptor: Int32

    /// - Parameters:
    ///   - host: the last byte of its address, 127.0.0.x.
    ///   - port: 0: one that is free.
    init(host: UInt8 = 1, port: UInt16 = 0) throws {
        let descriptor = socket(
            AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard withLoopback(port, host: host, { bind(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            throw Failure("bind")
        }
        self.descriptor = descriptor
        self.port = boundPort(descriptor)
    }

    deinit { close(descriptor) }

    var address: String { "127.0.0.1:\(port)" }

    /// Waits for so many different questions; whether they have come.
    func hears(_ count: Int = 1) -> Bool {
        let end = monotonicTime() + .seconds(30)
        var seen: Set<[UInt8]> = []
        while seen.count < count, monotonicTime() < end {
            var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            poll(&polled, 1, 1000)
            seen.formUnion(questions())
        }
        return seen.count >= count
    }

    /// The numbers of the questions that have come; repetitions have the same.
    func questions() -> Set<[UInt8]> {
        var seen: Set<[UInt8]> = []
        var bytes = [UInt8](repeating: 0, count: 512)
        while recv(descriptor, &bytes, bytes.count, 0) > 12 { seen.insert(Array(bytes[0..<2])) }
        return seen
    }
}

/// A port that nobody listens on.
func freePort() throws -> UInt16 {
    let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(probe) }
    guard withLoopback(0, { bind(probe, $0, $1) }) == 0 else { throw Failure("bind") }
    return boundPort(probe)
}

private func boundPort(_ descriptor: Int32) -> UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            _ = getsockname(descriptor, $0, &length)
        }
    }
    return UInt16(bigEndian: address.sin_port)
}

private func withLoopback(
    _ port: UInt16, host: UInt8 = 1, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = (0x7F00_0000 | UInt32(host)).bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}

struct Failure: Error {
    let text: String
    init(_ text: String) { self.text = text }
}

extension DNSResolver {
    /// A resolver that asks those servers.
    convenience init(
        asking servers: [String], families: [AddressFamily] = [.v6, .v4],
        transports: [Transport] = [.udp, .tcp], clock: ShiftedClock = ShiftedClock(),
        _ change: (inout DNSSettings) -> Void = { _ in }
    ) throws {
        var settings = DNSSettings()
        settings.servers = servers
        // Whoever measures on this machine may hold a server for seconds; only tests of silence are in a hurry.
        settings.timeout = .seconds(15)
        settings.deadline = .seconds(30)
        change(&settings)
        try self.init(settings, transports: transports, families: families, now: { clock.now })
    }

    /// The destinations as text, or the error.
    func locate(_ uri: String) async throws -> Result<[String], ResolutionError> {
        let server = ServerQuery(try SIPURI(uri))
        do throws(ResolutionError) {
            return .success(
                try await destinations(
                    of: server, random: UInt64.random(in: 0 ... .max)
                ).map(\.description))
        } catch {
            return .failure(error)
        }
    }
}

/// The monotonic clock, or some time later.
final class ShiftedClock: Sendable {
    private let shift = Mutex(Duration.zero)

    var now: Instant { monotonicTime() + shift.withLock { $0 } }
    func advance(by time: Duration) { shift.withLock { $0 += time } }
}

func monotonicTime() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
}
