package import SIPCore
package import SIPTransport

extension Interface {
    /// The interface, for what goes over a connection that is there, or nowhere.
    var overExisting: Interface {
        Interface(listener: listener, address: address, flow: .existing)
    }
}

/// Where a message arrived, or from where one leaves: a listener and, when that is bound to a wildcard, which of the machine's
/// addresses.
package struct Interface: Hashable, Sendable {
    /// The index of the listener.
    package let listener: Int
    /// The machine's address; nil leaves the choice to the system.
    package let address: IPAddress?
    /// The connection that the message arrived on; nil over UDP. What answers it goes back over it (RFC 3261 18.2.2).
    package let flow: Flow?

    package init(listener: Int, address: IPAddress? = nil, flow: Flow? = nil) {
        self.listener = listener
        self.address = address
        self.flow = flow
    }

    /// The interface for a request that is passed on from here to somebody else.
    ///
    /// It leaves from the address that it came to: a phone behind a NAT, or a peer that knows us by one address, takes nothing from
    /// another. Yet a machine between two networks has an address in each, and no packet gets far with that of the other: where
    /// the destination is of another scope than our address, the system chooses.
    func toward(_ destination: Endpoint) -> Interface {
        guard let address, address.scope != destination.address.scope else {
            // The connection leads to who asked, not to who is asked.
            return Interface(listener: listener, address: address)
        }
        return Interface(listener: listener)
    }
}

extension IPAddress {
    /// How far an address is known.
    fileprivate enum Scope {
        case host, link, site, world
    }

    /// RFC 1122 3.2.1.3, RFC 3927, RFC 1918 and 6598 for IPv4; RFC 4291 2.4 and 4193 for IPv6.
    fileprivate var scope: Scope {
        switch self {
        case .v4(let bits):
            switch (bits >> 24, bits >> 20, bits >> 16) {
            case (127, _, _): .host
            case (_, _, 0xA9FE): .link
            case (10, _, _), (_, 0xAC1, _), (_, _, 0xC0A8): .site
            default: bits >> 22 == 0x6440 >> 6 ? .site : .world
            }
        case .v6(let high, let low):
            if high == 0, low == 1 {
                .host
            } else if high >> 54 == 0xFE80 >> 6 {
                .link
            } else {
                high >> 57 == 0xFC >> 1 ? .site : .world
            }
        }
    }
}
