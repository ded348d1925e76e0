import SIPCore

/// A digest algorithm (RFC 7616 section 3.3, RFC 8760 2.7), as the `algorithm` parameter names it.
public enum DigestAlgorithm: String, Hashable, CaseIterable, Sendable {
    case sha512t256 = "SHA-512-256"
    case sha512t256Session = "SHA-512-256-sess"
    case sha256 = "SHA-256"
    case sha256Session = "SHA-256-sess"
    case md5 = "MD5"
    case md5Session = "MD5-sess"

    /// The algorithm of a parameter's value, which is compared without case.
    init?(_ value: ByteSlice) {
        // No two are of the same length.
        let algorithm: DigestAlgorithm? =
            switch value.count {
            case 3: .md5
            case 7: .sha256
            case 8: .md5Session
            case 11: .sha512t256
            case 12: .sha256Session
            case 16: .sha512t256Session
            default: nil
            }
        guard let algorithm, value.equalsIgnoringCase(algorithm.token) else { return nil }
        self = algorithm
    }

    var token: StaticString {
        switch self {
        case .sha512t256: "SHA-512-256"
        case .sha512t256Session: "SHA-512-256-sess"
        case .sha256: "SHA-256"
        case .sha256Session: "SHA-256-sess"
        case .md5: "MD5"
        case .md5Session: "MD5-sess"
        }
    }

    /// From 0 to 5, the weakest first.
    var strength: UInt8 {
        switch self {
        case .md5Session: 0
        case .md5: 1
        case .sha256Session: 2
        case .sha256: 3
        case .sha512t256Session: 4
        case .sha512t256: 5
        }
    }

    package var function: HashFunction {
        switch self {
        case .sha512t256, .sha512t256Session: .sha512t256
        case .sha256, .sha256Session: .sha256
        case .md5, .md5Session: .md5
        }
    }

    /// Whether A1 is hashed once more with the nonce and the client's nonce (RFC 7616 3.4.2).
    package var isSession: Bool {
        switch self {
        case .sha512t256Session, .sha256Session, .md5Session: true
        case .sha512t256, .sha256, .md5: false
        }
    }
}

extension DigestAlgorithm: CustomStringConvertible {
    /// The algorithm as a message names it.
    public var description: String { rawValue }
}

/// The hash functions beneath the algorithms.
package enum HashFunction: Hashable, CaseIterable, Sendable {
    case md5, sha256
    /// SHA-512/256 of FIPS 180-4, which is not SHA-512 cut to 256 bits (errata 4897 of RFC 7616).
    case sha512t256

    /// How many bytes the function gives.
    package var size: Int { self == .md5 ? 16 : 32 }

    var libraryName: String {
        switch self {
        case .md5: "MD5"
        case .sha256: "SHA256"
        case .sha512t256: "SHA512-256"
        }
    }
}

/// What a digest covers beside the method and the Request-URI (RFC 7616 section 3.3, `qop`).
public enum QualityOfProtection: String, Hashable, CaseIterable, Sendable {
    /// Nothing else.
    case auth = "auth"
    /// The body.
    case authInt = "auth-int"

    init?(_ value: ByteSlice) {
        if value.equalsIgnoringCase(QualityOfProtection.auth.token) {
            self = .auth
        } else if value.equalsIgnoringCase(QualityOfProtection.authInt.token) {
            self = .authInt
        } else {
            return nil
        }
    }
}

extension QualityOfProtection {
    var token: StaticString {
        switch self {
        case .auth: "auth"
        case .authInt: "auth-int"
        }
    }
}
