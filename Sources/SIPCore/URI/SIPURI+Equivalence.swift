extension SIPURI {
    /// Whether the two stand for the same resource by the rules of RFC 3261 19.1.4, RFC 5954 for
    /// IPv6 hosts.
    public func isEquivalent(to other: SIPURI) -> Bool {
        if self == other { return true }
        // "A SIP and SIPS URI are never equivalent."
        // "For two URIs to be equal, the user, password, host, and port components must match."; "a
        // URI omitting the optional port component will not match a URI explicitly declaring port
        // 5060".
        return isSecure == other.isSecure && port == other.port && host == other.host
            // "Comparison of the userinfo of SIP and SIPS URIs is case-sensitive."
            && areEquivalent(user, other.user, ignoringCase: false)
            && areEquivalent(password, other.password, ignoringCase: false)
            && parameters.isEquivalent(to: other.parameters)
            && haveSameHeaders(headers, other.headers)
    }
}

/// Two URIs of more parameters or headers than this are equal only byte for byte, so that comparing
/// stays cheap whatever is sent.
private let comparedAtMost = 32

extension URIParameters {
    /// "A user, ttl, or method uri-parameter appearing in only one URI never matches"; neither does
    /// maddr, nor, as the examples say, transport. "All other uri-parameters appearing in only one
    /// URI are ignored."
    fileprivate func isEquivalent(to other: URIParameters) -> Bool {
        if isEmpty, other.isEmpty { return true }
        guard Array(prefix(comparedAtMost + 1)).count <= comparedAtMost,
            Array(other.prefix(comparedAtMost + 1)).count <= comparedAtMost
        else { return text == other.text }
        return others(isSatisfiedBy: other) && other.others(isSatisfiedBy: self)
    }

    /// Whether each of these parameters has its like in `other`, or may be there alone.
    private func others(isSatisfiedBy other: URIParameters) -> Bool {
        for parameter in self {
            let like = other.first { areEquivalent($0.name, parameter.name, ignoringCase: true) }
            guard let like else {
                if parameter.mustBeInBoth { return false }
                continue
            }
            // "Any uri-parameter appearing in both URIs must match."
            guard areEquivalent(like.value, parameter.value, ignoringCase: true) else {
                return false
            }
        }
        return true
    }
}

extension Parameter {
    fileprivate var mustBeInBoth: Bool {
        isNamed("user") || isNamed("ttl") || isNamed("method") || isNamed("maddr")
            || isNamed("transport")
    }
}

/// "URI header components are never ignored. Any present header component MUST be present in both
/// URIs and match", in any order. Values are compared with case: what a header field makes of its
/// own is not known here.
private func haveSameHeaders(_ left: ByteSlice?, _ right: ByteSlice?) -> Bool {
    guard let left, let right else { return left == nil && right == nil }
    if left == right { return true }
    let mine = left.split(separator: 0x26)
    var others = right.split(separator: 0x26)
    guard mine.count == others.count, mine.count <= comparedAtMost else { return false }
    for header in mine {
        let like = others.firstIndex { isSameHeader(header, $0) }
        guard let like else { return false }
        others.remove(at: like)
    }
    return true
}

private func isSameHeader(_ left: Slice<ByteSlice>, _ right: Slice<ByteSlice>) -> Bool {
    func parts(_ header: Slice<ByteSlice>) -> (name: ByteSlice, value: ByteSlice) {
        let whole = header.base
        let equals = header.firstIndex(of: 0x3D) ?? header.endIndex
        let value = Swift.min(equals + 1, header.endIndex)
        return (whole.slice(header.startIndex..<equals), whole.slice(value..<header.endIndex))
    }
    let (mine, other) = (parts(left), parts(right))
    return areEquivalent(mine.name, other.name, ignoringCase: true)
        && areEquivalent(mine.value, other.value, ignoringCase: false)
}

/// "Characters other than those in the reserved set are equivalent to their %HH encoding."
func areEquivalent(_ left: ByteSlice?, _ right: ByteSlice?, ignoringCase: Bool) -> Bool {
    guard let left, let right else { return left == nil && right == nil }
    var mine = URICharacters(left)
    var others = URICharacters(right)
    while let (byte, isEscaped) = mine.next() {
        guard let (other, isOtherEscaped) = others.next(),
            ignoringCase ? byte.lowercased == other.lowercased : byte == other,
            isEscaped == isOtherEscaped || !byte.isReserved
        else { return false }
    }
    return others.next() == nil
}

/// The characters of a URI's part, each with whether it came as an escape.
private struct URICharacters {
    private let text: ByteSlice
    private var here = 0

    init(_ text: ByteSlice) { self.text = text }

    mutating func next() -> (byte: UInt8, isEscaped: Bool)? {
        guard here < text.count else { return nil }
        let byte = text[here]
        here += 1
        guard byte == 0x25, here + 1 < text.count, let high = text[here].hexadecimalValue,
            let low = text[here + 1].hexadecimalValue
        else { return (byte, false) }
        here += 2
        return (high << 4 | low, true)
    }
}

extension UInt8 {
    /// `reserved = ";" / "/" / "?" / ":" / "@" / "&" / "=" / "+" / "$" / ","`
    fileprivate var isReserved: Bool {
        switch self {
        case 0x3B, 0x2F, 0x3F, 0x3A, 0x40, 0x26, 0x3D, 0x2B, 0x24, 0x2C: true
        default: false
        }
    }
}
