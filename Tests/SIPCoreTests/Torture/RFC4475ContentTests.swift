import SIPCore
import Testing

@Suite("what is read in the messages of RFC 4475") struct RFC4475ContentTests {
    @Test("3.1.1.1: three Vias, folded numbers, the quoted name") func wsinv() throws {
        let request = try Fixture.request("rfc4475/wsinv.dat")
        let essentials = try request.check()
        #expect(try request.vias.map(\.transport) == [.udp, .tcp, .udp])
        #expect(
            try request.vias.map(\.host.text) == [
                "192.0.2.2", "spindle.example.com", "192.168.255.111",
            ])
        #expect(try request.vias.map(\.branch) == ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"])
        #expect(!essentials.via.hasMagicCookie)
        #expect(essentials.maxForwards == 68)
        #expect(essentials.cseq == CSeq(number: 9, method: .invite))
        #expect(essentials.to.tag == "1918181833n")
        #expect(essentials.from.tag == "98asjd8")
        #expect(essentials.from.displayName == #"J Rosenberg \\\""#)
        #expect(essentials.uri.sip?.parameters["unknownparam"] == "")
        #expect(request["UnknownHeaderWithUnusualValue"] == ";;,,;;,;")
        #expect(request.contentLength == 150)
        #expect(request.body.count == 150)
        let route = try #require(try request.topRoute)
        #expect(route.uri.sip?.hasLooseRouting == true)
        #expect(route.uri.sip?.parameters["unknownwith"] == "value")
        let contact = try #require(try request.singleContact)
        #expect(contact.q == 330)
        #expect(contact.parameters["newparam"] == "newvalue")
        #expect(contact.parameters.contains("secondparam"))
    }

    @Test("3.1.1.2: every character of a method, a URI, a quoted pair and a Call-ID") func intmeth()
        throws
    {
        let request = try Fixture.request("rfc4475/intmeth.dat")
        let essentials = try request.check()
        guard case .other(let name) = request.method else {
            Issue.record("an extension method")
            return
        }
        #expect(name.count == 43)
        #expect(
            essentials.uri.sip?.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
        #expect(essentials.uri.sip?.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)")
        #expect(essentials.uri.sip?.host.text == "example.com")
        #expect(essentials.to.displayName?.withoutQuotedPairs == "BEL:\u{7} NUL:\0 DEL:\u{7F}")
        #expect(essentials.from.displayName == "token1~` token2'+_ token3*%!.-")
        #expect(essentials.from.parameters.count { _ in true } == 2)
        #expect(essentials.maxForwards == 255)
    }

    @Test("3.1.1.3: an escaped user is one user") func esc01() throws {
        let request = try Fixture.request("rfc4475/esc01.dat")
        let essentials = try request.check()
        #expect(essentials.uri.sip?.unescapedUser == Array("sips:user@example.com".utf8))
        #expect(essentials.uri.sip?.host.text == "example.net")
        #expect(essentials.to.uri.isEquivalent(to: try URI("sip:user@example.com")))
        let contact = try #require(try request.singleContact)
        #expect(contact.uri.sip?.hasLooseRouting == true)
        #expect(
            contact.uri.isEquivalent(to: try URI("sip:caller@host5.example.net;lr;name=value%2541"))
        )
    }

    @Test("3.1.1.4: NUL in a user cuts nothing") func escnull() throws {
        let request = try Fixture.request("rfc4475/escnull.dat")
        #expect(try request.to.uri.sip?.unescapedUser == Array("null-\0-null".utf8))
        let contacts = try request.listedContacts
        #expect(contacts.map { $0.uri.sip?.unescapedUser } == [[0], [0, 0]])
        #expect(!contacts[0].uri.isEquivalent(to: contacts[1].uri))
    }

    @Test("3.1.1.5: escapes mean nothing in a method or a header's name") func esc02() throws {
        let request = try Fixture.request("rfc4475/esc02.dat")
        #expect(request.method == .other("RE%47IST%45R"))
        #expect(try request.listedContacts.map { $0.uri.sip?.user } == ["alias1", "alias3"])
        #expect(try request.to.displayName == "%Z%45")
    }

    @Test("3.1.1.6: no blank between a token and <") func lwsdisp() throws {
        #expect(try Fixture.request("rfc4475/lwsdisp.dat").from.displayName == "caller")
    }

    @Test("3.1.1.7: 34 Vias and long values") func longreq() throws {
        let request = try Fixture.request("rfc4475/longreq.dat")
        let essentials = try request.check()
        #expect(try request.vias.count == 34)
        #expect(essentials.via.branch == nil)
        #expect(essentials.to.uri.sip?.port == 6000)
        #expect(request.callIDCount == 141)
    }

    @Test("3.1.1.8: what follows the body is not read") func dblreq() throws {
        let request = try Fixture.request("rfc4475/dblreq.dat")
        #expect(request.method == .register)
        #expect(request.body.isEmpty)
        #expect(request.count(.to) == 1)
    }

    @Test("3.1.1.9: a semicolon in a user is no parameter") func semiuri() throws {
        let uri = try #require(try Fixture.request("rfc4475/semiuri.dat").uri.sip)
        #expect(uri.unescapedUser == Array("user;par=u@example.net".utf8))
        #expect(uri.host.text == "example.com")
        #expect(uri.parameters.isEmpty)
    }

    @Test("3.1.1.10: Vias of five transports, two of them unknown here") func transports() throws {
        let vias = try Fixture.request("rfc4475/transports.dat").vias
        #expect(vias.map(\.transport) == [.udp, nil, .tls, nil, .tcp])
        #expect(vias[1].transportToken == "SCTP")
    }

    @Test("3.1.1.11: a body of binary octets is whole") func mpart01() throws {
        let request = try Fixture.request("rfc4475/mpart01.dat")
        #expect(request.body.count == 553)
        #expect(request.body.contains(0))
        #expect(try request.contentType?.isMedia("multipart", "mixed") == true)
        #expect(try request.contentType?.parameters["boundary"] == "7a9cbec02ceef655")
    }

    @Test("3.1.1.12: a reason phrase of any UTF-8") func unreason() throws {
        let response = try Fixture.response("rfc4475/unreason.dat")
        #expect(response.status.code == 200)
        #expect(response.reasonPhrase.description.hasPrefix("= 2**3 * 5**2 "))
    }

    @Test("3.1.1.13: no reason phrase") func noreason() throws {
        let response = try Fixture.response("rfc4475/noreason.dat")
        #expect(response.status.code == 100)
        #expect(response.reasonPhrase.isEmpty)
    }

    @Test("3.1.2.4: a number that does not fit is no expiry and no hop count") func scalar02()
        throws
    {
        let request = try Fixture.request("rfc4475/scalar02.dat")
        #expect(throws: Refusal(.badRequest, "Bad CSeq")) { try request.check() }
        #expect(try request.maxForwards == nil)
        #expect(request.expires == nil)
        #expect(try request.singleContact?.expires == nil)
    }

    @Test("3.1.2.5: a Retry-After that does not fit is malformed") func scalarlg() throws {
        let response = try Fixture.response("rfc4475/scalarlg.dat")
        #expect(throws: ParseError.self) { try response.retryAfter }
        #expect(throws: Refusal(.badRequest, "Bad CSeq")) { try response.check() }
    }

    @Test(
        "the reason says what is wrong",
        arguments: [
            ("badinv01", "Bad Via"), ("clerr", "Content-Length Too Large"),
            ("ncl", "Bad Content-Length"), ("quotbal", "Bad To"),
            ("ltgtruri", "Bad Request-URI"), ("lwsruri", "Bad Request-URI"),
            ("lwsstart", "Blanks In Start Line"), ("trws", "Blanks In Start Line"),
            ("escruri", "Headers In Request-URI"), ("badaspec", "Bad To"),
            ("mismatch01", "CSeq Of Another Method"), ("mismatch02", "CSeq Of Another Method"),
            ("insuf", "Missing To"), ("multi01", "More Than One"), ("mcl01", "Bad Content-Length"),
            ("badvers", "Version Not Supported"), ("unkscm", "Unsupported URI Scheme"),
        ])
    func reason(name: String, reason: String) throws {
        let request = try Fixture.request("rfc4475/\(name).dat")
        do {
            _ = try request.check()
            Issue.record("\(name) is taken")
        } catch {
            #expect(error.reason.hasPrefix(reason))
        }
    }

    @Test("3.1.2.12: a Date in another zone is wrong only to who asks for it") func baddate() throws
    {
        let request = try Fixture.request("rfc4475/baddate.dat")
        #expect(throws: Never.self) { try request.check() }
        #expect(throws: ParseError.self) { try request.date }
    }

    @Test("3.1.2.13: headers in a Contact without brackets") func regbadct() throws {
        let request = try Fixture.request("rfc4475/regbadct.dat")
        #expect(throws: ParseError.self) { try request.contacts }
    }

    @Test("3.1.2.19: a status code never wraps") func bigcode() {
        #expect(throws: ParseError.self) { try Fixture.message("rfc4475/bigcode.dat") }
    }

    @Test("3.2.1: a bare cookie names no transaction") func badbranch() throws {
        let via = try Fixture.request("rfc4475/badbranch.dat").topVia
        #expect(via.branch == "z9hG4bK")
        #expect(!via.hasMagicCookie)
    }

    @Test("3.3.4: addresses of other schemes are read") func unksm2() throws {
        let request = try Fixture.request("rfc4475/unksm2.dat")
        #expect(try request.check().to.uri.scheme == "isbn")
        #expect(try request.from.uri.scheme == "http")
        #expect(try request.singleContact?.uri.scheme == "name")
    }

    @Test("3.3.5: the option tags, as a 420 lists them") func bext01() throws {
        let request = try Fixture.request("rfc4475/bext01.dat")
        #expect(Array(request.require) == ["nothingSupportsThis", "nothingSupportsThisEither"])
        #expect(
            Array(request.proxyRequire) == ["noProxiesSupportThis", "norDoAnyProxiesSupportThis"])
    }

    @Test("3.3.7: a scheme that nobody knows is nothing but a scheme") func regaut01() throws {
        let credentials = try #require(
            try Fixture.request("rfc4475/regaut01.dat").authorizations.first)
        #expect(credentials.scheme == "NoOneKnowsThisScheme")
        #expect(!credentials.isDigest)
        #expect(credentials.username == nil)
    }

    @Test("3.3.10: the broadcast address is an address") func bcast() throws {
        let vias = try Fixture.response("rfc4475/bcast.dat").vias
        #expect(vias[1].host.address == .v4(0xFFFF_FFFF))
    }

    @Test("3.3.11: no hop is left") func zeromf() throws {
        #expect(try Fixture.request("rfc4475/zeromf.dat").check().maxForwards == 0)
    }

    @Test("3.3.12 to 14: whose a Contact's parameter is") func contactParameters() throws {
        let header = try #require(try Fixture.request("rfc4475/cparam01.dat").singleContact)
        #expect(header.parameters.contains("unknownparam"))
        #expect(header.uri.sip?.parameters.isEmpty == true)
        let uri = try #require(try Fixture.request("rfc4475/cparam02.dat").singleContact)
        #expect(!uri.parameters.contains("unknownparam"))
        #expect(uri.uri.sip?.parameters.contains("unknownparam") == true)
        let escaped = try #require(try Fixture.request("rfc4475/regescrt.dat").singleContact)
        #expect(escaped.uri.sip?.headers == "Route=%3Csip:sip.example.com%3E")
    }

    @Test("3.4.1: RFC 2543 had no branch, tag, hop count or Content-Length") func inv2543() throws {
        let request = try Fixture.request("rfc4475/inv2543.dat")
        let essentials = try request.check()
        #expect(essentials.via.branch == nil)
        #expect(essentials.from.tag == nil)
        #expect(essentials.maxForwards == nil)
        #expect(request.contentLength == nil)
        #expect(request.body.count == 105)
    }
}

extension SIPRequest {
    var listedContacts: [Contact] {
        get throws {
            guard case .contacts(let contacts) = try contacts else { return [] }
            return contacts
        }
    }

    var singleContact: Contact? {
        get throws {
            let contacts = try listedContacts
            return contacts.count == 1 ? contacts[0] : nil
        }
    }

    var callIDCount: Int { first(.callID)?.count ?? 0 }
}
