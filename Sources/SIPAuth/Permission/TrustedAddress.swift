public import SIPCore

/// Peers that are known by their address: a network, as a row of the field's table `address` names it.
public struct TrustedAddress: Hashable, Sendable {
    /// The group that the network belongs to; Kamailio's default is 1.
    public var group: Int
    /// The network's address.
    public var network: IPAddress
    /// How many leading bits count: 0 to 32, or to 128.
    public var prefixLength: Int
    /// The port that requests come from; nil for any.
    public var port: UInt16?
    /// A word of the operator's: which gateway it is.
    public var tag: ByteSlice

    /// - Parameter prefixLength: nil for all bits: a single address.
    public init(
        group: Int = 1, network: IPAddress, prefixLength: Int? = nil, port: UInt16? = nil,
        tag: ByteSlice = ""
    ) {
        self.group = group
        self.network = network
        self.prefixLength = prefixLength ?? network.bitCount
        self.port = port
        self.tag = tag
    }

    /// Whether a peer is in this network, and its port is the one that is asked for.
    public func contains(_ address: IPAddress, port: UInt16) -> Bool {
        guard self.port == nil || self.port == port else { return false }
        switch (network, address) {
        case (.v4(let mine), .v4(let other)):
            return Self.agree(UInt64(mine) << 32, UInt64(other) << 32, prefixLength)
        case (.v6(let high, let low), .v6(let otherHigh, let otherLow)):
            return Self.agree(high, otherHigh, min(64, prefixLength))
                && Self.agree(low, otherLow, max(0, prefixLength - 64))
        default:
            return false
        }
    }

    private static func agree(_ first: UInt64, _ second: UInt64, _ bits: Int) -> Bool {
        bits <= 0 || (first ^ second) >> UInt64(64 - min(64, bits)) == 0
    }
}

extension TrustedAddress {
    /// A row as tables keep it.
    ///
    /// - Parameters:
    ///   - network: the address in digits.
    ///   - prefixLength: nil and what no address of the family has make no network.
    ///   - port: 0 for any.
    package init?(
        group: Int64, network: ByteSlice, prefixLength: Int64?, port: Int64, tag: ByteSlice
    ) {
        guard let address = IPAddress(network), let prefixLength,
            (0...Int64(address.bitCount)).contains(prefixLength),
            let port = UInt16(exactly: port)
        else { return nil }
        self.init(
            group: Int(clamping: group), network: address, prefixLength: Int(prefixLength),
            port: port == 0 ? nil : port, tag: tag)
    }

    /// The network's address in digits, as tables keep it: without brackets.
    package var networkText: ByteSlice {
        var text: [UInt8] = []
        network.writeHost(to: &text)
        return ByteSlice(text.filter { $0 != 0x5B && $0 != 0x5D })
    }
}

extension IPAddress {
    /// 32 or 128: the longest prefix.
    package var bitCount: Int { if case .v4 = self { 32 } else { 128 } }
}
