package import SIPCore

/// A STUN message (RFC 5389 section 6), as far as a server for keep-alives needs it: Binding requests and their responses.
package struct STUNMessage {
    private let type: UInt16
    /// The magic cookie and the transaction's number: a response repeats them.
    private let identity: ArraySlice<UInt8>
    private let unknown: [UInt16]

    private static let cookie: UInt32 = 0x2112_A442
    private static let request: UInt16 = 0x0001
    private static let success: UInt16 = 0x0101
    private static let failure: UInt16 = 0x0111
    /// What need not be understood to answer, though its number says so: MAPPED-ADDRESS, USERNAME, MESSAGE-INTEGRITY, ERROR-CODE,
    /// UNKNOWN-ATTRIBUTES, REALM, NONCE, XOR-MAPPED-ADDRESS. Nobody is authenticated here.
    private static let known: Set<UInt16> = [1, 6, 8, 9, 0x0A, 0x14, 0x15, 0x20]

    /// Nil for what is no STUN message, or a malformed one.
    package init?(_ bytes: [UInt8]) {
        func number(_ offset: Int) -> UInt16 {
            UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
        }
        // "The most significant 2 bits of every STUN message MUST be zeroes"; its length is a multiple of four.
        guard bytes.count >= 20, bytes[0] & 0xC0 == 0, Int(number(2)) == bytes.count - 20,
            bytes.count % 4 == 0, number(4) == UInt16(Self.cookie >> 16),
            number(6) == UInt16(Self.cookie & 0xFFFF)
        else { return nil }
        type = number(0)
        identity = bytes[4..<20]
        var unknown: [UInt16] = []
        var offset = 20
        while offset + 4 <= bytes.count {
            let attribute = number(offset)
            let length = Int(number(offset + 2))
            // "Values 0x0000 to 0x7FFF are comprehension-required."
            if attribute < 0x8000, !Self.known.contains(attribute) { unknown.append(attribute) }
            offset += 4 + (length + 3) & ~3
        }
        guard offset == bytes.count else { return nil }
        self.unknown = unknown
    }

    /// The response to a Binding request: where it came from, or 420 with the attributes that are not understood (RFC 5389 7.3.1).
    ///
    /// - Returns: nil for other messages: indications and responses are not answered.
    package func response(to source: Endpoint) -> [UInt8]? {
        guard type == Self.request else { return nil }
        guard unknown.isEmpty else {
            // "4" and "20", without a phrase; then the list, filled up to a multiple of four.
            var body: [UInt8] = [0, 9, 0, 4, 0, 0, 4, 20, 0, 0x0A]
            body.append(bigEndian: UInt16(truncatingIfNeeded: unknown.count * 2))
            for attribute in unknown { body.append(bigEndian: attribute) }
            if unknown.count % 2 == 1 { body += [0, 0] }
            return message(Self.failure, body)
        }
        return message(Self.success, mappedAddress(source))
    }

    /// XOR-MAPPED-ADDRESS (15.2): exclusive or with the cookie, and for IPv6 the transaction's number behind it, so that no router
    /// rewrites what looks like an address.
    private func mappedAddress(_ source: Endpoint) -> [UInt8] {
        var address: [UInt8] = []
        switch source.address {
        case .v4(let bits): address.append(bigEndian: bits)
        case .v6(let high, let low):
            for half in [high, low] {
                address.append(bigEndian: UInt32(truncatingIfNeeded: half >> 32))
                address.append(bigEndian: UInt32(truncatingIfNeeded: half))
            }
        }
        let family: UInt8 = address.count == 4 ? 1 : 2
        var body: [UInt8] = [0, 0x20, 0, UInt8(4 + address.count), 0, family]
        body.append(bigEndian: source.port ^ UInt16(Self.cookie >> 16))
        for (byte, mask) in zip(address, identity) { body.append(byte ^ mask) }
        return body
    }

    private func message(_ type: UInt16, _ body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: type)
        bytes.append(bigEndian: UInt16(truncatingIfNeeded: body.count))
        return bytes + identity + body
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian number: UInt16) {
        append(UInt8(truncatingIfNeeded: number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }

    fileprivate mutating func append(bigEndian number: UInt32) {
        append(bigEndian: UInt16(truncatingIfNeeded: number >> 16))
        append(bigEndian: UInt16(truncatingIfNeeded: number))
    }
}
