public import SIPCore

/// How a REGISTER ended.
public enum RegistrationOutcome: Sendable {
    /// 200, with all bindings that the address now has (RFC 3261 10.3 step 8).
    case accepted([RegisteredContact])
    case refused(RegistrationRefusal)
}

/// A binding as the 200 lists it.
public struct RegisteredContact: Sendable {
    public let binding: Binding
    /// The seconds that are left.
    public let expires: UInt32

    public init(_ binding: Binding, expires: UInt32) {
        self.binding = binding
        self.expires = expires
    }

    /// The value of a Contact header field: `<sip:alice@192.0.2.1>;+sip.instance="…";q=0.5;expires=3600`.
    public var value: ByteSlice {
        var bytes: [UInt8] = [0x3C]
        bytes.append(slice: binding.uri)
        bytes.append(0x3E)
        bytes.append(slice: binding.parameters)
        if let q = binding.q {
            bytes.append(";q=")
            bytes.append(contentsOf: Self.text(thousandths: q).utf8)
        }
        bytes.append(";expires=")
        bytes.append(decimal: UInt64(expires))
        return ByteSlice(bytes)
    }

    /// `qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )`, no digit more than needed.
    private static func text(thousandths: UInt16) -> String {
        guard thousandths % 1000 != 0 else { return "\(thousandths / 1000)" }
        var digits = String(thousandths + 1000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "0.\(digits)"
    }
}
