internal import COpenSSL

/// One hash function of libcrypto, fetched once, with a context that is used again and again.
///
/// Fetching by name at every call costs more than hashing does. A context serves one thread at a time.
struct HashContext: ~Copyable {
    let function: HashFunction
    private let method: OpaquePointer
    private let context: OpaquePointer

    init(_ function: HashFunction) throws(CryptographyError) {
        guard let method = EVP_MD_fetch(nil, function.libraryName, nil) else {
            throw .unavailable(function.libraryName)
        }
        guard let context = EVP_MD_CTX_new() else {
            EVP_MD_free(method)
            throw .failed("EVP_MD_CTX_new")
        }
        self.function = function
        self.method = method
        self.context = context
    }

    deinit {
        EVP_MD_CTX_free(context)
        EVP_MD_free(method)
    }

    /// The hash of a part of some bytes, which must lie inside them.
    func hash(_ text: [UInt8], _ part: Range<Int>) throws(CryptographyError) -> DigestValue {
        precondition(part.lowerBound >= 0 && part.upperBound <= text.count)
        var value = DigestValue(count: function.size)
        guard EVP_DigestInit_ex2(context, method, nil) == 1,
            update(text, part),
            finish(&value)
        else { throw .failed(function.libraryName) }
        return value
    }

    private func update(_ text: [UInt8], _ part: Range<Int>) -> Bool {
        text.withUnsafeBytes { bytes in
            // In bounds: the caller checked the part. An empty array may have no address, and is not hashed.
            guard let start = bytes.baseAddress, !part.isEmpty else { return true }
            return EVP_DigestUpdate(context, start + part.lowerBound, part.count) == 1
        }
    }

    private func finish(_ value: inout DigestValue) -> Bool {
        var bytes = value.bytes.mutableSpan
        // In bounds: every function of HashFunction gives at most 32 bytes.
        return bytes.withUnsafeMutableBufferPointer {
            EVP_DigestFinal_ex(context, $0.baseAddress, nil) == 1
        }
    }
}
