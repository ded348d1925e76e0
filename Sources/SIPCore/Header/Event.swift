/// What a SUBSCRIBE, NOTIFY or PUBLISH is about (RFC 6665 8.2.1).
public struct Event: Sendable {
    private let storage: [UInt8]
    private let packageRange: ByteRange
    private let parametersRange: ByteRange

    /// - Throws: ``ParseError`` when the text is none.
    public init(_ text: ByteSlice) throws(ParseError) { try self.init(whole: text) }

    /// The event package with its templates, such as `presence.winfo`; compared with case.
    public var package: ByteSlice { ByteSlice(storage, packageRange) }
    /// The `id` parameter, which tells subscriptions of one dialog apart.
    public var id: ByteSlice? { parameters["id"] }
    public var parameters: Parameters { Parameters(ByteSlice(storage, parametersRange)) }
}

extension Event: HeaderValue {
    package static var header: KnownHeader { .event }

    /// `event-type *( SEMI event-param )`
    package init(parsing cursor: inout Cursor) throws(ParseError) {
        packageRange = try cursor.token("an event package")
        let start = cursor.position
        while try cursor.nextParameter() != nil {}
        storage = cursor.bytes
        parametersRange = ByteRange(start, cursor.position)
    }
}
