import SIPCore
import Testing

@Suite("numbers in header fields") struct NumbersTests {
    @Test(
        "a CSeq is a number of 32 bits and a method",
        arguments: [
            ("1 INVITE", 1), ("0009\r\n INVITE", 9), ("4294967295\tINVITE", 4_294_967_295),
            ("0 INVITE", 0),
            ("4294967296 INVITE", nil), ("36893488147419103232 INVITE", nil), ("1INVITE", nil),
            ("INVITE", nil), ("1", nil),
            ("1 ", nil), ("-1 INVITE", nil), ("1 INV ITE", nil), ("", nil),
            ("1 INVITE, 2 BYE", nil),
        ] as [(String, UInt32?)])
    func cseq(text: String, number: UInt32?) {
        let cseq = try? CSeq(ByteSlice(text))
        #expect(cseq?.number == number)
        #expect(cseq == nil || cseq?.method == .invite)
    }

    @Test("a method is compared with case") func method() throws {
        #expect(try CSeq("1 invite").method == .other("invite"))
    }

    @Test("hops above 255 count as none, and no number is an error") func maxForwards() throws {
        #expect(try MaxForwards("70").hops == 70)
        #expect(try MaxForwards("0068").hops == 68)
        #expect(try MaxForwards("256").hops == nil)
        #expect(try MaxForwards("99999999999999999999999999").hops == nil)
        for text in ["", "x", "-1", "7 0", "70;x"] {
            #expect(throws: ParseError.self) { try MaxForwards(ByteSlice(text)) }
        }
    }

    @Test("seconds") func seconds() throws {
        #expect(try Expires("3600").seconds == 3600)
        #expect(try Expires("99999999999999999999").seconds == nil)
        #expect(throws: ParseError.self) { try Expires("x") }
        #expect(try MinExpires("60").seconds == 60)
        #expect(throws: ParseError.self) { try MinExpires("4294967296") }
        let retry = try RetryAfter("18000 (in (a) \\) meeting) ;duration=3600;x")
        #expect(retry.seconds == 18_000 && retry.duration == 3600)
        #expect(try RetryAfter("120").duration == nil)
        #expect(throws: ParseError.self) { try RetryAfter("120 (open") }
        #expect(throws: ParseError.self) { try RetryAfter("120;duration=x") }
    }

    @Test("of reliable responses") func reliability() throws {
        #expect(try RSeq("988789").number == 988_789)
        let rack = try RAck("776656 1 INVITE")
        #expect(rack.responseNumber == 776_656)
        #expect(rack.cseq == CSeq(number: 1, method: .invite))
        #expect(throws: ParseError.self) { try RAck("1 INVITE") }
        #expect(throws: ParseError.self) { try RSeq("x") }
    }
}

@Suite("a Date") struct DateHeaderTests {
    @Test(
        "is read and written",
        arguments: [
            ("Sat, 13 Nov 2010 23:29:00 GMT", 1_289_690_940), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
            ("Tue, 29 Feb 2000 00:00:01 GMT", 951_782_401), ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
        ] as [(String, Int64)])
    func readAndWritten(text: String, seconds: Int64) throws {
        let date = try DateHeader(ByteSlice(text))
        #expect(date.time == UnixTime(seconds: seconds))
        #expect(date.description == text)
    }

    @Test(
        "is refused",
        arguments: [
            "", "Fri, 01 Jan 2010 16:00:00 EST", "Thu, 29 Feb 2023 12:00:00 GMT",
            "Thu, 00 Jan 1970 00:00:00 GMT",
            "Thu, 32 Jan 1970 00:00:00 GMT", "Thu, 01 Foo 1970 00:00:00 GMT",
            "Thu, 01 Jan 1970 24:00:00 GMT",
            "Thu, 01 Jan 1970 00:60:00 GMT", "Thu 01 Jan 1970 00:00:00 GMT",
            "Thu, 1 Jan 1970 00:00:00 GMT",
            "Thu, 01 Jan 70 00:00:00 GMT", "Thu, 01 Jan 1970 00:00 GMT", "Th",
        ])
    func refused(text: String) {
        #expect(throws: ParseError.self) { try DateHeader(ByteSlice(text)) }
    }
}

@Suite("a media type and an event") struct ContentTypeTests {
    @Test("a media type is compared without case") func mediaType() throws {
        let type = try ContentType("Application / SDP ; charset=\"utf-8\"")
        #expect(type.isMedia("application", "sdp"))
        #expect(!type.isMedia("application", "xml"))
        #expect(type.parameters["charset"] == "utf-8")
        for text in ["", "application", "application/", "/sdp", "a/b;", "a/b c"] {
            #expect(throws: ParseError.self) { try ContentType(ByteSlice(text)) }
        }
    }

    @Test("an event has a package and an id") func event() throws {
        let event = try Event("presence.winfo;id=7")
        #expect(event.package == "presence.winfo")
        #expect(event.id == "7")
        #expect(throws: ParseError.self) { try Event(";id=7") }
    }
}
