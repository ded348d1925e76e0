public import SIPCore

/// Where a loop's datagrams go. It is only called on its event loop, and is not shared with another
/// one.
public protocol DatagramSink: AnyObject {
    /// A datagram came.
    ///
    /// - Parameters:
    ///   - bytes: the whole datagram, which may be empty.
    ///   - source: where it came from.
    ///   - local: the address and port that it came to; where the port listens on a wildcard, the
    ///     address that the sender used.
    ///   - port: through which answers go.
    func receive(_ bytes: [UInt8], from source: Endpoint, at local: Endpoint, on port: UDPPort)

    /// What was waiting in the port has been handed over: a moment to do once what need not be done
    /// for each datagram.
    func burstEnded(on port: UDPPort)

    /// A datagram that was posted from another thread did not leave.
    func sendFailed(to destination: Endpoint, _ error: SendError, on port: UDPPort)

    /// The port is closed, and no more datagrams will come through it.
    ///
    /// - Parameter error: the reason, when it was not ``UDPListener/close()``.
    func closed(_ port: UDPPort, because error: (any Error)?)
}

extension DatagramSink {
    public func burstEnded(on port: UDPPort) {}
    public func sendFailed(to destination: Endpoint, _ error: SendError, on port: UDPPort) {}
    public func closed(_ port: UDPPort, because error: (any Error)?) {}
}
