import Foundation
import Glibc

/// A command's end of the control socket.
package final class ControlClient {
    private let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var consumed = 0

    /// How long a line of an answer may take to come, in seconds; a clean stop may take a minute.
    private static let patience = 90

    /// Connects.
    ///
    /// - Returns: nil when no daemon listens there.
    /// - Throws: `Failure` when there is one, but not for us.
    package static func connect(to path: String) throws(Failure) -> ControlClient? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure(path) }
        guard UnixSocketAddress.with(path, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            let number = errno
            close(descriptor)
            if number == ENOENT || number == ECONNREFUSED || number == ENOTDIR { return nil }
            errno = number
            throw Self.failure(path)
        }
        var patience = timeval(tv_sec: Self.patience, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        return ControlClient(path, descriptor)
    }

    private init(_ path: String, _ descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Asks, and hands over the answer line by line until its last, or until `receive` returns false.
    ///
    /// - Throws: `Failure`, also what the daemon answered with; what `receive` throws.
    package func perform(
        _ request: ControlRequest, _ receive: (ControlReply) throws -> Bool
    ) throws {
        try send(request)
        var goesOn = true
        while goesOn {
            guard let reply = try nextReply() else { throw ended }
            if case .failed(let code, let message) = reply {
                throw Failure(Failure.Code(rawValue: code) ?? .software, message)
            }
            goesOn = try receive(reply) && (!reply.isLast || request.isStream)
        }
    }

    /// Returns when the other side has ended the connection.
    ///
    /// - Throws: `Failure` when that takes too long.
    package func waitForEnd() throws(Failure) {
        while try nextReply() != nil {}
    }

    private var ended: Failure {
        Failure(.unavailable, "sipd ended the connection to \(path) before it answered")
    }

    private func send(_ request: ControlRequest) throws {
        let line = try JSONEncoder().encode(request) + [0x0A]
        var sent = 0
        while sent < line.count {
            let count = line.withUnsafeBytes { bytes in
                Glibc.write(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
            }
            if count < 0, errno == EINTR { continue }
            // It may have refused us, and said why, before we wrote.
            guard count > 0 else { return }
            sent += count
        }
    }

    /// nil when the connection has ended.
    private func nextReply() throws(Failure) -> ControlReply? {
        while true {
            if let end = buffer[consumed...].firstIndex(of: 0x0A) {
                let line = Data(buffer[consumed..<end])
                consumed = end + 1
                guard let reply = try? JSONDecoder().decode(ControlReply.self, from: line) else {
                    throw Failure(
                        .software, "the sipd at \(path) answers in words of another version")
                }
                return reply
            }
            buffer.removeFirst(consumed)
            consumed = 0
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                throw Failure(
                    .unavailable, "the sipd at \(path) did not answer within \(Self.patience) s")
            }
            guard count > 0 else { return nil }
            buffer += chunk[..<count]
        }
    }

    private static func failure(_ path: String) -> Failure {
        switch errno {
        case EACCES, EPERM:
            Failure(
                .noPermission,
                "the control socket \(path) belongs to another user: run this as that user or root")
        case EAGAIN:
            Failure(.unavailable, "too many commands wait at the control socket \(path)")
        default:
            Failure(.unavailable, "can not use the control socket \(path): \(SystemError.text)")
        }
    }
}

extension ControlRequest {
    /// Whether its answer has no last line.
    fileprivate var isStream: Bool {
        if case .monitor = self { true } else { false }
    }
}
