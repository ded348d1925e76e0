import Glibc

/// Why a datagram did not leave. The socket goes on: each error is of one destination.
public struct SendError: Error, Hashable, Sendable {
    /// The system's number for it, such as EMSGSIZE or EHOSTUNREACH; EBADF once the port is closed.
    public let errno: Int32

    public init(errno: Int32) { self.errno = errno }

    /// The machine has no room at the moment, and the datagram is lost as on a full link: it is for
    /// a retransmission to repair, and says nothing against the destination.
    public var isCongestion: Bool {
        errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == ENOMEM
    }

    /// The datagram is longer than the transport carries.
    public var isTooLong: Bool { errno == EMSGSIZE }

    /// The port was closed.
    public var isClosed: Bool { errno == EBADF }
}

extension SendError: CustomStringConvertible {
    public var description: String { String(cString: strerror(errno)) }
}
