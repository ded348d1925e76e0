/// What a body is (RFC 3261 20.15).
public struct ContentType: Sendable {
    private let storage: [UInt8]
    private let range: ByteRange
    private let typeRange: ByteRange
    private let subtypeRange: ByteRange
    private let parametersRange: ByteRange

    /// - Throws: ``ParseError`` when the text is no media type.
    public init(_ text: ByteSlice) throws(ParseError) { try self.init(whole: text) }

    /// The value as it was written.
    public var text: ByteSlice { ByteSlice(storage, range) }
    /// `application` of `application/sdp`, as it was written.
    public var type: ByteSlice { ByteSlice(storage, typeRange) }
    /// `sdp` of `application/sdp`, as it was written.
    public var subtype: ByteSlice { ByteSlice(storage, subtypeRange) }
    public var parameters: Parameters { Parameters(ByteSlice(storage, parametersRange)) }

    /// Whether the body is `type/subtype`, compared without case.
    public func isMedia(_ type: StaticString, _ subtype: StaticString) -> Bool {
        self.type.equalsIgnoringCase(type) && self.subtype.equalsIgnoringCase(subtype)
    }
}

extension ContentType: HeaderValue {
    package static var header: KnownHeader { .contentType }

    /// `media-type = m-type SLASH m-subtype *( SEMI m-parameter )`
    package init(parsing cursor: inout Cursor) throws(ParseError) {
        let start = cursor.position
        typeRange = try cursor.token("a media type")
        guard cursor.takeSeparator(0x2F) else { throw cursor.error("a slash") }
        subtypeRange = try cursor.token("a media subtype")
        let parametersStart = cursor.position
        while try cursor.nextParameter() != nil {}
        storage = cursor.bytes
        parametersRange = ByteRange(parametersStart, cursor.position)
        range = ByteRange(start, cursor.position)
    }
}
