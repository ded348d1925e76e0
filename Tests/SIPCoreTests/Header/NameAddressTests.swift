import SIPCore
import Testing

@Suite("an address with a name") struct NameAddressTests {
    @Test("has its parts where they stand") func parts() throws {
        let address = try NameAddress(#""A \"B\"" <sip:a@b;x=1>;tag=t1 ; y="q;r""#)
        #expect(address.displayName == #"A \"B\""#)
        #expect(address.displayName?.withoutQuotedPairs == #"A "B""#)
        #expect(address.uri.text == "sip:a@b;x=1")
        #expect(address.isBracketed)
        #expect(address.tag == "t1")
        #expect(address.parameters["y"] == "q;r")
        #expect(address.parameters["x"] == nil)
    }

    @Test(
        "a display name is tokens, a quoted string, or not there",
        arguments: [
            ("<sip:a@b>", nil), ("Bob <sip:a@b>", "Bob"), ("Bob<sip:a@b>", "Bob"),
            ("Bob  van \r\n Dam <sip:a@b>", "Bob  van \r\n Dam"), ("\"\" <sip:a@b>", ""),
            ("\"B\"<sip:a@b>", "B"), ("Zoë <sip:a@b>", "Zoë"), ("sip:a@b", nil),
            ("* <sip:a@b>", "*"),
        ] as [(String, String?)])
    func displayName(text: String, name: String?) throws {
        #expect(try NameAddress(ByteSlice(text)).displayName?.description == name)
    }

    @Test("without brackets, parameters are the header field's, RFC 3261 20.10") func bare() throws
    {
        let address = try NameAddress("sip:a@b;tag=x")
        #expect(!address.isBracketed)
        #expect(address.tag == "x")
        #expect(address.uri.text == "sip:a@b")
        #expect(try NameAddress("sip:a@b ; tag = x").tag == "x")
        #expect(try NameAddress("tel:+1;tag=x").uri.text == "tel:+1")
    }

    @Test(
        "is refused",
        arguments: [
            "", "<", "<>", "<sip:a@b", "sip:a@b>", "\"a <sip:a@b>", "\"a\" sip:a@b",
            "Bell, A <sip:a@b>", "a:b <sip:a@b>",
            "< sip:a@b>", "<sip:a@b >", "sip:a@b?x=y", "sip:a@b,c", "sip:a@b, sip:c@d",
            "<sip:a@b>;", "<sip:a@b>;;x",
            "<sip:a@b>;tag=", "<sip:a@b>;tag=1;tag=2", "<sip:a@b> x", "<sip:a@b>;x=\"",
            "<sip:a@b>>", "Bob", "\"Bob\"",
            "<sip:a\0@b>", "\"\0\" <sip:a@b>", "<sip:a@b>;t\0=x", "Bob \u{1} <sip:a@b>",
        ])
    func refused(text: String) {
        #expect(throws: ParseError.self) { try NameAddress(ByteSlice(text)) }
    }

    @Test("a display name of 100 KB is one") func long() throws {
        let name = String(repeating: "x", count: 100_000)
        #expect(try NameAddress(ByteSlice("\"\(name)\" <sip:a@b>")).displayName?.count == 100_000)
    }
}
