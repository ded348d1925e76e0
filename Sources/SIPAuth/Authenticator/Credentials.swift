import SIPCore

/// The credentials of one header line, as far as a digest is concerned (RFC 7616 3.4).
struct Credentials: Sendable {
    /// The index of the line among the request's.
    let line: Int
    let username: ByteSlice
    let realm: ByteSlice
    let nonce: ByteSlice
    let uri: ByteSlice
    let response: ByteSlice
    /// MD5 when the parameter is absent; nil when nobody knows the algorithm.
    let algorithm: DigestAlgorithm?
    let qop: ByteSlice?
    let nonceCount: ByteSlice?
    let cnonce: ByteSlice?
}
