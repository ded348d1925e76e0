import SIPAuth
package import SIPCore

/// A network: an address, and how many of its bits count.
package struct Network: Hashable, Sendable, CustomStringConvertible {
    package let address: IPAddress
    /// 0 to 32, or to 128.
    package let prefixLength: Int

    /// - Parameter prefixLength: nil for all bits: the address alone.
    package init(address: IPAddress, prefixLength: Int? = nil) {
        self.address = address
        self.prefixLength = prefixLength ?? address.bitCount
    }

    /// Whether it is a single address.
    package var isAddress: Bool { prefixLength == address.bitCount }

    /// As it is written: `192.0.2.0/24`; the bits are left out when all count.
    package var description: String {
        let network = TrustedAddress(network: address)
        return isAddress
            ? "\(network.networkText)" : "\(network.networkText)/\(prefixLength)"
    }
}
