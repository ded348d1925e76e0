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
