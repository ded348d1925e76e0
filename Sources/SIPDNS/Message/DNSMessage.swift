import SIPCore

/// The answer of a DNS server, read from its bytes (RFC 1035 section 4).
///
/// c-ares 1.18 reads SRV and NAPTR records too, but not how long they hold.
package struct DNSMessage {
    /// What the answer says of the question, and how long it holds; nil for the time: the message gives none.
    package let answer: Answer
    package let lifetime: Duration?

    /// - Parameter type: what was asked for.
    /// - Returns: nil for bytes that are no answer.
    package init?(_ bytes: [UInt8], type: RecordType) {
        var reader = DNSReader(bytes)
        guard let header = reader.take(12) else { return nil }
        let responseCode = bytes[header.lowerBound + 3] & 0x0F
        let counts = [4, 6, 8].map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) }
        for _ in 0..<counts[0] {
            guard reader.skipName(), reader.take(4) != nil else { return nil }
        }
        var records = Records(type)
        for _ in 0..<counts[1] {
            guard records.take(from: &reader) else { return nil }
        }
        // NOERROR and NXDOMAIN say something of the name; all else of the server.
        guard responseCode == 0 || responseCode == 3 else {
            answer = .failed(.failed("the DNS server answered with code \(responseCode)"))
            lifetime = nil
            return
        }
        if responseCode == 0, let found = records.answer {
            answer = found
            lifetime = .seconds(records.lifetime)
            return
        }
        answer = .nothing
        var negative: Int64?
        for _ in 0..<counts[2] {
            guard let record = reader.record() else { break }
            negative = record.negativeLifetime(reader) ?? negative
        }
        lifetime = negative.map { .seconds($0) }
    }
}

/// The records of the answer section that were asked for.
private struct Records {
    private let type: RecordType
    private var addresses: [IPAddress] = []
    private var services: [ServiceRecord] = []
    private var pointers: [PointerRecord] = []
    /// Seconds; that of aliases on the way counts too.
    private(set) var lifetime = Int64(UInt32.max)

    init(_ type: RecordType) { self.type = type }

    /// - Returns: false when the bytes end too soon. A record that makes no sense is left out.
    mutating func take(from reader: inout DNSReader) -> Bool {
        guard let record = reader.record() else { return false }
        guard record.isInternet, record.type == type.rawValue || record.type == ResourceRecord.cname
        else { return true }
        lifetime = min(lifetime, record.lifetime)
        guard record.type == type.rawValue else { return true }
        switch type {
        case .a, .aaaa: if let address = record.address(reader) { addresses.append(address) }
        case .srv: if let service = record.service(reader) { services.append(service) }
        case .naptr: if let pointer = record.pointer(reader) { pointers.append(pointer) }
        }
        return true
    }

    var answer: Answer? {
        switch type {
        case .a, .aaaa: addresses.isEmpty ? nil : .addresses(addresses)
        case .srv: services.isEmpty ? nil : .services(services)
        case .naptr: pointers.isEmpty ? nil : .pointers(pointers)
        }
    }
}
