import Glibc
import NIOSSL
package import SIPCore

/// Whom a certificate is for (RFC 5922 7.1).
package struct PeerCertificate: Sendable {
    /// Host names, in small letters.
    package private(set) var names: [ByteSlice] = []
    /// The domains of its `sip:` URIs, in small letters. Where there are some, they are its SIP
    /// identities and the host names are none.
    package private(set) var domains: [ByteSlice] = []
    package private(set) var addresses: [IPAddress] = []

    /// Reads the subject's alternative names. RFC 5922 7.1 step 4 allows a Common Name where there are none; it is never one here.
    init(_ certificate: NIOSSLCertificate) {
        for name in certificate._subjectAlternativeNames() {
            let bytes = Array(name.contents)
            switch name.nameType {
            case .dnsName: names.append(ByteSlice(bytes.map(\.lowercased)))
            case .uri:
                // "If the scheme of the URI is not "sip", then the implementation MUST NOT accept
                // the value as a SIP domain identity", nor one with a user.
                guard let uri = try? SIPURI(ByteSlice(bytes)), !uri.isSecure, uri.user == nil
                else { continue }
                domains.append(ByteSlice(uri.host.text.map(\.lowercased)))
            case .ipAddress:
                if let address = IPAddress(certificate: bytes) { addresses.append(address) }
            default: break
            }
        }
    }

    /// The first certificate in a PEM file; nil when there is none.
    package init?(file: String) throws {
        guard let certificate = try NIOSSLCertificate.fromPEMFile(file).first else { return nil }
        self.init(certificate)
    }

    /// The SIP domain identities: what a peer with this certificate may be called.
    package var identities: [ByteSlice] { domains.isEmpty ? names : domains }

    /// Whether it is for a host (RFC 5922 7.2): "the entire DNS domain name", without wildcards.
    ///
    /// - Parameter name: nil when the peer is only known by its address.
    package func isFor(_ name: ByteSlice?, at address: IPAddress) -> Bool {
        guard let name, IPAddress(name) == nil else { return addresses.contains(address) }
        return identities.contains { $0.equalsIgnoringCase(name) }
    }
}

extension IPAddress {
    /// As a certificate has it: 4 or 16 bytes.
    fileprivate init?(certificate bytes: [UInt8]) {
        func number(_ range: Range<Int>) -> UInt64 {
            bytes[range].reduce(0) { $0 << 8 | UInt64($1) }
        }
        switch bytes.count {
        case 4: self = .v4(UInt32(truncatingIfNeeded: number(0..<4)))
        case 16: self = .v6(high: number(0..<8), low: number(8..<16))
        default: return nil
        }
    }
}

/// The wall clock, for the validity of certificates.
enum UnixTimeOfDay {
    static var now: time_t { time(nil) }
}
