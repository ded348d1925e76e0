import SIPCore
import Testing

@Suite("a Contact") struct ContactTests {
    @Test("has its parameters") func parts() throws {
        let contact = try Contact(
            #""A" <sip:a@192.0.2.1;ob>;q=0.7;expires=3600;+sip.instance="<urn:uuid:f81d4fae>";reg-id=1"#
        )
        #expect(contact.q == 700)
        #expect(contact.expires == 3600)
        #expect(contact.instance == "<urn:uuid:f81d4fae>")
        #expect(contact.regID == 1)
        #expect(contact.uri.sip?.parameters.contains("ob") == true)
    }

    @Test(
        "q is in thousandths, and what is malformed is none",
        arguments: [
            ("0", 0), ("1", 1000), ("0.5", 500), ("0.25", 250), ("0.001", 1), ("1.000", 1000),
            ("1.", 1000), ("0.", 0),
            (".5", 500), ("1.001", nil), ("2", nil), ("0.1234", nil), ("-1", nil), ("x", nil),
            (".", nil), ("00.5", nil),
        ] as [(String, UInt16?)])
    func q(text: String, q: UInt16?) throws {
        #expect(try Contact(ByteSlice("<sip:a@b>;q=" + text)).q == q)
    }

    @Test(
        "an expiry that makes no sense is none",
        arguments: [
            ("0", 0), ("4294967295", 4_294_967_295), ("4294967296", nil), ("280297596632815", nil),
            ("-1", nil),
            ("1h", nil), ("\"60\"", 60),
        ] as [(String, UInt32?)])
    func expires(text: String, seconds: UInt32?) throws {
        #expect(try Contact(ByteSlice("<sip:a@b>;expires=" + text)).expires == seconds)
    }

    @Test("of a message are those of all its lines, in order") func list() throws {
        let message = try request(
            "REGISTER",
            adding: ["Contact: <sip:a,b@c>;q=1, sip:d@e;expires=5", "m: \"x, y\" <sip:f@g>"])
        #expect(try message.listedContacts.map { $0.uri.sip?.host.text } == ["c", "e", "g"])
        #expect(message.elements(of: .contact).map(\.count) == [15, 17, 16])
    }

    @Test("* stands alone") func wildcard() throws {
        let star = try request("REGISTER", adding: ["Contact: *"])
        guard case .wildcard = try star.contacts else {
            Issue.record("a wildcard")
            return
        }
        for lines in [
            ["Contact: *", "Contact: *"], ["Contact: *, <sip:a@b>"],
            ["Contact: <sip:a@b>", "m: *"],
        ] {
            let message = try request("REGISTER", adding: lines)
            #expect(throws: ParseError.self) { try message.contacts }
        }
        guard case .contacts(let none) = try request("REGISTER").contacts else { return }
        #expect(none.isEmpty)
    }

    @Test("is refused", arguments: ["", "*", "<sip:a@b>;q=", "<sip:a@b>,", ", <sip:a@b>"])
    func refused(text: String) {
        #expect(throws: ParseError.self) { try Contact(ByteSlice(text)) }
    }
}
