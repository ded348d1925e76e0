import Glibc
import NIOCore
public import SIPCore

/// Why an address can't be listened on, said so that an operator knows what to do.
public struct ListenError: Error, Hashable, Sendable {
    /// What was to be listened on.
    public let endpoint: Endpoint
    public let reason: Reason

    /// What the system says.
    public enum Reason: Hashable, Sendable {
        /// Somebody listens there already (EADDRINUSE).
        case taken
        /// Not with these rights (EACCES, EPERM): ports below 1024 need CAP_NET_BIND_SERVICE.
        case notPermitted
        /// The machine has no such address (EADDRNOTAVAIL).
        case noSuchAddress
        /// The machine has no IPv4 or no IPv6 (EAFNOSUPPORT).
        case noSuchProtocol
        /// Nothing here can listen for that transport.
        case unsupportedTransport
        /// Another error of the system, by its number.
        case system(errno: Int32)
        /// Not an error of the system.
        case other(String)
    }

    public init(_ endpoint: Endpoint, _ reason: Reason) {
        self.endpoint = endpoint
        self.reason = reason
    }

    package init(_ endpoint: Endpoint, _ error: any Error) {
        if let error = error as? IOError {
            self.init(endpoint, errno: error.errnoCode)
        } else {
            self.init(endpoint, .other("\(error)"))
        }
    }

    init(_ endpoint: Endpoint, errno code: Int32) {
        switch code {
        case EADDRINUSE: self.init(endpoint, .taken)
        case EACCES, EPERM: self.init(endpoint, .notPermitted)
        case EADDRNOTAVAIL: self.init(endpoint, .noSuchAddress)
        case EAFNOSUPPORT: self.init(endpoint, .noSuchProtocol)
        default: self.init(endpoint, .system(errno: code))
        }
    }
}

extension ListenError: CustomStringConvertible {
    public var description: String {
        let place = "port \(endpoint.port) on \(endpoint.address)"
        return switch reason {
        case .taken: "\(place) is taken: another program listens there"
        case .notPermitted: "\(place) is not permitted: ports below 1024 need privileges"
        case .noSuchAddress: "\(place) can't be used: this machine has no such address"
        case .noSuchProtocol: "\(place) can't be used: this machine has no such protocol"
        case .unsupportedTransport: "\(place) can't be used: no support for \(endpoint.transport)"
        case .system(let code): "\(place) can't be used: \(String(cString: strerror(code)))"
        case .other(let text): "\(place) can't be used: \(text)"
        }
    }
}
