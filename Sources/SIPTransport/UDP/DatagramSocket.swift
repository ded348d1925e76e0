import Glibc
import NIOCore
import SIPCore

/// The socket calls for datagrams, on a descriptor that an event loop's channel owns and waits for.
///
/// They bypass the channel's own reading and writing for two reasons. Any error of sending other
/// than EMSGSIZE and EHOSTUNREACH makes NIO close a datagram channel, so one response to an
/// unreachable network or to port 0 would end the service; here an error is the datagram's. And a
/// datagram costs neither buffer, box nor promise.
///
/// Not thread-safe: it belongs to the channel's loop.
final class DatagramSocket {
    /// -1 when the channel is closed.
    private var descriptor: Int32
    /// Whether each datagram tells its destination address.
    private let reportsDestination: Bool
    /// Room for one datagram of any size: UDP's length field has 16 bits.
    private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    private let control = UnsafeMutableRawBufferPointer.allocate(
        byteCount: PacketInfo.controlSize, alignment: 16)

    /// Who is told of what goes wrong; nobody when the channel is closed, so that sink and port can
    /// hold each other.
    private(set) var sink: (any DatagramSink)?

    /// - Parameter descriptor: open until ``close()`` is called.
    init(descriptor: Int32, reportsDestination: Bool, sink: any DatagramSink) {
        self.descriptor = descriptor
        self.sink = sink
        self.reportsDestination = reportsDestination
    }

    deinit {
        room.deallocate()
        control.deallocate()
    }

    /// Forgets the descriptor, whose number may soon be another file's.
    func close() {
        descriptor = -1
        sink = nil
    }

    /// What reading once gave.
    enum Reading {
        case datagram(bytes: [UInt8], source: Endpoint, destination: IPAddress?)
        /// Something that is no datagram of ours, such as an error that ICMP brought for an earlier
        /// one. More may wait.
        case nothing
        /// Nothing waits.
        case empty
    }

    /// Takes the next datagram that waits.
    func receive() -> Reading {
        guard descriptor >= 0 else { return .empty }
        var address = sockaddr_storage()
        let length = withUnsafeMutablePointer(to: &address) { address in
            reportsDestination ? receiveMessage(from: address) : receivePlain(from: address)
        }
        guard length >= 0 else {
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EBADF ? .empty : .nothing
        }
        guard let source = Endpoint(.udp, address) else { return .nothing }
        // In bounds: the kernel wrote as many bytes into the room that it was given.
        let bytes = Array(UnsafeRawBufferPointer(rebasing: room[..<length]))
        return .datagram(
            bytes: bytes, source: source,
            destination: reportsDestination ? PacketInfo.destination(in: control) : nil)
    }

    private func receivePlain(from address: UnsafeMutablePointer<sockaddr_storage>) -> Int {
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            recvfrom(descriptor, room.baseAddress, room.count, Int32(MSG_DONTWAIT), address, &size)
        }
    }

    private func receiveMessage(from address: UnsafeMutablePointer<sockaddr_storage>) -> Int {
        // What the kernel does not write must not be taken for its answer.
        control.initializeMemory(as: UInt8.self, repeating: 0)
        var vector = iovec(iov_base: room.baseAddress, iov_len: room.count)
        return withUnsafeMutablePointer(to: &vector) { vector in
            var message = msghdr()
            message.msg_name = UnsafeMutableRawPointer(address)
            message.msg_namelen = socklen_t(MemoryLayout<sockaddr_storage>.size)
            message.msg_iov = vector
            message.msg_iovlen = 1
            message.msg_control = control.baseAddress
            message.msg_controllen = control.count
            return recvmsg(descriptor, &message, Int32(MSG_DONTWAIT))
        }
    }

    /// Sends one datagram.
    ///
    /// - Parameter local: the address it shall come from, where the socket is bound to a wildcard.
    /// - Returns: nil when the kernel took it.
    func send(_ bytes: [UInt8], to destination: Endpoint, from local: IPAddress?) -> SendError? {
        guard descriptor >= 0 else { return SendError(errno: EBADF) }
        while true {
            let sent =
                switch destination.address {
                case .v4(let address):
                    send(bytes, to: sockaddr_in(address, port: destination.port), from: local)
                case .v6(let high, let low):
                    send(bytes, to: sockaddr_in6(high, low, port: destination.port), from: local)
                }
            if sent >= 0 { return nil }
            guard errno == EINTR else { return SendError(errno: errno) }
        }
    }

    private func send<Address>(
        _ bytes: [UInt8], to address: Address, from local: IPAddress?
    ) -> Int {
        var address = address
        let size = socklen_t(MemoryLayout<Address>.size)
        return withUnsafeMutableBytes(of: &address) { address in
            bytes.withUnsafeBytes { bytes in
                guard let local else {
                    // A sockaddr_in or sockaddr_in6 begins as a sockaddr does.
                    return sendto(
                        descriptor, bytes.baseAddress, bytes.count,
                        Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL),
                        address.baseAddress?.assumingMemoryBound(to: sockaddr.self), size)
                }
                return sendMessage(bytes, to: address, from: local)
            }
        }
    }

    private func sendMessage(
        _ bytes: UnsafeRawBufferPointer, to address: UnsafeMutableRawBufferPointer,
        from local: IPAddress
    ) -> Int {
        // The kernel only reads what is sent.
        var vector = iovec(
            iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
        return withUnsafeMutablePointer(to: &vector) { vector in
            var message = msghdr()
            message.msg_name = address.baseAddress
            message.msg_namelen = socklen_t(address.count)
            message.msg_iov = vector
            message.msg_iovlen = 1
            message.msg_control = control.baseAddress
            message.msg_controllen = PacketInfo.write(source: local, to: control)
            return sendmsg(
                descriptor, &message, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        }
    }
}

extension Endpoint {
    /// The endpoint that the kernel wrote; nil for what is not IP.
    fileprivate init?(_ transport: Transport, _ address: sockaddr_storage) {
        // A sockaddr_storage has room for either, aligned for either.
        switch Int32(address.ss_family) {
        case AF_INET:
            self = withUnsafeBytes(of: address) {
                Endpoint(transport, $0.load(as: sockaddr_in.self))
            }
        case AF_INET6:
            self = withUnsafeBytes(of: address) {
                Endpoint(transport, $0.load(as: sockaddr_in6.self))
            }
        default: return nil
        }
    }
}
