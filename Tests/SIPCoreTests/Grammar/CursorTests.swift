import SIPCore
import Testing

@Suite("a cursor") struct CursorTests {
    private func quoted(_ text: String) throws(ParseError) -> ByteSlice {
        let slice = ByteSlice(text)
        var cursor = Cursor(slice)
        return ByteSlice(slice.storage, try cursor.quotedString())
    }

    @Test(
        "takes a quoted string with its escapes as they came",
        arguments: [
            (#""""#, ""), (#""a b""#, "a b"), (#""\"""#, #"\""#), (#""\\""#, #"\\"#),
            (#""a\"b"c"#, #"a\"b"#), ("\"a\r\n b\"", "a\r\n b"), (#""é""#, "é"),
        ])
    func quotedString(text: String, inner: String) throws {
        #expect(try quoted(text).description == inner)
    }

    @Test(
        "refuses a quoted string that does not end, or holds what it can't",
        arguments: [#"""#, #""a"#, #""a\""#, #""a\"#, "\"\0\"", "\"\\\r\n\"", "a"])
    func unterminated(text: String) {
        #expect(throws: ParseError.self) { try quoted(text) }
    }

    @Test("skips folds as white space") func folds() {
        var cursor = Cursor("\r\n \t;\r\n x")
        let isTaken = cursor.takeSeparator(0x3B)
        #expect(isTaken)
        #expect(cursor.peek == 0x78)
    }

    @Test("leaves white space when the separator is not behind it") func separator() {
        var cursor = Cursor("  x")
        let isTaken = cursor.takeSeparator(0x3B)
        #expect(!isTaken)
        #expect(cursor.position == 0)
    }

    @Test(
        "reads a number up to its limit",
        arguments: [
            ("0", 0), ("0000000000000000000000000042", 42), ("255", 255), ("256", nil),
            ("36893488147419103232", nil), ("", nil), ("-1", nil), ("x", nil),
        ] as [(String, UInt64?)])
    func number(text: String, value: UInt64?) {
        var cursor = Cursor(ByteSlice(text))
        let number = try? cursor.number(upTo: 255, "a number")
        #expect(number == value)
    }

    @Test("reads the largest number of its limit without a trap")
    func largest() throws {
        var cursor = Cursor("18446744073709551615")
        let number = try cursor.number(upTo: .max, "a number")
        #expect(number == .max)
        var over = Cursor("18446744073709551616")
        #expect(throws: ParseError.self) { try over.number(upTo: .max, "a number") }
    }
}
