import SIPCore

/// Digest computations of their own, for commands that write accounts and for clients in tests.
public enum Digest {
    /// H(username ":" realm ":" password) (RFC 7616 3.4.2) as an account table keeps it: 32 (MD5) or 64 hexadecimal
    /// digits in small letters.
    ///
    /// - Throws: when libcrypto does not offer the algorithm.
    public static func ha1(
        username: String, realm: String, password: String, algorithm: DigestAlgorithm
    ) throws(CryptographyError) -> String {
        var hasher = try DigestHasher([algorithm])
        let value = try hasher.ha1(
            algorithm.function, username: ByteSlice(username), realm: ByteSlice(realm),
            password: password)
        var digits: [UInt8] = []
        digits.append(hexadecimal: value)
        return String(decoding: digits, as: UTF8.self)
    }

    /// The SHA-256 of bytes, as 64 hexadecimal digits in small letters.
    package static func sha256(_ bytes: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let context = try HashContext(.sha256)
        var digits: [UInt8] = []
        digits.append(hexadecimal: try context.hash(bytes, 0..<bytes.count))
        return digits
    }

    /// The `response` of a client that knows the password, as hexadecimal digits.
    package static func response(_ input: DigestInput, password: String) throws(CryptographyError)
        -> [UInt8]
    {
        var hasher = try DigestHasher([input.algorithm])
        var digits: [UInt8] = []
        digits.append(hexadecimal: try hasher.response(input, password: password))
        return digits
    }

    /// The `response` of a client that knows H(username ":" realm ":" password), as hexadecimal digits.
    package static func response(_ input: DigestInput, ha1: [UInt8]) throws(CryptographyError)
        -> [UInt8]
    {
        var hasher = try DigestHasher([input.algorithm])
        var digits: [UInt8] = []
        digits.append(hexadecimal: try hasher.response(input, ha1: ha1))
        return digits
    }
}
