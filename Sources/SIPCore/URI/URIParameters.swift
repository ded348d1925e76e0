/// The parameters of a URI, `name` or `name=value`, found when asked for (RFC 3261 19.1.1).
public struct URIParameters: Sendable {
    /// The parameters as written, without the first semicolon.
    public let text: ByteSlice

    init(_ text: ByteSlice) { self.text = text }

    /// The value of the first parameter of that name, as it was written: nil when there is none,
    /// empty when it has no value.
    ///
    /// - Parameter name: in small letters; names are compared without case, and `%6cr` is `lr` (RFC
    ///   3261 19.1.4).
    public subscript(name: StaticString) -> ByteSlice? {
        for parameter in self where parameter.isNamed(name) {
            return parameter.value ?? ByteSlice(text.storage, text.range.upper, text.range.upper)
        }
        return nil
    }

    /// Whether a parameter of that name is there, with or without a value.
    public func contains(_ name: StaticString) -> Bool {
        self[name] != nil
    }

    public var isEmpty: Bool { text.isEmpty }
}

/// One parameter of a URI or a header field.
public struct Parameter: Sendable {
    public let name: ByteSlice
    /// Nil when there is no equals sign. A quoted string is without its quotes, escapes as they
    /// came.
    public let value: ByteSlice?
}

extension URIParameters: Sequence {
    public func makeIterator() -> Iterator { Iterator(cursor: Cursor(text)) }

    public struct Iterator: IteratorProtocol, Sendable {
        var cursor: Cursor

        public mutating func next() -> Parameter? {
            guard !cursor.isAtEnd else { return nil }
            let name = cursor.takeEscapedWhile(.uriParameter)
            var value: ByteSlice?
            if cursor.take(0x3D) {
                value = ByteSlice(cursor.bytes, cursor.takeEscapedWhile(.uriParameter))
            }
            // The parser let nothing else through; to skip a byte keeps this finite whatever comes.
            if !cursor.isAtEnd { cursor.position += 1 }
            return Parameter(name: ByteSlice(cursor.bytes, name), value: value)
        }
    }
}

extension Parameter {
    /// Compares the name without case and with escapes resolved.
    func isNamed(_ name: StaticString) -> Bool {
        if self.name.count == name.utf8CodeUnitCount {
            return self.name.equalsIgnoringCase(name)
        }
        guard self.name.contains(0x25) else { return false }
        return ByteSlice(self.name.unescaped).equalsIgnoringCase(name)
    }
}
