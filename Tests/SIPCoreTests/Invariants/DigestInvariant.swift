import SIPCore

/// Credentials, a challenge or what follows them: whatever is read can be written, and is then read as the same.
func checkDigest(_ bytes: [UInt8]) throws(Violation) {
    let text = ByteSlice(bytes)
    if let credentials = try? DigestCredentials(text) {
        let values = credentials.values
        guard credentials.isDigest else {
            try expect(values.isEmpty, "parameters of another scheme were read: \(text)")
            return
        }
        let again = try expectAgain("credentials") { () throws(ParseError) in
            try DigestCredentials(written(values))
        }
        try expect(again.values == values, "credentials are read as others: \(text)")
        try expect(again.nonceCount == credentials.nonceCount, "another nonce count: \(text)")
        for value in values { try checkQuotedPairs(value.1) }
    }
    if let challenge = try? DigestChallenge(text), challenge.isDigest {
        let values = challenge.values
        let again = try expectAgain("a challenge") { () throws(ParseError) in
            try DigestChallenge(written(values))
        }
        try expect(again.values == values, "a challenge is read as another: \(text)")
        try expect(again.isStale == challenge.isStale, "another stale: \(text)")
    }
    if let info = try? AuthenticationInfo(text) {
        _ = (info.nextNonce, info.qop, info.responseDigest, info.cnonce, info.nc)
    }
}

private func checkQuotedPairs(_ value: ByteSlice) throws(Violation) {
    let plain = value.withoutQuotedPairs
    try expect(plain.count <= value.count, "without its escapes it is longer: \(value)")
    try expect(value.contains(0x5C) || plain == value, "changed without an escape: \(value)")
}

private typealias Value = (String, ByteSlice)

private func == (left: [Value], right: [Value]) -> Bool {
    left.elementsEqual(right) { $0.0 == $1.0 && $0.1 == $1.1 }
}

/// The parameters in the order of their names, all in quotes: a value is kept as it stands between them.
private func written(_ values: [Value]) -> ByteSlice {
    var bytes = Array("Digest ".utf8)
    for (index, value) in values.enumerated() {
        if index > 0 { bytes += ", ".utf8 }
        bytes += "\(value.0)=\"".utf8
        bytes += value.1
        bytes += "\"".utf8
    }
    // Credentials must not be empty.
    if values.isEmpty { bytes += "x=1".utf8 }
    return ByteSlice(bytes)
}

extension DigestCredentials {
    fileprivate var values: [(String, ByteSlice)] {
        let all: [(String, ByteSlice?)] = [
            ("username", username), ("username*", usernameEncoded), ("realm", realm),
            ("nonce", nonce), ("uri", uri), ("response", response), ("algorithm", algorithm),
            ("cnonce", cnonce), ("opaque", opaque), ("qop", qop), ("nc", nc),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }
}

extension DigestChallenge {
    fileprivate var values: [(String, ByteSlice)] {
        let all: [(String, ByteSlice?)] = [
            ("realm", realm), ("domain", domain), ("nonce", nonce), ("opaque", opaque),
            ("algorithm", algorithm), ("qop", qop), ("stale", isStale ? "true" : nil),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }
}
