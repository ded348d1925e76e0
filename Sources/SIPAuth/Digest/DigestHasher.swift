import SIPCore

/// The digest computations of RFC 7616 3.4, over contexts and a buffer that are used again and again.
///
/// It serves one thread at a time.
struct DigestHasher: ~Copyable {
    private let md5: HashContext?
    private let sha256: HashContext?
    private let sha512t256: HashContext?
    private var text: [UInt8] = []

    /// With the functions that the algorithms need.
    init(_ algorithms: [DigestAlgorithm]) throws(CryptographyError) {
        let functions = algorithms.map(\.function)
        let first = functions.contains(.md5) ? try HashContext(.md5) : nil
        let second = functions.contains(.sha256) ? try HashContext(.sha256) : nil
        let third = functions.contains(.sha512t256) ? try HashContext(.sha512t256) : nil
        md5 = first
        sha256 = second
        sha512t256 = third
        text.reserveCapacity(512)
    }

    /// H(username ":" realm ":" password) as hexadecimal digits.
    mutating func ha1(
        _ function: HashFunction, username: ByteSlice, realm: ByteSlice, password: String
    ) throws(CryptographyError) -> DigestValue {
        start()
        text.append(username)
        text.append(0x3A)
        text.append(realm)
        text.append(0x3A)
        text.append(contentsOf: password.utf8)
        return try hash(function)
    }

    /// The response that a password gives.
    mutating func response(_ input: DigestInput, password: String) throws(CryptographyError)
        -> DigestValue
    {
        let ha1 = try ha1(
            input.algorithm.function, username: input.username, realm: input.realm,
            password: password)
        return try response(input) { $0.append(hexadecimal: ha1) }
    }

    /// The response that the hexadecimal digits of H(username ":" realm ":" password) give.
    mutating func response(_ input: DigestInput, ha1: [UInt8]) throws(CryptographyError)
        -> DigestValue
    {
        try response(input) { $0.append(contentsOf: ha1) }
    }

    /// `KD(H(A1), unq(nonce) ":" nc ":" unq(cnonce) ":" unq(qop) ":" H(A2))`, or without `qop`
    /// `KD(H(A1), unq(nonce) ":" H(A2))`.
    private mutating func response(_ input: DigestInput, _ appendHA1: (inout [UInt8]) -> Void)
        throws(CryptographyError) -> DigestValue
    {
        let function = input.algorithm.function
        let ha2 = try ha2(input)
        start()
        appendHA1(&text)
        if input.algorithm.isSession {
            // A1 = H(username ":" realm ":" password) ":" unq(nonce-prime) ":" unq(cnonce-prime)
            text.append(0x3A)
            text.append(input.nonce)
            text.append(0x3A)
            text.append(input.cnonce)
            let sessionKey = try hash(function)
            start()
            text.append(hexadecimal: sessionKey)
        }
        text.append(0x3A)
        text.append(input.nonce)
        if let protection = input.protection {
            text.append(0x3A)
            text.append(protection.nonceCount)
            text.append(0x3A)
            text.append(input.cnonce)
            text.append(0x3A)
            text.append(protection.value)
        }
        text.append(0x3A)
        text.append(hexadecimal: ha2)
        return try hash(function)
    }

    /// `H(Method ":" digest-uri)`, and with `auth-int` `":" H(entity-body)` behind it (RFC 7616 3.4.3).
    private mutating func ha2(_ input: DigestInput) throws(CryptographyError) -> DigestValue {
        let function = input.algorithm.function
        start()
        text.append(input.method)
        text.append(0x3A)
        text.append(input.uri)
        if input.protection?.qop == .authInt {
            let body = input.body
            let hashed = try hash(function, body.storage, body.range.lower..<body.range.upper)
            text.append(0x3A)
            text.append(hexadecimal: hashed)
        }
        return try hash(function)
    }

    /// Empties the buffer, and gives it back when a giant of a message made it grow.
    private mutating func start() {
        text.removeAll(keepingCapacity: text.capacity <= 4096)
    }

    private func hash(_ function: HashFunction) throws(CryptographyError) -> DigestValue {
        try hash(function, text, 0..<text.count)
    }

    private func hash(_ function: HashFunction, _ bytes: [UInt8], _ part: Range<Int>)
        throws(CryptographyError) -> DigestValue
    {
        let value: DigestValue? =
            switch function {
            case .md5: try md5?.hash(bytes, part)
            case .sha256: try sha256?.hash(bytes, part)
            case .sha512t256: try sha512t256?.hash(bytes, part)
            }
        guard let value else { throw .unavailable(function.libraryName) }
        return value
    }
}
