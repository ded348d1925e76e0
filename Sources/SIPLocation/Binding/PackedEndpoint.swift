import SIPCore

/// A transport address in 7 or 19 bytes: transport, address, port.
enum PackedEndpoint {
    static func pack(_ endpoint: Endpoint) -> [UInt8] {
        var bytes = [endpoint.transport.rawValue]
        switch endpoint.address {
        case .v4(let address):
            bytes.append(bigEndian: address)
        case .v6(let high, let low):
            bytes.append(bigEndian: high)
            bytes.append(bigEndian: low)
        }
        bytes.append(bigEndian: endpoint.port)
        return bytes
    }

    static func unpack(_ bytes: ByteSlice) -> Endpoint? {
        guard bytes.count == 7 || bytes.count == 19, let transport = Transport(rawValue: bytes[0])
        else { return nil }
        let port = UInt16(truncatingIfNeeded: bytes.number(bytes.count - 2..<bytes.count))
        if bytes.count == 7 {
            let address = UInt32(truncatingIfNeeded: bytes.number(1..<5))
            return Endpoint(transport, .v4(address), port: port)
        }
        return Endpoint(
            transport, .v6(high: bytes.number(1..<9), low: bytes.number(9..<17)), port: port)
    }
}

extension [UInt8] {
    fileprivate mutating func append<Number: FixedWidthInteger>(bigEndian number: Number) {
        for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}

extension ByteSlice {
    fileprivate func number(_ range: Range<Int>) -> UInt64 {
        range.reduce(0) { $0 << 8 | UInt64(self[$1]) }
    }
}
