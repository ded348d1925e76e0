package import SIPCore

/// What a response is computed over, as the credentials spell it (RFC 7616 3.4.1).
///
/// Quoted values stand without their quotes and with their escapes, which is how `unq` reads them.
package struct DigestInput: Sendable {
    package var algorithm: DigestAlgorithm
    package var username: ByteSlice
    package var realm: ByteSlice
    package var nonce: ByteSlice
    package var method: ByteSlice
    package var uri: ByteSlice
    /// Nil without `qop` (RFC 2069).
    package var protection: Protection?
    /// What `-sess` hashes into A1; empty when there is none.
    package var cnonce: ByteSlice = ""
    /// What `auth-int` covers.
    package var body: ByteSlice = ""

    /// The two values that come with `qop`, as they were sent.
    package struct Protection: Sendable {
        package var qop: QualityOfProtection
        /// The value as it was spelt, for that is what was hashed.
        package var value: ByteSlice
        package var nonceCount: ByteSlice

        package init(qop: QualityOfProtection, value: ByteSlice, nonceCount: ByteSlice) {
            self.qop = qop
            self.value = value
            self.nonceCount = nonceCount
        }
    }

    package init(
        algorithm: DigestAlgorithm, username: ByteSlice, realm: ByteSlice, nonce: ByteSlice,
        method: ByteSlice, uri: ByteSlice
    ) {
        self.algorithm = algorithm
        self.username = username
        self.realm = realm
        self.nonce = nonce
        self.method = method
        self.uri = uri
    }
}
