package import SIPCore

/// A user name as it stands in credentials, taken apart.
///
/// Most phones send the user part of their address; some send `user@domain`, and some a whole URI. The digest is
/// computed over what was sent; the account is looked up by the user part, in the domain that was sent with it. A
/// domain equal to the realm says nothing, as in Kamailio.
package struct Login {
    /// How much of an address was sent.
    package enum Form: Hashable {
        case user
        case address
        /// With a scheme, or a port: no account table keeps a hash of that.
        case uri
    }

    package let username: ByteSlice
    /// The domain that was sent, else the realm.
    package let domain: ByteSlice
    package let form: Form

    package init(_ sent: ByteSlice, realm: ByteSlice) {
        let scheme = Login.schemeLength(sent)
        let address = sent.slice(scheme..<sent.count)
        guard let at = Login.lastAt(address) else {
            username = address
            domain = realm
            form = scheme == 0 ? .user : .uri
            return
        }
        username = address.slice(0..<at)
        let hostPort = address.slice(at + 1..<address.count)
        let host = hostPort.slice(0..<Login.hostLength(hostPort))
        domain = host.isEmpty || host.equalsIgnoringCase(realm) ? realm : host
        form = scheme == 0 && host.count == hostPort.count ? .address : .uri
    }

    private static func schemeLength(_ text: ByteSlice) -> Int {
        if text.count >= 4, text.slice(0..<4).equalsIgnoringCase("sip:" as StaticString) {
            return 4
        }
        if text.count >= 5, text.slice(0..<5).equalsIgnoringCase("sips:" as StaticString) {
            return 5
        }
        return 0
    }

    private static func lastAt(_ text: ByteSlice) -> Int? {
        let bytes = text.span
        return bytes.indices.last { bytes[$0] == 0x40 }
    }

    /// Up to the port or the parameters; an IPv6 address stands in brackets.
    private static func hostLength(_ text: ByteSlice) -> Int {
        var isBracketed = false
        for index in text.indices {
            switch text[index] {
            case 0x5B: isBracketed = true
            case 0x5D: isBracketed = false
            case 0x3A where !isBracketed, 0x3B, 0x3F: return index
            default: break
            }
        }
        return text.count
    }
}

extension HA1 {
    /// The digits for a function and what was sent for a name; nil when the store has none.
    func digits(_ function: HashFunction, for form: Login.Form) -> [UInt8]? {
        switch (form, function) {
        case (.user, .md5): md5
        case (.user, .sha256): sha256
        case (.user, .sha512t256): sha512t256
        case (.address, .md5): addressMD5
        case (.address, _), (.uri, _): nil
        }
    }
}
