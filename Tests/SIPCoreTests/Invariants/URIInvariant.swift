import SIPCore

/// Two URIs, divided by a line end: each is read again from its own text as the same, and equality has its laws.
func checkURIs(_ bytes: [UInt8]) throws(Violation) {
    let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
    var uris: [URI] = []
    for part in parts {
        let text = ByteSlice(Array(part))
        if let address = IPAddress(text) { try checkAddress(address) }
        guard let uri = try? URI(text) else { continue }
        try expect(uri.text == text, "a URI has lost some of its text: \(text)")
        try checkURI(uri)
        uris.append(uri)
    }
    guard uris.count == 2 else { return }
    let isEquivalent = uris[0].isEquivalent(to: uris[1])
    try expect(
        isEquivalent == uris[1].isEquivalent(to: uris[0]), "equality is not symmetric: \(uris)")
    if let one = uris[0].sip, let other = uris[1].sip, isEquivalent {
        try expect(one.host == other.host, "equal URIs of two hosts: \(uris)")
        try expect(one.unescapedUser == other.unescapedUser, "equal URIs of two users: \(uris)")
    }
}

func checkURI(_ uri: URI) throws(Violation) {
    // A buffer of its own: nothing outside of the text may matter.
    let again = try expectAgain("a URI") { () throws(ParseError) in
        try URI(ByteSlice(Array(uri.text)))
    }
    try expect(uri.isEquivalent(to: uri), "a URI does not equal itself: \(uri)")
    try expect(uri.isEquivalent(to: again), "a URI is read as another: \(uri)")
    try expect(uri.scheme == again.scheme, "a scheme is read as another: \(uri)")
    switch (uri, again) {
    case (.sip(let one), .sip(let other)):
        try expect(
            one.user == other.user && one.password == other.password && one.host == other.host
                && one.port == other.port && one.headers == other.headers
                && one.parameters.text == other.parameters.text
                && one.transport == other.transport && one.maddr == other.maddr
                && one.ttl == other.ttl && one.method == other.method,
            "a part is read as another: \(uri)")
        try expect(one.hashValue == other.hashValue || one != other, "equal, and hashes differ")
        try checkHost(one.host)
        for parameter in one.parameters {
            try expect(!parameter.name.isEmpty, "a parameter without a name: \(uri)")
        }
    case (.tel(let one), .tel(let other)):
        try expect(one.digits == other.digits, "a number is read as another: \(uri)")
    case (.other, .other): break
    default: throw Violation("a URI is read as one of another kind: \(uri)")
    }
}

func checkHost(_ host: Host) throws(Violation) {
    let again = try expectAgain("a host") { () throws(ParseError) in
        try Host(ByteSlice(Array(host.text)))
    }
    try expect(again == host, "a host does not equal itself: \(host)")
    try expect(again.hashValue == host.hashValue, "equal hosts, and hashes differ: \(host)")
    if let address = host.address { try checkAddress(address) }
}

private func checkAddress(_ address: IPAddress) throws(Violation) {
    try expect(
        IPAddress(ByteSlice(address.description)) == address,
        "an address is printed as another: \(address)")
}
