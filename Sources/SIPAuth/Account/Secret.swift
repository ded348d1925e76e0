/// What an account proves itself with: its password, or what was hashed from it.
///
/// It prints as "…", so that no log, assertion or `dump` can show it.
public enum Secret: Sendable {
    /// The password in clear text: serves every algorithm.
    case password(String)
    /// The hashes of name, realm and password (RFC 7616 3.4.2): serve the realm and the algorithms they were made for.
    case ha1(HA1)
}

/// H(A1) = H(username ":" realm ":" password) for each hash function, as account tables keep it.
///
/// The hashes are good for one realm: an account whose realm changes needs new ones.
public struct HA1: Sendable {
    /// Hexadecimal digits in small letters, 32 (MD5) or 64 of them; nil when the store has none.
    let md5: [UInt8]?
    let sha256: [UInt8]?
    let sha512t256: [UInt8]?
    /// MD5 of `username@domain:realm:password`, for phones that put the domain into the user name.
    let addressMD5: [UInt8]?

    /// Takes the hashes as hexadecimal digits of either case.
    ///
    /// What is not exactly as many digits as the function gives (an empty column, for one) counts as absent.
    /// - Parameters:
    ///   - md5: column `ha1`, 32 digits.
    ///   - sha256: column `ha1_sha256`, 64 digits.
    ///   - sha512t256: column `ha1_sha512t256`, 64 digits.
    ///   - addressMD5: column `ha1b`, 32 digits.
    public init(
        md5: String? = nil, sha256: String? = nil, sha512t256: String? = nil,
        addressMD5: String? = nil
    ) {
        self.md5 = HA1.digits(md5, 32)
        self.sha256 = HA1.digits(sha256, 64)
        self.sha512t256 = HA1.digits(sha512t256, 64)
        self.addressMD5 = HA1.digits(addressMD5, 32)
    }

    private static func digits(_ text: String?, _ count: Int) -> [UInt8]? {
        guard let text, text.utf8.count == count else { return nil }
        var digits: [UInt8] = []
        digits.reserveCapacity(count)
        for byte in text.utf8 {
            guard let value = byte.hexadecimalValue else { return nil }
            digits.append(value.hexadecimalDigit)
        }
        return digits
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "…" }
    public var debugDescription: String { "…" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension HA1: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "…" }
    public var debugDescription: String { "…" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
