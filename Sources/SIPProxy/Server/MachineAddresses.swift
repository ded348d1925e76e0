import NIOCore
import SIPCore
import SIPTransport

/// The addresses of this machine's interfaces, for listeners that are bound to all of them.
struct MachineAddresses {
    private let addresses: [IPAddress]

    init() throws {
        addresses = try System.enumerateDevices().compactMap { device in
            device.address.flatMap { Endpoint(.udp, $0)?.address }
        }
    }

    /// All addresses at which the listeners are reached.
    func reached(by listeners: [Endpoint]) -> Set<IPAddress> {
        var reached: Set<IPAddress> = []
        for listener in listeners {
            if listener.address.isWildcard {
                reached.formUnion(addresses.filter { $0.isOfFamily(of: listener.address) })
            } else {
                reached.insert(listener.address)
            }
        }
        return reached
    }

    /// What to call ourselves on an address: itself, or for a wildcard the first that others can reach. IPv6 stands in brackets.
    func host(for address: IPAddress) -> String {
        var named = address
        if address.isWildcard {
            let family = addresses.filter { $0.isOfFamily(of: address) }
            named = family.first { !$0.isLocal } ?? family.first ?? address
        }
        if case .v6 = named { return "[\(named)]" }
        return named.description
    }
}

extension IPAddress {
    fileprivate func isOfFamily(of other: IPAddress) -> Bool {
        switch (self, other) {
        case (.v4, .v4), (.v6, .v6): true
        default: false
        }
    }

    /// Loopback or link-local.
    fileprivate var isLocal: Bool {
        switch self {
        case .v4(let bits): bits >> 24 == 127 || bits >> 16 == 0xA9FE
        case .v6(let high, let low): high == 0 && low == 1 || high >> 54 == 0xFE80 >> 6
        }
    }
}
