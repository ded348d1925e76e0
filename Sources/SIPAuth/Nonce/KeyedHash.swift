internal import COpenSSL

/// HMAC-SHA256 with one key, whose inner and outer state are made once.
///
/// A context serves one thread at a time.
struct KeyedHash: ~Copyable {
    private let context: OpaquePointer

    init(key: [UInt8]) throws(CryptographyError) {
        guard let method = EVP_MAC_fetch(nil, "HMAC", nil) else { throw .unavailable("HMAC") }
        defer { EVP_MAC_free(method) }
        guard let context = EVP_MAC_CTX_new(method) else { throw .failed("EVP_MAC_CTX_new") }
        var name = Array("SHA256".utf8CString)
        let isReady = name.withUnsafeMutableBufferPointer { name in
            let parameters = [
                OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.baseAddress, 0),
                OSSL_PARAM_construct_end(),
            ]
            return EVP_MAC_init(context, key, key.count, parameters) == 1
        }
        guard isReady else {
            EVP_MAC_CTX_free(context)
            throw .unavailable("HMAC-SHA256")
        }
        self.context = context
    }

    deinit { EVP_MAC_CTX_free(context) }

    /// The code of some bytes, 32 bytes long.
    func code(of text: [UInt8]) throws(CryptographyError) -> DigestValue {
        var value = DigestValue(count: 32)
        var length = 0
        // Without a key the context starts anew with the one it has.
        guard EVP_MAC_init(context, nil, 0, nil) == 1,
            EVP_MAC_update(context, text, text.count) == 1
        else { throw .failed("HMAC-SHA256") }
        var bytes = value.bytes.mutableSpan
        let isDone = bytes.withUnsafeMutableBufferPointer {
            EVP_MAC_final(context, $0.baseAddress, &length, $0.count) == 1
        }
        guard isDone, length == 32 else { throw .failed("HMAC-SHA256") }
        return value
    }
}
