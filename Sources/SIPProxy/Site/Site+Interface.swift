import SIPCore

extension Site {
    /// The interface that is one of our sockets; nil when there is no such socket (any more), or it is another node's.
    func interface(of socket: Endpoint) -> Interface? {
        for (index, listener) in listeners.enumerated()
        where listener.bound.port == socket.port && listener.bound.transport == socket.transport {
            if listener.bound.address == socket.address { return Interface(listener: index) }
            if listener.isOnAllAddresses, listener.reaches(socket),
                responsibility.addresses.contains(socket.address)
            {
                return Interface(listener: index, address: socket.address)
            }
        }
        return nil
    }
}

extension Arrival {
    /// Our own socket that the request came in on: for a wildcard, with the machine's address that it was sent to.
    func localSocket(of site: Site) -> Endpoint {
        var socket = site.listeners[listener].bound
        if let address = interface.address { socket.address = address }
        return socket
    }
}
