import SIPCore
import SIPLocation
import Testing

@Suite("Registration")
struct RegistrationTests {
    static let source = Endpoint(.udp, .v4(0xCB00_7105), port: 40_000)
    static let local = Endpoint(.udp, .v4(0xC633_6401), port: 5060)

    /// A REGISTER with these lines besides those that every one has.
    ///
    /// - Parameter host: where the phone says that it is, in its Via.
    static func registration(
        _ lines: String..., from host: String = "203.0.113.5", vias: Int = 1,
        source: Endpoint = source
    ) throws -> Registration {
        var text = "REGISTER sip:voice.example SIP/2.0\r\n"
        for index in 0..<vias {
            let hop = index == vias - 1 ? host : "192.0.2.\(index)"
            text += "Via: SIP/2.0/UDP \(hop);branch=z9hG4bK\(index)\r\n"
        }
        text += "From: <sip:alice@voice.example>;tag=1\r\nTo: <sip:alice@voice.example>\r\n"
        text += "Call-ID: c1\r\nCSeq: 7 REGISTER\r\n"
        for line in lines { text += line + "\r\n" }
        guard case .request(let request) = try SIPMessage(Array((text + "\r\n").utf8)) else {
            throw ParseError(offset: 0, expected: "a request")
        }
        return try Registration(request, source: source, local: local)
    }

    static func contacts(
        _ line: String, from host: String = "203.0.113.5", vias: Int = 1,
        source: Endpoint = source
    ) throws -> [Registration.RequestedContact] {
        let registration = try registration(line, from: host, vias: vias, source: source)
        guard case .list(let contacts) = registration.contacts else { return [] }
        return contacts
    }

    @Test("Call-ID, CSeq, Expires, User-Agent, Path, Allow and the socket are taken over")
    func headers() throws {
        let registration = try Self.registration(
            "Expires: 120", "User-Agent: Phone\r\n 1.0", "Path: <sip:p1.example;lr>",
            "Path: <sip:p2.example;lr>", "Allow: INVITE, BYE,FOO", "Allow: PUBLISH")
        #expect(registration.callID == "c1")
        #expect(registration.cseq == 7)
        #expect(registration.expires == 120)
        #expect(registration.userAgent == "Phone   1.0")
        #expect(registration.path == ["<sip:p1.example;lr>", "<sip:p2.example;lr>"])
        let inviteByePublish: UInt32 = 1 | 8 | 1 << 13
        #expect(registration.methods == inviteByePublish)
        #expect(registration.localSocket == Self.local)
        guard case .query = registration.contacts else {
            Issue.record("without a Contact it is a query")
            return
        }
    }

    @Test("each contact keeps its URI and parameters, less q and expires")
    func contacts() throws {
        let contacts = try Self.contacts(
            """
            Contact: "Alice, at home" <sip:alice@192.0.2.1;ob>;q=0.7;Expires=60;\
            +sip.instance="<urn:uuid:1>";reg-id=3;flag, sip:alice@192.0.2.2;x=y
            """)
        #expect(contacts.map(\.uri) == ["sip:alice@192.0.2.1;ob", "sip:alice@192.0.2.2"])
        #expect(
            contacts.map(\.parameters) == [
                ";+sip.instance=\"<urn:uuid:1>\";reg-id=3;flag", ";x=y",
            ])
        #expect(contacts.map(\.q) == [700, nil])
        #expect(contacts.map(\.expires) == [60, nil])
        #expect(contacts.map(\.instance) == ["<urn:uuid:1>", nil])
        #expect(contacts.map(\.regID) == [3, nil])
    }

    @Test("a fold in a contact becomes blanks: it can't end a line of the 200")
    func folds() throws {
        let contacts = try Self.contacts(
            "Contact: <sip:a@192.0.2.1>;x=\"one\r\n two\";\r\n y=z;q=0.1")
        #expect(contacts.map(\.parameters) == [";x=\"one   two\";y=z"])
    }

    @Test("a * asks for all", arguments: ["Contact: *", "m:  * "])
    func wildcard(line: String) throws {
        guard case .wildcard = try Self.registration(line, "Expires: 0").contacts else {
            Issue.record("a * is a wildcard")
            return
        }
    }

    @Test(
        "what can't be read is a bad request",
        arguments: [
            "Contact: *, <sip:a@192.0.2.1>", "Contact: <sip:a@192.0.2.1", "Contact: @@@",
            "Path: <>",
        ])
    func bad(line: String) {
        #expect(throws: RegistrationRefusal.self) { try Self.registration(line) }
    }

    @Test("an Expires that is no number counts as none", arguments: ["-1", "soon", "99999999999"])
    func badExpires(value: String) throws {
        #expect(try Self.registration("Expires: \(value)").expires == nil)
    }

    @Test(
        "over UDP the source counts for a phone behind a NAT",
        arguments: ["sip:a@192.168.1.5:5062", "sip:a@203.0.113.5:5062"],
        ["192.168.1.5:5062", "203.0.113.5:5062;rport"])
    func behindNAT(uri: String, host: String) throws {
        #expect(try Self.contacts("Contact: <\(uri)>", from: host)[0].received == Self.source)
    }

    @Test("a public contact that is not the phone's own counts as it is")
    func elsewhere() throws {
        let line = "Contact: <sip:a@198.51.100.1:5060>"
        #expect(try Self.contacts(line)[0].received == nil)
        #expect(try Self.contacts(line, from: "192.168.1.5")[0].received == nil)
    }

    @Test(
        "over UDP the contact counts when it is the source's address, or a name",
        arguments: ["sip:a@203.0.113.5:5062", "sip:a@203.0.113.5", "sip:a@phone.example"])
    func direct(uri: String) throws {
        #expect(try Self.contacts("Contact: <\(uri)>")[0].received == nil)
    }

    @Test("over a connection the source counts, unless the contact asks for UDP")
    func connections() throws {
        let source = Endpoint(.ws, .v4(0xCB00_7105), port: 40_000)
        let browser = "Contact: <sip:a@df7jal23ls0d.invalid;transport=ws>"
        #expect(try Self.contacts(browser, source: source)[0].received == source)
        let other = "Contact: <sip:a@192.0.2.1;transport=udp>"
        let tcp = Endpoint(.tcp, .v4(0xC000_0201), port: 40_000)
        #expect(try Self.contacts(other, source: tcp)[0].received == nil)
    }

    @Test("the source is not the phone's when a proxy was between")
    func proxied() throws {
        let line = "Contact: <sip:a@192.168.1.5:5062>"
        #expect(try Self.contacts(line, vias: 2)[0].received == nil)
    }
}
