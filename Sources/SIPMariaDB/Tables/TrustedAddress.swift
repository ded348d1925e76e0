public import SIPCore
import SIPLocation

/// Peers that are known by their address: a row of the table `address`.
public struct TrustedAddress: Hashable, Sendable {
    /// The group that the row belongs to; Kamailio's default is 1.
    public var group: Int
    /// The network's address.
    public var network: IPAddress
    /// How many leading bits count: 0 to 32, or to 128.
    public var prefixLength: Int
    /// Nil for any.
    public var port: UInt16?
    public var tag: ByteSlice

    public init(
        group: Int, network: IPAddress, prefixLength: Int, port: UInt16? = nil, tag: ByteSlice = ""
    ) {
        self.group = group
        self.network = network
        self.prefixLength = prefixLength
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

/// The peers in the table `address`.
public struct MariaDBAddresses: Sendable {
    private let database: MariaDBDatabase

    public init(_ database: MariaDBDatabase) { self.database = database }

    /// All networks; a row whose address or mask is none is passed over with a warning, so that a mistake trusts nobody.
    ///
    /// - Throws: ``StoreError``.
    public func list() async throws -> [TrustedAddress] {
        let (name, warn) = (database.settings.tables.address, database.warn)
        return try await database.tables.run("list the trusted addresses") { connection in
            let table = try connection.table(name)
            try table.require("ip_addr", "mask")
            let group = table.has("grp") ? "grp" : "1"
            let port = table.has("port") ? "port" : "0"
            let tag = table.has("tag") ? "tag" : "NULL"
            var addresses: [TrustedAddress] = []
            try connection.query(
                "SELECT ip_addr, mask, \(group), \(port), \(tag) FROM \(table.quoted)"
            ) { row in
                guard let text = row.bytes(0), let network = IPAddress(text),
                    let mask = row.integer(1),
                    (0...Self.bits(network)).contains(Int(clamping: mask)),
                    let port = UInt16(exactly: row.integer(3) ?? 0)
                else {
                    warn("table \(name): \(row.text(0))/\(row.text(1)) is no network")
                    return
                }
                addresses.append(
                    TrustedAddress(
                        group: Int(clamping: row.integer(2) ?? 1), network: network,
                        prefixLength: Int(clamping: mask), port: port == 0 ? nil : port,
                        tag: row.bytes(4) ?? ""))
            }
            return addresses
        }
    }

    private static func bits(_ address: IPAddress) -> Int {
        if case .v4 = address { 32 } else { 128 }
    }
}
