/// Certificates, and whose are believed. Files are PEM.
public struct TLSSettings: Hashable, Sendable {
    /// A certificate with those that lead to its authority, and its key.
    public struct Identity: Hashable, Sendable {
        /// The file with the chain, the own certificate first.
        public var chain: String
        /// The file with the private key.
        public var key: String

        public init(chain: String, key: String) {
            self.chain = chain
            self.key = key
        }
    }

    /// Whether those who connect show a certificate.
    public enum ClientVerification: String, Hashable, Sendable, CaseIterable {
        /// They are not asked.
        case none
        /// One that is shown has to be right.
        case optional
        /// Who shows none is refused.
        case required
    }

    /// A client that names a domain (SNI, RFC 6066 section 3) gets the first certificate that is for
    /// it, every other one the first of all. It is also what is shown to servers that ask.
    public var identities: [Identity] = []
    public var clientVerification = ClientVerification.none
    /// The file with the authorities of those who connect.
    public var clientAuthorities: String?
    /// The file with the authorities of those who are connected to; nil: the system's.
    public var authorities: String?

    public init() {}
}

/// Why TLS can't be set up.
public enum TLSError: Error, Hashable, Sendable, CustomStringConvertible {
    case noCertificate
    case unreadable(file: String, reason: String)
    /// The certificate's time is over, or has not begun.
    case notValidNow(file: String)
    /// Certificate and key are of different pairs.
    case mismatch(chain: String, key: String)
    /// Clients are to be verified, and nobody says by whom; or the other way round.
    case halfSetClientVerification
    /// Names of clients are trusted, and clients are not verified.
    case trustedNamesWithoutVerification

    public var description: String {
        switch self {
        case .noCertificate: "TLS needs a certificate and its key"
        case .unreadable(let file, let reason): "\(file) can't be used: \(reason)"
        case .notValidNow(let file): "the certificate in \(file) has expired or is not valid yet"
        case .mismatch(let chain, let key):
            "the key in \(key) is not the one of the certificate in \(chain)"
        case .halfSetClientVerification:
            "verifying clients needs both: the authorities, and that they are asked"
        case .trustedNamesWithoutVerification:
            "trusted names need clients that are verified"
        }
    }
}
