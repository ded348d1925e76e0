import SIPCore
import Testing

@Suite("the check of a request") struct RequestCheckTests {
    @Test("takes what is well-formed, and has read it") func wellFormed() throws {
        let essentials = try request().check()
        #expect(essentials.uri.text == "sip:bob@example.com")
        #expect(essentials.via.branch == "z9hG4bKabc")
        #expect(essentials.from.tag == "1")
        #expect(essentials.to.tag == nil)
        #expect(essentials.callID == "a84b4c76e66710@192.0.2.1")
        #expect(essentials.cseq == CSeq(number: 1, method: .options))
        #expect(essentials.maxForwards == 70)
    }

    @Test("a tel Request-URI is taken") func tel() throws {
        #expect(refusal(of: try request(uri: "tel:+1-201-555-0123")) == nil)
    }

    @Test(
        "answers 400 for what is missing", arguments: ["To", "From", "Call-ID", "CSeq", "Via"])
    func missing(name: String) throws {
        let message = try request(without: [name])
        #expect(throws: Refusal(.badRequest, "Missing " + name)) { try message.check() }
    }

    @Test(
        "answers 400 for what is there twice, also in compact form and with equal values",
        arguments: [
            ("To", "t: <sip:bob@example.com>"), ("From", "From: <sip:alice@example.com>;tag=1"),
            ("Call-ID", "i: a84b4c76e66710@192.0.2.1"), ("CSeq", "cseq: 1 OPTIONS"),
            ("Max-Forwards", "Max-Forwards: 70"),
        ])
    func duplicate(name: String, line: String) throws {
        let message = try request(adding: [line])
        #expect(throws: Refusal(.badRequest, "More Than One " + name)) { try message.check() }
    }

    @Test(
        "answers 400 for a bad value",
        arguments: [
            ("To", "To: <sip:bob@example.com"), ("To", "To:"), ("To", "To: <sip:b@c>;tag="),
            ("From", "From: \"a"),
            ("From", "From: <sip:a@b>;tag=1, <sip:c@d>"), ("CSeq", "CSeq: 1"),
            ("CSeq", "CSeq: 4294967296 OPTIONS"),
            ("CSeq", "CSeq:"), ("Call-ID", "Call-ID:"), ("Call-ID", "Call-ID: a b"),
            ("Via", "Via: SIP/2.0/UDP"),
            ("Via", "Via:"), ("Via", "Via: SIP/2.0/UDP h;branch=a x"),
            ("Max-Forwards", "Max-Forwards: x"),
            ("Max-Forwards", "Max-Forwards:"), ("Max-Forwards", "Max-Forwards: -1"),
        ])
    func badValue(name: String, line: String) throws {
        let message = try request(without: [name], adding: [line])
        #expect(throws: Refusal(.badRequest, "Bad " + name)) { try message.check() }
    }

    @Test(
        "answers 505 for another version, whatever else is wrong",
        arguments: ["SIP/3.0", "SIP/2.00", "SIP/", "SIP/1.0"])
    func version(version: String) throws {
        let message = try #require(
            try SIPMessage(lines: "OPTIONS sip:a@b \(version)\nx\n\n").request)
        #expect(refusal(of: message) == 505)
    }

    @Test(
        "answers 416 for a scheme of no meaning",
        arguments: ["http://example.com", "urn:service:sos", "isbn:2983792873"])
    func scheme(uri: String) throws {
        #expect(refusal(of: try request(uri: uri)) == 416)
    }

    @Test(
        "answers 400 for a bad Request-URI",
        arguments: [
            "sip:", "sip:@h", "<sip:a@b>", "sip:a@b;", "sip:2001:db8::1", "x", "sip:a@b?Route=x",
            "sip:a@b; lr", "*",
        ])
    func badURI(uri: String) throws {
        #expect(refusal(of: try request(uri: uri)) == 400)
    }

    @Test("answers 400 for a CSeq of another method") func cseqMethod() throws {
        let message = try request(without: ["CSeq"], adding: ["CSeq: 1 INVITE"])
        #expect(throws: Refusal(.badRequest, "CSeq Of Another Method")) { try message.check() }
        #expect(refusal(of: try request(without: ["CSeq"], adding: ["CSeq: 1 options"])) == 400)
    }

    @Test("takes 100 Vias and no more, on lines or in one") func manyVias() throws {
        let via = "SIP/2.0/UDP h;branch=z9hG4bKx"
        func lines(_ count: Int) -> [String] { (0..<count).map { _ in "Via: " + via } }
        func line(_ count: Int) -> [String] {
            ["Via: " + (0..<count).map { _ in via }.joined(separator: ", ")]
        }
        for many in [lines, line] {
            #expect(refusal(of: try request(without: ["Via"], adding: many(100))) == nil)
            #expect(refusal(of: try request(without: ["Via"], adding: many(101))) == 400)
            #expect(refusal(of: try request(without: ["Via"], adding: many(1000))) == 400)
        }
    }

    @Test("answers 400 for a Via of 64 KB that is none, and takes one that is") func longVia()
        throws
    {
        let long = String(repeating: "x", count: 65_000)
        #expect(
            refusal(
                of: try request(without: ["Via"], adding: ["Via: SIP/2.0/UDP h;branch=" + long]))
                == nil)
        #expect(refusal(of: try request(without: ["Via"], adding: ["Via: " + long])) == 400)
        let commas = String(repeating: ",", count: 60_000)
        #expect(
            refusal(of: try request(without: ["Via"], adding: ["Via: SIP/2.0/UDP h" + commas]))
                == 400)
    }

    @Test("hops above 255 and no hops at all are none") func hops() throws {
        #expect(try request(without: ["Max-Forwards"]).check().maxForwards == nil)
        let many = try request(without: ["Max-Forwards"], adding: ["Max-Forwards: 300"])
        #expect(try many.check().maxForwards == nil)
    }
}

@Suite("smuggled header lines") struct HeaderSmugglingTests {
    private func check(_ text: String) throws -> String {
        let message = try #require(try SIPMessage(Array(text.utf8)).request)
        do {
            _ = try message.check()
            return ""
        } catch {
            return error.reason
        }
    }

    private let head =
        "OPTIONS sip:b@c SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\n"
        + "To: <sip:b@c>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n"

    @Test("blanks before the colon do not hide a line") func blanks() throws {
        for colon in [" :", "\t:", " \t :", ": "] {
            let message = try #require(
                try SIPMessage(Array((head + "X-Hdr\(colon) v\r\n\r\n").utf8)).request)
            #expect(message["X-Hdr"] == "v")
            #expect(try check(head + "To\(colon) <sip:b@c>\r\n\r\n") == "More Than One To")
        }
    }

    @Test(
        "a line that others would read otherwise is refused",
        arguments: [
            ("X-Hdr\r\n : v\r\n\r\n", "Bad Header Line"), ("X-Hdr v\r\n\r\n", "Bad Header Line"),
            (": v\r\n\r\n", "Bad Header Line"), ("X(Hdr: v\r\n\r\n", "Bad Header Line"),
            ("X-Hdr: a\nTo: <sip:x@y>\r\n\r\n", "CR Or LF Alone"),
            ("X-Hdr: a\rTo: <sip:x@y>\r\n\r\n", "CR Or LF Alone"),
            ("X-Hdr: a\r\r\n\r\n", "CR Or LF Alone"), ("\n", "CR Or LF Alone"),
            ("X-Hdr: a\0b\r\n\r\n", "NUL In Header"),
            ("X-Hdr: a\r\n", "Missing Empty Line"), ("X-Hdr: a", "Missing Empty Line"),
            ("", "Missing Empty Line"),
        ])
    func refused(rest: String, reason: String) throws {
        #expect(try check(head + rest) == reason)
    }

    @Test("10,000 header lines are read, each once") func many() throws {
        let lines = (0..<10_000).map { "X-\($0): \($0)\r\n" }.joined()
        let message = try #require(try SIPMessage(Array((head + lines + "\r\n").utf8)).request)
        #expect(message["x-9999"] == "9999")
        #expect(refusal(of: message) == nil)
    }
}

@Suite("Content-Length on a datagram") struct ContentLengthTests {
    @Test(
        "is a number that fits, or the request is answered 400",
        arguments: [
            (["Content-Length: 3"], "abc", nil), (["l: 3"], "abcdef", nil),
            (["Content-Length: 0003"], "abc", nil),
            (["Content-Length:\r\n 3"], "abc", nil), (["Content-Length: 3", "l: 3"], "abc", nil),
            ([], "abc", nil),
            (["Content-Length: 4"], "abc", 400), (["Content-Length: 2147483648"], "abc", 400),
            (["Content-Length: 4294967328"], "abc", 400),
            (["Content-Length: 18446744073709551619"], "abc", 400),
            (["Content-Length: -1"], "abc", 400), (["Content-Length: +3"], "abc", 400),
            (["Content-Length: 3 3"], "abc", 400),
            (["Content-Length: 3,3"], "abc", 400), (["Content-Length: 3;x"], "abc", 400),
            (["Content-Length:"], "abc", 400),
            (["Content-Length: 0x3"], "abc", 400), (["Content-Length: 3", "l: 2"], "abc", 400),
            (["Content-Length: 2", "Content-Length: 3"], "abc", 400),
            (["Content-Length: x", "l: 3"], "abc", 400),
        ] as [([String], String, UInt16?)])
    func lengths(lines: [String], body: String, status: UInt16?) throws {
        let message = try request(adding: lines, body: body)
        #expect(refusal(of: message) == status)
        if status == nil { #expect(message.body == "abc") }
    }
}

@Suite("long values") struct LongValueTests {
    @Test(
        "tags, branches and Call-IDs of any length are kept whole",
        arguments: [1, 63, 64, 255, 256, 4096, 65_535])
    func long(count: Int) throws {
        let value = String(repeating: "v", count: count)
        let message = try request(
            without: ["Via", "From", "To", "Call-ID"],
            adding: [
                "Via: SIP/2.0/UDP h;branch=\(value)", "From: <sip:a@b>;tag=\(value)",
                "To: <sip:\(value)@c>;tag=\(value)",
                "Call-ID: \(value)",
            ])
        let essentials = try message.check()
        #expect(essentials.via.branch?.count == count)
        #expect(essentials.from.tag?.count == count)
        #expect(essentials.to.tag?.count == count)
        #expect(essentials.to.uri.sip?.user?.count == count)
        #expect(essentials.callID.count == count)
    }

    @Test("of no length they are refused") func empty() throws {
        for (name, line) in [
            ("Via", "Via: SIP/2.0/UDP h;branch="), ("From", "From: <sip:a@b>;tag="),
            ("To", "To: <sip:a@b>;tag="),
            ("Call-ID", "Call-ID: "),
        ] {
            #expect(refusal(of: try request(without: [name], adding: [line])) == 400)
        }
    }

    @Test("a header's name of 65,535 bytes is one, and of more is none") func names() throws {
        let name = String(repeating: "n", count: 65_535)
        #expect(try request(adding: [name + ": x"])[HeaderName(name)] == "x")
        #expect(refusal(of: try request(adding: [name + "n: x"])) == 400)
    }
}

@Suite("the check of a response") struct ResponseCheckTests {
    private let lines = [
        "Via: SIP/2.0/UDP h;branch=z9hG4bKa", "From: <sip:a@b>;tag=1", "To: <sip:b@c>;tag=2",
        "Call-ID: x", "CSeq: 1 INVITE",
    ]

    private func response(_ lines: [String], status: String = "200 OK") throws -> SIPResponse {
        let text = (["SIP/2.0 " + status] + lines + ["", ""]).joined(separator: "\r\n")
        return try #require(try SIPMessage(Array(text.utf8)).response)
    }

    @Test("takes what is well-formed, and has read it") func wellFormed() throws {
        let essentials = try response(lines).check()
        #expect(essentials.via.branch == "z9hG4bKa")
        #expect(essentials.cseq == CSeq(number: 1, method: .invite))
        #expect(essentials.fromTag == "1")
        #expect(essentials.toTag == "2")
        #expect(essentials.callID == "x")
    }

    @Test("refuses it with any of these lines missing or twice", arguments: 0..<5)
    func missing(index: Int) throws {
        var fewer = lines
        let line = fewer.remove(at: index)
        let short = try response(fewer)
        #expect(throws: Refusal.self) { try short.check() }
        guard index > 0 else { return }
        let long = try response(lines + [line])
        #expect(throws: Refusal.self) { try long.check() }
    }

    @Test(
        "a status line is three digits from 100 to 699",
        arguments: ["200 OK", "100 ", "699 x", "200", "404  two"])
    func statusLine(text: String) throws {
        #expect(throws: Never.self) { try response(lines, status: text) }
    }

    @Test(
        "another status line is no message",
        arguments: ["099 x", "700 x", "20 x", "2000 x", "4294967301 x", "abc x", "-200 x", ""])
    func badStatusLine(text: String) {
        #expect(throws: ParseError.self) { try response(lines, status: text) }
    }
}
