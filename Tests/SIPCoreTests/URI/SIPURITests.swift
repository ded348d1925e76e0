import SIPCore
import Testing

@Suite("a SIP URI") struct SIPURITests {
    @Test("has its parts where they stand") func parts() throws {
        let uri = try SIPURI(
            "sips:alice%20b:pa$$@Example.COM:5071;transport=TCP;lr=xyz;maddr=[::1];ttl=15;method=INVITE;x?subject=a&to=b"
        )
        #expect(uri.isSecure)
        #expect(uri.user == "alice%20b")
        #expect(uri.unescapedUser == Array("alice b".utf8))
        #expect(uri.password == "pa$$")
        #expect(uri.host.text == "Example.COM")
        #expect(uri.port == 5071)
        #expect(uri.transport == .tcp)
        #expect(uri.hasLooseRouting)
        #expect(uri.parameters["lr"] == "xyz")
        #expect(uri.maddr == "[::1]")
        #expect(uri.ttl == 15)
        #expect(uri.method == .invite)
        #expect(uri.parameters["x"] == "")
        #expect(uri.parameters["y"] == nil)
        #expect(uri.headers == "subject=a&to=b")
        #expect(uri.parameters.map(\.name) == ["transport", "lr", "maddr", "ttl", "method", "x"])
    }

    @Test("has nothing where nothing stands") func absent() throws {
        let uri = try SIPURI("sip:h")
        #expect(!uri.isSecure)
        #expect(uri.user == nil && uri.password == nil && uri.port == nil && uri.headers == nil)
        #expect(uri.transport == nil && uri.maddr == nil && uri.ttl == nil && uri.method == nil)
        #expect(!uri.hasLooseRouting)
        #expect(uri.parameters.isEmpty)
        #expect(uri.unescapedUser.isEmpty)
    }

    @Test("an empty password is one") func emptyPassword() throws {
        #expect(try SIPURI("sip:a:@h").password == "")
    }

    @Test("%00 in a user is a byte like any other") func nul() throws {
        #expect(try SIPURI("sip:a%00b@h").unescapedUser == [0x61, 0, 0x62])
    }

    @Test(
        "is taken",
        arguments: [
            "sip:[2001:db8::10]", "sip:u@[::1]:5060;lr",
            "sip:+1-212-555-1212:1234@gateway.com;user=phone",
            "SIP:A@B", "sip:%61@b", "sip:a@b;lr=", "sip:a@b_c.example", "sip:1.2.3.4:1",
            "sip:a@h:65535",
            "sip:user;x=y?z@h", "sip:a@h;p=%3b", "sip:a@h?x=",
        ])
    func taken(text: String) throws {
        #expect(try SIPURI(text).text.description == text)
    }

    @Test(
        "is refused",
        arguments: [
            "", "sip", "sip:", "sips:", "sip:@h", "sip:a@", "sip:a@:5060", "sip:h:", "sip:h:0",
            "sip:h:65536",
            "sip:h:123456", "sip:h:-1", "sip:h:5x", "sip:2001:db8::10", "sip:[1:2]", "sip:[::1",
            "sip:[gg::]",
            "sip:a@b@c", "sip:a b@c", "sip:a@b c", "sip: a@b", "sip:a%@b", "sip:a%2@b",
            "sip:a%zz@b", "sip:a@b%20",
            "sip:a@b;", "sip:a@b;;x", "sip:a@b;=x", "sip:a@b;x%", "sip:a@b;x=%4", "sip:a@b?",
            "sip:a@b?x",
            "sip:a@b?=x", "sip:a@b?x=y&", "sip:a@b?x=%", "sip:a:b:c@d", "http:a@b", "sip:a@b>",
            "<sip:a@b>",
            "sip:a\0@b", "sip:\u{FF}@b", "sip:a@b\r\n", "sip:a@b, sip:c@d", "tel:+1", "*",
        ])
    func refused(text: String) {
        #expect(throws: ParseError.self) { try SIPURI(text) }
    }

    @Test("is itself only byte for byte") func identity() throws {
        #expect(try SIPURI("sip:a@b") == SIPURI("sip:a@b"))
        #expect(try SIPURI("sip:a@b") != SIPURI("sip:a@B"))
    }

    @Test("shares the buffer that it came in") func shared() throws {
        let slice = ByteSlice("xxsip:a@byy").slice(2..<9)
        let uri = try SIPURI(slice)
        #expect(uri.text == "sip:a@b")
        #expect(uri.host.text.storage.count == 11)
    }

    @Test("a parameter's name is found in any case and with escapes") func escapedName() throws {
        #expect(try SIPURI("sip:a@b;%6C%52").hasLooseRouting)
        #expect(try SIPURI("sip:a@b;LR").hasLooseRouting)
        #expect(try !SIPURI("sip:a@b;lrx").hasLooseRouting)
    }
}

@Suite("a URI") struct URITests {
    @Test("knows its scheme") func schemes() throws {
        #expect(try URI("sip:a@b").scheme == "sip")
        #expect(try URI("SIPS:a@b").scheme == "SIPS")
        #expect(try URI("tel:+1").scheme == "tel")
        #expect(try URI("soap.beep://192.0.2.1:3002").scheme == "soap.beep")
        #expect(try URI("urn:service:sos").sip == nil)
        #expect(try URI("sip:a@b").sip?.user == "a")
    }

    @Test(
        "is refused",
        arguments: [
            "", ":", "a", "1a:b", "a:", "a: b", "a:b c", "a:\"", "a:<b>", "*", "a\u{E9}:b", "sip:",
            "tel:", "/:x",
            String(repeating: "a", count: 256) + ":b",
        ])
    func refused(text: String) {
        #expect(throws: ParseError.self) { try URI(text) }
    }

    @Test("of another scheme is equal byte for byte") func other() throws {
        #expect(try URI("urn:a").isEquivalent(to: URI("urn:a")))
        #expect(try !URI("urn:a").isEquivalent(to: URI("urn:A")))
        #expect(try !URI("sip:1").isEquivalent(to: URI("tel:1")))
    }
}

@Suite("a host") struct HostTests {
    @Test("is compared without case, and IPv6 by its address") func equality() throws {
        #expect(try Host("Example.COM") == Host("example.com"))
        #expect(try Host("[2001:DB8::1]") == Host("[2001:db8:0::1]"))
        #expect(try Host("[::1]") != Host("[::2]"))
        #expect(try Host("a") != Host("b"))
        let hosts: Set<Host> = [
            try Host("A.b"), try Host("a.B"), try Host("[::1]"), try Host("[0::1]"),
        ]
        #expect(hosts.count == 2)
    }

    @Test("is an address or a name") func address() throws {
        #expect(try Host("192.0.2.1").address == IPAddress("192.0.2.1"))
        #expect(try Host("[::1]").address == IPAddress("::1"))
        #expect(try Host("1.2.3.example").address == nil)
    }

    @Test(
        "is refused when it is none",
        arguments: ["", "a b", "::1", "[::1", "[]", "a:1", "é", "a/b", "[::1]x"])
    func refused(text: String) {
        #expect(throws: ParseError.self) { try Host(ByteSlice(text)) }
    }
}
