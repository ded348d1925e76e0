package import SIPCore

/// What a load balancer says at the beginning of a connection about who opened it: the PROXY protocol, versions 1 and 2
/// (https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt).
package struct ProxyHeader: Equatable, Sendable {
    /// Who opened the connection; nil: the balancer itself, to see whether we live, or it does not know.
    package let source: Source?
    /// The bytes of the header.
    package let length: Int

    package struct Source: Equatable, Sendable {
        package let address: IPAddress
        package let port: UInt16
    }

    /// What the first bytes of a connection are.
    package enum Reading: Equatable, Sendable {
        /// The beginning of a header, as far as it can be seen.
        case incomplete
        case malformed
        case whole(ProxyHeader)
    }

    private static let signature1 = Array("PROXY ".utf8)
    /// "107 bytes including the CRLF".
    private static let longest1 = 107
    private static let signature2: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    /// Addresses take 36 bytes at most; the rest is said about the balancer's own TLS, and is passed over.
    private static let longest2 = 4_096

    package static func read(_ bytes: [UInt8]) -> Reading {
        if begins(bytes, with: signature2) {
            return bytes.count < 16 ? .incomplete : readBinary(bytes)
        }
        guard begins(bytes, with: signature1) else { return .malformed }
        guard let end = bytes.firstIndex(of: 0x0A) else {
            return bytes.count < longest1 ? .incomplete : .malformed
        }
        guard end < longest1, bytes[end - 1] == 0x0D else { return .malformed }
        return readLine(bytes[..<(end - 1)], length: end + 1)
    }

    private static func begins(_ bytes: [UInt8], with signature: [UInt8]) -> Bool {
        bytes.starts(with: signature) || signature.starts(with: bytes)
    }

    /// `PROXY TCP4 192.0.2.7 198.51.100.1 56324 5060`
    private static func readLine(_ line: ArraySlice<UInt8>, length: Int) -> Reading {
        let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
            .map { ByteSlice(Array($0)) }
        guard words.count > 1 else { return .malformed }
        if words[1] == "UNKNOWN" {
            // "the receiver must ignore anything presented before the CRLF".
            return .whole(ProxyHeader(source: nil, length: length))
        }
        guard words.count == 6, let source = IPAddress(words[2]), let own = IPAddress(words[3]),
            let port = words[4].port, words[5].port != nil
        else { return .malformed }
        switch (words[1], source, own) {
        case ("TCP4", .v4, .v4), ("TCP6", .v6, .v6):
            return .whole(
                ProxyHeader(source: Source(address: source, port: port), length: length))
        default: return .malformed
        }
    }

    /// Signature, version and command, family and transport, length, addresses.
    private static func readBinary(_ bytes: [UInt8]) -> Reading {
        let count = Int(bytes[14]) << 8 | Int(bytes[15])
        let length = 16 + count
        // "the receiver MUST only accept version 2 here".
        guard bytes[12] >> 4 == 2, length <= longest2 else { return .malformed }
        guard bytes.count >= length else { return .incomplete }
        func number(_ offset: Int, _ count: Int) -> UInt64 {
            bytes[offset..<offset + count].reduce(0) { $0 << 8 | UInt64($1) }
        }
        let source: Source
        switch (bytes[12] & 0xF, bytes[13]) {
        // LOCAL, and UNSPEC or a UNIX socket: "the receiver […] must use the real connection endpoints".
        case (0, _), (1, 0x00), (1, 0x31):
            return .whole(ProxyHeader(source: nil, length: length))
        case (1, 0x11) where count >= 12:
            source = Source(
                address: .v4(UInt32(truncatingIfNeeded: number(16, 4))),
                port: UInt16(truncatingIfNeeded: number(24, 2)))
        case (1, 0x21) where count >= 36:
            source = Source(
                address: .v6(high: number(16, 8), low: number(24, 8)),
                port: UInt16(truncatingIfNeeded: number(48, 2)))
        default: return .malformed
        }
        return .whole(ProxyHeader(source: source, length: length))
    }
}

extension ByteSlice {
    /// A port in decimal digits, "without leading zeros".
    fileprivate var port: UInt16? {
        guard count == 1 || first != 0x30 else { return nil }
        return decimal(upTo: UInt64(UInt16.max)).map { UInt16(truncatingIfNeeded: $0) }
    }
}
