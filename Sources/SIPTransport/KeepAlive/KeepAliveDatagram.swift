package import SIPCore

/// The keep-alives that phones send over UDP, to be told from SIP by their first bytes.
package enum KeepAliveDatagram: Sendable {
    /// Line ends, or four bytes of zero: nobody answers them (RFC 5626 3.5.1 has an answer over connections alone).
    case lineEnds
    /// A STUN Binding request, and its response (RFC 5626 section 8).
    case stun([UInt8])
    /// STUN that asks for no response, or is wrong.
    case otherSTUN

    /// Nil for what is none: mostly SIP.
    ///
    /// - Parameter source: where it came from: what the phone wants to know.
    @inline(__always)
    package init?(_ bytes: [UInt8], from source: Endpoint) {
        // "The first octet of a STUN Binding method has a value of 0 or 1, while the first octet of a SIP message is never a 0 or 1."
        guard bytes.count <= 4 || bytes[0] <= 1 else { return nil }
        self.init(short: bytes, source)
    }

    @inline(never)
    private init?(short bytes: [UInt8], _ source: Endpoint) {
        guard let first = bytes.first else { return nil }
        if bytes.count <= 4 {
            let isLineEnds = bytes.allSatisfy { $0 == 0x0D || $0 == 0x0A }
            guard isLineEnds || bytes == [0, 0, 0, 0] else { return nil }
            self = .lineEnds
        } else {
            guard first <= 1, let message = STUNMessage(bytes) else { return nil }
            self = message.response(to: source).map { .stun($0) } ?? .otherSTUN
        }
    }
}
