/// The parameters of a header field's value, `;name` or `;name=value`, found when asked for (RFC
/// 3261 section 25.1: `generic-param`).
public struct Parameters: Sendable {
    /// The parameters as written, from the first semicolon on.
    public let text: ByteSlice

    init(_ text: ByteSlice) { self.text = text }

    /// The value of the first parameter of that name: nil when there is none, empty when it has no
    /// value; a quoted string is without its quotes, escapes as they came.
    ///
    /// - Parameter name: compared without case.
    public subscript(name: StaticString) -> ByteSlice? {
        var cursor = Cursor(text)
        while let parameter = try? cursor.nextParameter() {
            guard cursor.isNamed(parameter.name, name) else { continue }
            return ByteSlice(text.storage, parameter.value)
        }
        return nil
    }

    /// Whether a parameter of that name is there, with or without a value.
    public func contains(_ name: StaticString) -> Bool { self[name] != nil }

    public var isEmpty: Bool { text.isEmpty }
}

extension Parameters: Sequence {
    public func makeIterator() -> Iterator { Iterator(cursor: Cursor(text)) }

    public struct Iterator: IteratorProtocol, Sendable {
        var cursor: Cursor

        public mutating func next() -> Parameter? {
            guard let ranges = try? cursor.nextParameter() else { return nil }
            let hasValue = ranges.value != .empty
            return Parameter(
                name: ByteSlice(cursor.bytes, ranges.name),
                value: hasValue ? ByteSlice(cursor.bytes, ranges.value) : nil)
        }
    }
}

/// Where one parameter's name and value stand; the value is ``ByteRange/empty`` when there is no
/// equals sign.
struct ParameterRanges {
    let name: ByteRange
    let value: ByteRange
}

extension Cursor {
    /// `SEMI generic-param`, or nil when no semicolon follows.
    mutating func nextParameter() throws(ParseError) -> ParameterRanges? {
        guard takeSeparator(0x3B) else { return nil }
        let name = try token("a parameter's name")
        guard takeSeparator(0x3D) else { return ParameterRanges(name: name, value: .empty) }
        return ParameterRanges(name: name, value: try parameterValue())
    }

    /// `gen-value = token / host / quoted-string`, and what phones in the field put there without
    /// quotes.
    private mutating func parameterValue() throws(ParseError) -> ByteRange {
        if peek == 0x22 { return try quotedString() }
        let start = position
        _ = takeWhile([.token, .uriParameter])
        while let byte = peek, byte == 0x3D || byte == 0x40 {
            position += 1
            _ = takeWhile([.token, .uriParameter])
        }
        guard position > start else { throw error("a parameter's value") }
        return ByteRange(start, position)
    }

    /// Whether the bytes there are this name, in any case.
    func isNamed(_ range: ByteRange, _ name: StaticString) -> Bool {
        range.count == name.utf8CodeUnitCount
            && bytes.span.equalsIgnoringCase(at: range.lower, name)
    }

    /// Notes a parameter's value once: "any given parameter-name MUST NOT appear more than once"
    /// (RFC 3261 7.3.1).
    func note(_ parameter: ParameterRanges, in slot: inout ByteRange) throws(ParseError) {
        guard slot == .empty else { throw error("each parameter once") }
        slot = parameter.value
    }
}
