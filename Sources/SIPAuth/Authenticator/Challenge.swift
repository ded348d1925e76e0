import SIPCore

/// The value of a WWW-Authenticate or Proxy-Authenticate header field (RFC 7616 3.3, RFC 8760 2.3).
struct Challenge {
    let realm: ByteSlice
    let nonce: [UInt8]
    let algorithm: DigestAlgorithm
    let qop: [QualityOfProtection]
    let isStale: Bool

    var bytes: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(112 + realm.count + nonce.count)
        text.append(literal: "Digest realm=\"")
        text.append(quoting: realm)
        text.append(literal: "\", nonce=\"")
        text.append(contentsOf: nonce)
        text.append(literal: "\"")
        if isStale { text.append(literal: ", stale=true") }
        text.append(literal: ", algorithm=")
        text.append(literal: algorithm.token)
        for (index, qop) in qop.enumerated() {
            text.append(literal: index == 0 ? ", qop=\"" : ",")
            text.append(literal: qop.token)
        }
        if !qop.isEmpty { text.append(literal: "\"") }
        return text
    }
}

extension [UInt8] {
    /// Appends what stands between the quotes of a quoted-string (RFC 3261 25.1). A line end would end the header field
    /// and begin another: it is left out, as is NUL.
    mutating func append(quoting text: ByteSlice) {
        let bytes = text.span
        for index in bytes.indices {
            let byte = bytes[index]
            switch byte {
            case 0x00, 0x0A, 0x0D: continue
            case 0x22, 0x5C: append(0x5C)
            default: break
            }
            append(byte)
        }
    }
}
