package import SIPCore

/// What a response is computed over, as the credentials spell it (RFC 7616 3.4.1): ranges of one buffer, which is the
/// request that they came in.
///
/// Quoted values stand without their quotes and with their escapes, which is how `unq` reads them.
package struct DigestInput: Sendable {
    let storage: [UInt8]
    let algorithm: DigestAlgorithm
    var username = ByteRange.empty
    var realm = ByteRange.empty
    var nonce = ByteRange.empty
    var method = ByteRange.empty
    var uri = ByteRange.empty
    /// Nil without `qop` (RFC 2069).
    var qop: QualityOfProtection?
    /// How `qop` was spelt, for that is what was hashed.
    var qopText = ByteRange.empty
    /// With `qop`, as it was sent.
    var nonceCount = ByteRange.empty
    /// With `qop`, and for `-sess`.
    var cnonce = ByteRange.empty
    /// What `auth-int` covers.
    var body = ByteRange.empty

    init(_ storage: [UInt8], _ algorithm: DigestAlgorithm) {
        self.storage = storage
        self.algorithm = algorithm
    }

    /// What a client computes its response over.
    ///
    /// - Parameter nonceCount: eight hexadecimal digits, when there is a `qop`.
    package init(
        algorithm: DigestAlgorithm, username: ByteSlice, realm: ByteSlice, nonce: ByteSlice,
        method: ByteSlice, uri: ByteSlice, qop: QualityOfProtection? = nil,
        nonceCount: ByteSlice = "", cnonce: ByteSlice = "", body: ByteSlice = ""
    ) {
        var storage: [UInt8] = []
        func add(_ part: ByteSlice) -> ByteRange {
            storage.append(contentsOf: part)
            return ByteRange(storage.count - part.count, storage.count)
        }
        self.algorithm = algorithm
        self.username = add(username)
        self.realm = add(realm)
        self.nonce = add(nonce)
        self.method = add(method)
        self.uri = add(uri)
        self.qop = qop
        qopText = add(ByteSlice(qop?.rawValue ?? ""))
        self.nonceCount = add(nonceCount)
        self.cnonce = add(cnonce)
        self.body = add(body)
        self.storage = storage
    }

    func slice(_ part: ByteRange) -> ByteSlice { ByteSlice(storage, part) }
}
