import SIPCore
import Testing

@Suite("the call flows of RFC 3665") struct CallFlowTests {
    static let paths = Fixture.paths(under: "call-flows/rfc3665", suffix: ".sip")

    @Test("are 181 messages") func count() {
        #expect(Self.paths.count == 181)
    }

    @Test("are taken, each with all of its header fields", arguments: paths)
    func taken(path: String) throws {
        switch try Fixture.message(path) {
        case .request(let request):
            let essentials = try request.check()
            #expect(essentials.via.hasMagicCookie)
            #expect(essentials.from.tag != nil)
            try expectReadable(request)
        case .response(let response):
            let essentials = try response.check()
            #expect(essentials.fromTag != nil)
            // The RFC prints the 200 to a CANCEL without a tag.
            #expect(
                essentials.toTag != nil || response.status.code == 100
                    || essentials.cseq.method == .cancel)
            try expectReadable(response)
        }
    }

    private func expectReadable(_ message: some HeaderReading) throws {
        #expect(try message.vias.count > 0)
        _ = try message.contacts
        #expect(try message.routes.allSatisfy { $0.uri.sip?.hasLooseRouting == true })
        #expect(try message.recordRoutes.allSatisfy { $0.uri.sip?.hasLooseRouting == true })
        _ = try message.contentType
        for challenge in try message.wwwAuthenticates + message.proxyAuthenticates {
            #expect(challenge.realm != nil && challenge.nonce != nil)
        }
        #expect(message.contentLength ?? 0 == message.body.count)
    }

    @Test("have credentials whose parts are found") func credentials() throws {
        let request = try Fixture.request("call-flows/rfc3665/3.2/F04-INVITE.sip")
        let credentials = try #require(try request.proxyAuthorizations.first)
        #expect(credentials.username == "alice")
        #expect(credentials.uri == "sip:bob@biloxi.example.com")
        #expect(credentials.opaque == "")
    }

    @Test("have one with a comma missing, which is malformed") func missingComma() throws {
        let request = try Fixture.request("call-flows/rfc3665/2.1/F03-REGISTER.sip")
        #expect(throws: ParseError.self) { try request.authorizations }
    }
}
