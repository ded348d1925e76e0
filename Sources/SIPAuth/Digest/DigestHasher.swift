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

    /// H(username ":" realm ":" password).
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
    mutating func response(_ input: borrowing DigestInput, password: String)
        throws(CryptographyError) -> DigestValue
    {
        let ha1 = try ha1(
            input.algorithm.function, username: input.slice(input.username),
            realm: input.slice(input.realm), password: password)
        let ha2 = try ha2(input)
        start()
        text.append(hexadecimal: ha1)
        return try finish(input, ha2)
    }

    /// The response that the hexadecimal digits of H(username ":" realm ":" password) give.
    mutating func response(_ input: borrowing DigestInput, ha1: [UInt8]) throws(CryptographyError)
        -> DigestValue
    {
        let ha2 = try ha2(input)
        start()
        text.append(contentsOf: ha1)
        return try finish(input, ha2)
    }

    /// `H(Method ":" digest-uri)`, and with `auth-int` `":" H(entity-body)` behind it (RFC 7616 3.4.3).
    private mutating func ha2(_ input: borrowing DigestInput) throws(CryptographyError)
        -> DigestValue
    {
        let function = input.algorithm.function
        start()
        text.append(contentsOf: input.storage[input.method.bounds])
        text.append(0x3A)
        text.append(contentsOf: input.storage[input.uri.bounds])
        if input.qop == .authInt {
            let body = try hash(function, input.storage, input.body.bounds)
            text.append(0x3A)
            text.append(hexadecimal: body)
        }
        return try hash(function)
    }

    /// `KD(H(A1), unq(nonce) ":" nc ":" unq(cnonce) ":" unq(qop) ":" H(A2))`, or without `qop`
    /// `KD(H(A1), unq(nonce) ":" H(A2))`; the digits of H(username ":" realm ":" password) stand in the buffer already.
    private mutating func finish(_ input: borrowing DigestInput, _ ha2: DigestValue)
        throws(CryptographyError) -> DigestValue
    {
        let function = input.algorithm.function
        if input.algorithm.isSession {
            // A1 = H(username ":" realm ":" password) ":" unq(nonce-prime) ":" unq(cnonce-prime)
            append(input, input.nonce)
            append(input, input.cnonce)
            let sessionKey = try hash(function)
            start()
            text.append(hexadecimal: sessionKey)
        }
        append(input, input.nonce)
        if input.qop != nil {
            append(input, input.nonceCount)
            append(input, input.cnonce)
            append(input, input.qopText)
        }
        text.append(0x3A)
        text.append(hexadecimal: ha2)
        return try hash(function)
    }

    /// Appends a colon and a part.
    private mutating func append(_ input: borrowing DigestInput, _ part: ByteRange) {
        text.append(0x3A)
        text.append(contentsOf: input.storage[part.bounds])
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

extension ByteRange {
    fileprivate var bounds: Range<Int> { lower..<upper }
}
