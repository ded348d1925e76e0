/// A telephone number as a URI (RFC 3966).
public struct TelURI: Sendable {
    /// The URI as it was written.
    public let text: ByteSlice
    private let numberRange: ByteRange
    private let parametersRange: ByteRange

    /// A URI from its text; the whole of it must be one.
    ///
    /// A local number without its `phone-context` is let pass, for emergency calls come so.
    ///
    /// - Throws: ``ParseError`` where it is none.
    public init(_ text: ByteSlice) throws(ParseError) {
        var cursor = Cursor(text)
        guard cursor.take(ignoringCase: "tel:") else { throw cursor.error("tel:") }
        let start = cursor.position
        let isGlobal = cursor.take(0x2B)
        var digits = 0
        while let byte = cursor.peek {
            if byte.isIn(.digit) || !isGlobal && byte.isLocalPhoneDigit {
                digits += 1
            } else if !byte.isVisualSeparator {
                break
            }
            cursor.position += 1
        }
        guard digits > 0 else { throw cursor.error("a telephone number") }
        numberRange = ByteRange(start, cursor.position)
        parametersRange = try cursor.uriParameters()
        guard cursor.isAtEnd else { throw cursor.error("the end of the URI") }
        self.text = text
    }
}

extension TelURI {
    /// A URI from its text, as ``init(_:)-(ByteSlice)`` takes it.
    public init(_ text: String) throws(ParseError) {
        try self.init(ByteSlice(text))
    }

    /// The number as it was written, with its plus sign and visual separators.
    public var number: ByteSlice { ByteSlice(text.storage, numberRange) }

    /// Whether the number begins with a plus sign: it is the same everywhere (RFC 3966 5.1.4).
    public var isGlobal: Bool { text.storage[numberRange.lower] == 0x2B }

    /// What follows the number.
    public var parameters: URIParameters {
        URIParameters(ByteSlice(text.storage, parametersRange))
    }

    /// The number without its visual separators, letters small.
    public var digits: [UInt8] { number.phoneDigits }

    /// Whether the two are one number (RFC 3966 section 4): the same digits, both local or both
    /// global, and the same parameters in any order.
    public func isEquivalent(to other: TelURI) -> Bool {
        if text == other.text { return true }
        guard digits == other.digits else { return false }
        let mine = Array(parameters)
        var others = Array(other.parameters)
        // As many as this in a telephone number mean harm; they are equal only byte for byte.
        guard mine.count == others.count, mine.count <= 32 else { return false }
        for parameter in mine {
            let like = others.firstIndex { parameter.isEquivalent(to: $0) }
            guard let like else { return false }
            others.remove(at: like)
        }
        return true
    }
}

extension TelURI: Hashable, CustomStringConvertible {
    /// Whether the two are the same bytes; see ``isEquivalent(to:)``.
    public static func == (left: TelURI, right: TelURI) -> Bool { left.text == right.text }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    public var description: String { text.description }
}

extension Parameter {
    /// An extension, or a context that is a number, is compared like a number; all else without
    /// case.
    fileprivate func isEquivalent(to other: Parameter) -> Bool {
        guard areEquivalent(name, other.name, ignoringCase: true) else { return false }
        if isNamed("ext") || isNamed("phone-context") && value?.first == 0x2B {
            return value?.phoneDigits == other.value?.phoneDigits
        }
        return areEquivalent(value, other.value, ignoringCase: true)
    }
}

extension ByteSlice {
    fileprivate var phoneDigits: [UInt8] {
        compactMap { $0.isVisualSeparator ? nil : $0.lowercased }
    }
}

extension UInt8 {
    /// `visual-separator = "-" / "." / "(" / ")"`
    fileprivate var isVisualSeparator: Bool {
        self == 0x2D || self == 0x2E || self == 0x28 || self == 0x29
    }

    /// `phonedigit-hex = HEXDIG / "*" / "#"`
    fileprivate var isLocalPhoneDigit: Bool {
        isIn(.hexadecimal) || self == 0x2A || self == 0x23
    }
}
