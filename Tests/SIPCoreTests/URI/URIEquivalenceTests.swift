import SIPCore
import Testing

@Suite("the equivalence of SIP URIs, RFC 3261 19.1.4") struct URIEquivalenceTests {
    @Test(
        "the RFC's examples of equal URIs",
        arguments: [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
            ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x"
            ),
            // Ours: an escape of what is not reserved, in any case; IPv6 by its address (RFC 5954).
            ("sip:a@b;x=%41", "sip:a@b;x=a"), ("sip:a%2f@b", "sip:a%2F@b"),
            ("sip:[2001:db8::1]", "sip:[2001:DB8:0::1]"), ("SIP:a@b", "sip:a@b"),
            ("sip:a@b?Subject=x", "sip:a@b?subject=%78"), ("sip:a@b;lr", "sip:a@b"),
        ])
    func equal(left: String, right: String) throws {
        #expect(try SIPURI(left).isEquivalent(to: SIPURI(right)))
        #expect(try SIPURI(right).isEquivalent(to: SIPURI(left)))
        #expect(try URI(left).isEquivalent(to: URI(right)))
    }

    @Test(
        "the RFC's examples of URIs that are not equal",
        arguments: [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
            // Ours: one a rule.
            ("sip:a@b", "sips:a@b"), ("sip:a@b", "sip:b"), ("sip:a:x@b", "sip:a:y@b"),
            ("sip:a:x@b", "sip:a@b"),
            ("sip:a:X@b", "sip:a:x@b"), ("sip:a@b;user=ip", "sip:a@b"),
            ("sip:a@b;ttl=1", "sip:a@b"),
            ("sip:a@b;method=INVITE", "sip:a@b"), ("sip:a@b;maddr=c", "sip:a@b"),
            ("sip:a@b;x", "sip:a@b;x=1"),
            // "Characters in the reserved set" are not their escapes.
            ("sip:a%3Bb@c", "sip:a;b@c"), ("sip:a%40b@c", "sip:a@c"),
            ("sip:a@b?x=1&x=1", "sip:a@b?x=1&x=2"), ("sip:a@b?x=1", "sip:a@b?x=1&x=1"),
        ])
    func different(left: String, right: String) throws {
        #expect(try !SIPURI(left).isEquivalent(to: SIPURI(right)))
        #expect(try !SIPURI(right).isEquivalent(to: SIPURI(left)))
    }

    @Test("is not transitive, as the RFC says of its third example") func notTransitive() throws {
        let (bare, on, off) = (
            try SIPURI("sip:c@h"), try SIPURI("sip:c@h;security=on"),
            try SIPURI("sip:c@h;security=off")
        )
        #expect(bare.isEquivalent(to: on) && bare.isEquivalent(to: off))
        #expect(!on.isEquivalent(to: off))
    }

    @Test("of more parameters than anybody has is only byte for byte") func many() throws {
        let parameters = (0..<10_000).map { ";p\($0)" }.joined()
        let uri = try SIPURI("sip:a@b" + parameters)
        #expect(uri.isEquivalent(to: uri))
        #expect(try !uri.isEquivalent(to: SIPURI("sip:A@b" + parameters)))
        #expect(try !uri.isEquivalent(to: SIPURI("sip:a@B" + parameters + ";q")))
        let headers = try SIPURI(
            "sip:a@b?" + (0..<10_000).map { "h\($0)=1" }.joined(separator: "&"))
        #expect(try !headers.isEquivalent(to: SIPURI("sip:a@b?h=1")))
    }
}

@Suite("a tel URI") struct TelURITests {
    @Test("has a number and parameters") func parts() throws {
        let uri = try TelURI("tel:+1-201-555-0123;ext=12;isub=1")
        #expect(uri.number == "+1-201-555-0123")
        #expect(uri.isGlobal)
        #expect(uri.digits == Array("+12015550123".utf8))
        #expect(uri.parameters["ext"] == "12")
        let local = try TelURI("tel:7042;phone-context=example.com")
        #expect(!local.isGlobal)
        #expect(local.parameters["phone-context"] == "example.com")
    }

    @Test(
        "is equal by its digits and parameters, RFC 3966 section 4",
        arguments: [
            ("tel:+1-201-555-0123", "tel:+1(201)555.0123", true), ("TEL:+1", "tel:+1", true),
            ("tel:+12", "tel:12", false), ("tel:1;a=b;c=d", "tel:1;C=D;A=b", true),
            ("tel:1;a=b", "tel:1", false),
            ("tel:1;ext=1-2", "tel:1;ext=12", true),
            ("tel:1;phone-context=+1-2", "tel:1;phone-context=+12", true),
            ("tel:1;phone-context=a.b", "tel:1;phone-context=A.B", true),
            ("tel:a1", "tel:A1", true),
            ("tel:1;phone-context=a-b", "tel:1;phone-context=ab", false),
        ])
    func equivalence(left: String, right: String, equal: Bool) throws {
        #expect(try TelURI(left).isEquivalent(to: TelURI(right)) == equal)
        #expect(try TelURI(right).isEquivalent(to: TelURI(left)) == equal)
    }

    @Test(
        "is refused",
        arguments: [
            "tel:", "tel:+", "tel:-", "tel:x", "tel:+1a", "tel:1;", "tel:1 2", "sip:1", "tel:1@h",
        ])
    func refused(text: String) {
        #expect(throws: ParseError.self) { try TelURI(ByteSlice(text)) }
    }
}
