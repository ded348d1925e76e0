import SIPCore

/// A resource record (RFC 1035 section 4.1.3), its data still to be read.
struct ResourceRecord {
    let type: UInt16
    private let kind: UInt16
    /// Seconds.
    let lifetime: Int64
    private let data: Range<Int>

    static let cname: UInt16 = 5
    private static let soa: UInt16 = 6

    init(type: UInt16, kind: UInt16, lifetime: UInt32, data: Range<Int>) {
        self.type = type
        self.kind = kind
        // RFC 2181 section 8: a TTL with its highest bit set counts as zero.
        self.lifetime = lifetime > UInt32(Int32.max) ? 0 : Int64(lifetime)
        self.data = data
    }

    var isInternet: Bool { kind == 1 }

    func address(_ message: DNSReader) -> IPAddress? {
        var reader = DNSReader(message, data)
        switch data.count {
        case 4: return reader.uint32().map { .v4($0) }
        case 16:
            guard let a = reader.uint32(), let b = reader.uint32(), let c = reader.uint32(),
                let d = reader.uint32()
            else { return nil }
            return .v6(high: UInt64(a) << 32 | UInt64(b), low: UInt64(c) << 32 | UInt64(d))
        default: return nil
        }
    }

    /// RFC 2782.
    func service(_ message: DNSReader) -> ServiceRecord? {
        var reader = DNSReader(message, data)
        guard let priority = reader.uint16(), let weight = reader.uint16(),
            let port = reader.uint16(), let target = reader.name()
        else { return nil }
        return ServiceRecord(priority: priority, weight: weight, port: port, target: target)
    }

    /// RFC 3403 section 4.1.
    func pointer(_ message: DNSReader) -> PointerRecord? {
        var reader = DNSReader(message, data)
        guard let order = reader.uint16(), let preference = reader.uint16(),
            let flags = reader.string(), let services = reader.string(),
            let regexp = reader.string(), let replacement = reader.name()
        else { return nil }
        return PointerRecord(
            order: order, preference: preference, flags: flags, services: services,
            regexp: regexp, replacement: replacement)
    }

    /// RFC 2308 section 5: how long it holds that there is nothing, "the minimum of the MINIMUM field of the SOA record and the TTL of
    /// the SOA itself". Nil for another record.
    func negativeLifetime(_ message: DNSReader) -> Int64? {
        guard type == Self.soa, isInternet else { return nil }
        var reader = DNSReader(message, data)
        guard reader.skipName(), reader.skipName(), reader.take(16) != nil,
            let minimum = reader.uint32()
        else { return nil }
        return min(Int64(minimum), lifetime)
    }
}

extension DNSReader {
    /// The next record; nil when the bytes end before it does.
    mutating func record() -> ResourceRecord? {
        guard skipName(), let type = uint16(), let kind = uint16(), let lifetime = uint32(),
            let length = uint16(), let data = take(Int(length))
        else { return nil }
        return ResourceRecord(type: type, kind: kind, lifetime: lifetime, data: data)
    }
}
