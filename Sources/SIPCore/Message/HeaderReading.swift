/// What a request and a response have in common: header fields, each read when it is asked for.
public protocol HeaderReading: Sendable {
    /// The message as it came.
    var message: MessageBytes { get }
}

extension SIPRequest: HeaderReading {}
extension SIPResponse: HeaderReading {}

extension HeaderReading {
    /// The value of the header field's first line, folds inside it as they came; nil when there is
    /// no such line.
    public subscript(name: HeaderName) -> ByteSlice? {
        for line in message.lines where message.isNamed(line, name) {
            return ByteSlice(message.bytes, line.value)
        }
        return nil
    }

    /// The values of the header field's lines as they stand, commas and all.
    public func values(of name: HeaderName) -> [ByteSlice] {
        var values: [ByteSlice] = []
        for line in message.lines where message.isNamed(line, name) {
            values.append(ByteSlice(message.bytes, line.value))
        }
        return values
    }

    /// The body, as long as Content-Length says.
    public var body: ByteSlice { ByteSlice(message.bytes, message.body) }

    package func first(_ header: KnownHeader) -> ByteSlice? { message.first(header) }

    package func count(_ header: KnownHeader) -> Int { message.count(header) }

    package func values(of header: KnownHeader) -> HeaderLineValues { message.values(of: header) }

    package func elements(of header: KnownHeader) -> HeaderElements {
        message.elements(of: header)
    }
}

extension SIPRequest {
    /// The Request-URI (RFC 3261 8.1.1.1).
    ///
    /// - Throws: ``ParseError`` where it is none.
    public var uri: URI {
        get throws(ParseError) { try URI(message.bytes, uriRange) }
    }
}

extension SIPResponse {
    /// The reason phrase as it came; it may be empty.
    public var reasonPhrase: ByteSlice { ByteSlice(message.bytes, reasonRange) }
}
