public import SIPCore

/// One of our own addresses: where messages arrive, and what others are told to send to.
public struct Listener: Hashable, Sendable {
    /// The address that the socket is bound to; 0.0.0.0 or :: stands for all addresses of the machine.
    public let bound: Endpoint
    /// The host for Via and Record-Route: an address or a name, IPv6 in brackets.
    public let advertisedHost: ByteSlice
    /// The port for Via and Record-Route.
    public let advertisedPort: UInt16

    public init(bound: Endpoint, advertisedHost: ByteSlice, advertisedPort: UInt16) {
        self.bound = bound
        self.advertisedHost = advertisedHost
        self.advertisedPort = advertisedPort
    }

    /// Whether what is bound here can send to an address of that family.
    func reaches(_ destination: Endpoint) -> Bool {
        guard bound.transport == destination.transport else { return false }
        switch (bound.address, destination.address) {
        case (.v4, .v4), (.v6, .v6): return true
        default: return false
        }
    }

    /// `host:port`, as Via and Record-Route spell it.
    func appendHostPort(to bytes: inout [UInt8]) {
        bytes.append(slice: advertisedHost)
        bytes.append(0x3A)
        bytes.append(decimal: UInt64(advertisedPort))
    }
}
