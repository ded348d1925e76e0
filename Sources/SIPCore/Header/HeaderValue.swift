/// One value of a header field, read where the cursor stands; a list's further values follow behind
/// a comma.
package protocol HeaderElement: Sendable {
    /// Takes one value, and leaves the cursor behind it.
    init(parsing cursor: inout Cursor) throws(ParseError)
}

extension HeaderElement {
    /// Takes a value that must be the whole of `text`, but for white space around it.
    package init(whole text: ByteSlice) throws(ParseError) {
        var cursor = Cursor(text)
        cursor.skipWhiteSpace()
        try self.init(parsing: &cursor)
        cursor.skipWhiteSpace()
        guard cursor.isAtEnd else { throw cursor.error("the end of the value") }
    }

    /// Takes the first value of a list; behind it, the line ends or a comma stands.
    init(first cursor: inout Cursor) throws(ParseError) {
        cursor.skipWhiteSpace()
        try self.init(parsing: &cursor)
        cursor.skipWhiteSpace()
        guard cursor.isAtEnd || cursor.peek == 0x2C else {
            throw cursor.error("a comma or the end of the value")
        }
    }
}

/// A header field's value that is at home in one header field.
package protocol HeaderValue: HeaderElement {
    static var header: KnownHeader { get }
}
