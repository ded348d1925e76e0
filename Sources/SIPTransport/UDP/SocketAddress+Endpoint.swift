import Glibc
package import NIOCore
package import SIPCore

extension Endpoint {
    /// The endpoint of a socket address; nil for what is not IP. Nothing is formatted or parsed on
    /// the way.
    package init?(_ transport: Transport, _ address: SocketAddress) {
        switch address {
        case .v4(let address): self.init(transport, address.address)
        case .v6(let address): self.init(transport, address.address)
        case .unixDomainSocket: return nil
        }
    }

    init(_ transport: Transport, _ address: sockaddr_in) {
        self.init(
            transport, .v4(UInt32(bigEndian: address.sin_addr.s_addr)),
            port: UInt16(bigEndian: address.sin_port))
    }

    init(_ transport: Transport, _ address: sockaddr_in6) {
        self.init(
            transport, IPAddress(address.sin6_addr), port: UInt16(bigEndian: address.sin6_port))
    }

    /// The endpoint as sockets take it.
    package var socketAddress: SocketAddress {
        switch address {
        case .v4(let address): SocketAddress(sockaddr_in(address, port: port))
        case .v6(let high, let low): SocketAddress(sockaddr_in6(high, low, port: port))
        }
    }
}

extension IPAddress {
    init(_ address: in6_addr) {
        let (high, low) = unsafeBitCast(address, to: (UInt64, UInt64).self)
        self = .v6(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
    }

    /// `0.0.0.0` or `::`: every address of the machine.
    package var isWildcard: Bool {
        switch self {
        case .v4(let address): address == 0
        case .v6(let high, let low): high | low == 0
        }
    }
}

extension sockaddr_in {
    init(_ address: UInt32, port: UInt16) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = port.bigEndian
        sin_addr.s_addr = address.bigEndian
    }
}

extension sockaddr_in6 {
    init(_ high: UInt64, _ low: UInt64, port: UInt16) {
        self.init()
        sin6_family = sa_family_t(AF_INET6)
        sin6_port = port.bigEndian
        sin6_addr = in6_addr(high, low)
    }
}

extension in6_addr {
    init(_ high: UInt64, _ low: UInt64) {
        // Both are 16 bytes without references.
        self = unsafeBitCast((high.bigEndian, low.bigEndian), to: in6_addr.self)
    }
}
