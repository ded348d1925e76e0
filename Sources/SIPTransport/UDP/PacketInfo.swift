import Glibc
import SIPCore

/// The control message that tells which of the machine's addresses a datagram came to, or shall
/// leave from: IP_PKTINFO (ip(7)) and IPV6_PKTINFO (RFC 3542 6.1).
///
/// The layout is written out, since the C library shows it only to programs that ask for GNU
/// extensions:
/// ```
/// cmsghdr: length, level, type  then  in_pktinfo:  interface, source, destination (4 bytes each)
///                               or    in6_pktinfo: address (16 bytes), interface (4)
/// ```
enum PacketInfo {
    /// Room for one control message of either kind, with the padding behind it.
    static let controlSize = 64

    private static let header = MemoryLayout<cmsghdr>.size
    private static let v4 = (level: Int32(0), type: Int32(8), size: 12)
    private static let v6 = (level: Int32(41), type: Int32(50), size: 20)

    /// The address that the kernel says a datagram was sent to, when it says one.
    static func destination(in control: UnsafeMutableRawBufferPointer) -> IPAddress? {
        // In bounds: the room is 64 bytes, and a control message of these kinds is at most 36.
        let message = control.load(as: cmsghdr.self)
        switch (message.cmsg_level, message.cmsg_type) {
        case (v4.level, v4.type) where message.cmsg_len >= header + v4.size:
            return .v4(UInt32(bigEndian: control.load(fromByteOffset: header + 8, as: UInt32.self)))
        case (v6.level, v6.type) where message.cmsg_len >= header + v6.size:
            return IPAddress(control.loadUnaligned(fromByteOffset: header, as: in6_addr.self))
        default: return nil
        }
    }

    /// Asks for an address to send from.
    ///
    /// - Returns: the size of the control message.
    static func write(source: IPAddress, to control: UnsafeMutableRawBufferPointer) -> Int {
        control.initializeMemory(as: UInt8.self, repeating: 0)
        var message = cmsghdr()
        let size: Int
        switch source {
        case .v4(let address):
            (message.cmsg_level, message.cmsg_type, size) = v4
            // "ipi_spec_dst is used as the local source address" (ip(7)).
            control.storeBytes(
                of: address.bigEndian, toByteOffset: header + 4, as: UInt32.self)
        case .v6(let high, let low):
            (message.cmsg_level, message.cmsg_type, size) = v6
            control.storeBytes(
                of: in6_addr(high, low), toByteOffset: header, as: in6_addr.self)
        }
        message.cmsg_len = header + size
        control.storeBytes(of: message, as: cmsghdr.self)
        let word = MemoryLayout<Int>.size
        return header + (size + word - 1) / word * word
    }
}
