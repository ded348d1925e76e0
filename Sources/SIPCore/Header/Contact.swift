/// Where a user agent can be reached (RFC 3261 20.10), and in a registration, for how long.
public struct Contact: Sendable {
    public let address: NameAddress
    /// The preference in thousandths, 0 to 1000; nil when none is given, or one that is no
    /// `qvalue`.
    public let q: UInt16?
    /// The seconds asked for; nil when none are given. What is malformed or above 2^32 - 1 counts
    /// as not given, so that the default holds (RFC 3261 10.2.1.1, RFC 4475 3.1.2.4).
    public let expires: UInt32?
    /// `reg-id` of RFC 5626 4.2: 1 and up.
    public let regID: UInt32?
    private let instanceRange: ByteRange

    /// A contact from its text; the whole of it must be one, and none is `*`.
    ///
    /// - Throws: ``ParseError`` where it is none.
    public init(_ text: ByteSlice) throws(ParseError) {
        try self.init(whole: text)
    }
}

extension Contact {
    public var uri: URI { address.uri }
    /// The header field's parameters.
    public var parameters: Parameters { address.parameters }
    /// The value as it was written.
    public var text: ByteSlice { address.text }

    /// `+sip.instance` of RFC 5626 4.1, without its quotes: `<urn:uuid:…>`.
    public var instance: ByteSlice? {
        instanceRange == .empty ? nil : ByteSlice(address.uri.storage, instanceRange)
    }
}

extension Contact: CustomStringConvertible {
    public var description: String { text.description }
}

extension Contact: HeaderValue {
    package static var header: KnownHeader { .contact }

    /// `contact-param = ( name-addr / addr-spec ) *( SEMI contact-params )`
    package init(parsing cursor: inout Cursor) throws(ParseError) {
        address = try NameAddress(parsing: &cursor)
        var q: ByteSlice?
        var expires: ByteSlice?
        var instance = ByteRange.empty
        var regID: ByteSlice?
        for parameter in address.parameters {
            guard let value = parameter.value else { continue }
            switch parameter.name.count {
            case 1 where parameter.name.equalsIgnoringCase("q"): q = q ?? value
            case 7 where parameter.name.equalsIgnoringCase("expires"): expires = expires ?? value
            case 6 where parameter.name.equalsIgnoringCase("reg-id"): regID = regID ?? value
            case 13 where parameter.name.equalsIgnoringCase("+sip.instance"):
                if instance == .empty { instance = value.range }
            default: break
            }
        }
        self.q = q.flatMap { $0.thousandths }
        self.expires = expires.flatMap { $0.decimal(upTo: UInt64(UInt32.max)) }.map {
            UInt32(truncatingIfNeeded: $0)
        }
        self.regID = regID.flatMap { $0.decimal(upTo: UInt64(UInt32.max)) }.map {
            UInt32(truncatingIfNeeded: $0)
        }
        instanceRange = instance
    }
}

extension ByteSlice {
    /// `qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )` in thousandths; ".5" is let
    /// pass.
    fileprivate var thousandths: UInt16? {
        var value: UInt16 = 0
        var here = 0
        if here < count, self[here] == 0x30 || self[here] == 0x31 {
            value = UInt16(self[here] - 0x30) * 1000
            here += 1
        } else if count < 2 || self[here] != 0x2E {
            return nil
        }
        guard here < count else { return value }
        guard self[here] == 0x2E, count - here <= 4 else { return nil }
        here += 1
        var scale: UInt16 = 100
        while here < count {
            guard self[here].isIn(.digit) else { return nil }
            value += UInt16(self[here] - 0x30) * scale
            scale /= 10
            here += 1
        }
        return value <= 1000 ? value : nil
    }
}

/// The Contact header field of a message as a whole (RFC 3261 section 25.1: `STAR / ( contact-param
/// *(COMMA contact-param) )`).
public enum ContactField: Sendable {
    /// `*`: all of an address's bindings (RFC 3261 10.2.2).
    case wildcard
    /// The contacts in the message's order; none when there is no such header field.
    case contacts([Contact])
}
