import SIPCore

extension URI {
    /// The same without its user and headers: a gateway itself, not a number there.
    var withoutUser: URI { with(user: nil, phone: false) }

    /// A number at a gateway: the user of a `sip` URI or the number of a `tel` URI, and the gateway's host, port and parameters.
    func called(at gateway: URI) -> URI {
        switch self {
        case .sip(let uri): gateway.with(user: uri.user, phone: uri.isPhone)
        // RFC 3261 19.1.6.
        case .tel(let uri): gateway.with(user: ByteSlice(uri.digits), phone: true)
        case .other: gateway.withoutUser
        }
    }

    private func with(user: ByteSlice?, phone: Bool) -> URI {
        guard let sip else { return self }
        var bytes = Array((sip.isSecure ? "sips:" : "sip:").utf8)
        if let user {
            bytes.append(slice: user)
            bytes.append(0x40)
        }
        bytes.append(slice: sip.host.text)
        if let port = sip.port {
            bytes.append(0x3A)
            bytes.append(decimal: UInt64(port))
        }
        let parameters = sip.parameters.text
        if !parameters.isEmpty {
            bytes.append(0x3B)
            bytes.append(slice: parameters)
        }
        if phone, !sip.parameters.contains("user") { bytes.append(";user=phone") }
        return (try? URI(ByteSlice(bytes))) ?? self
    }
}

extension SIPURI {
    /// Whether it says that its user is a telephone number.
    fileprivate var isPhone: Bool { parameters["user"]?.equalsIgnoringCase("phone") ?? false }
}
