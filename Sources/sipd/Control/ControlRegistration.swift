package import SIPCore
package import SIPLocation

/// A registration as commands show it.
package struct ControlRegistration: Codable, Equatable, Sendable {
    package var address: String
    package var contact: String
    /// Seconds; nil for a permanent contact.
    package var expiresIn: Int64?
    /// In thousandths.
    package var q: UInt16
    package var userAgent: String
    /// Where requests go instead of the contact's host and port: `udp:192.0.2.1:5060`.
    package var received: String?

    package init(_ binding: Binding, at now: UnixTime) {
        address = binding.address.description
        contact = binding.uri.description
        expiresIn = binding.remaining(at: now)
        q = binding.preference
        userAgent = binding.userAgent.description
        received = binding.received?.description
    }
}
