import SIPCore
import SIPProxy
import SIPTesting
import Testing

@Suite("a response that the route looks at") struct RespondedTests {
    @Test("goes back with what the route adds, and without what it removes, every copy of it")
    func edited() async throws {
        let (site, bob) = try await site()
        let stranger = site.host()
        stranger.send(stranger.request("INVITE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(100))
        let invite = try #require(bob.heard("INVITE").first)
        let lines = ["Server: secret/1.0", "X-Kept: yes", "SERVER: twice"]
        bob.respond(180, to: invite, lines: lines)
        bob.respond(200, to: invite, lines: lines, contact: "sip:bob@\(bob.hostPort)")
        bob.respond(200, to: invite, lines: lines, contact: "sip:bob@\(bob.hostPort)")
        await site.run(for: .milliseconds(100))
        let answers = stranger.inbox.filter { $0.status != 100 }
        #expect(answers.map(\.status) == [180, 200, 200])
        for answer in answers {
            #expect(answer.lines("Server").isEmpty)
            #expect(answer.lines("X-Kept") == ["yes"])
            #expect(answer.lines("X-Seen") == ["INVITE \(answer.status ?? 0) for bob"])
            #expect(answer.lines("Via").count == 1)
        }
        await site.settle()
    }

    @Test("that is refused is changed as well") func refused() async throws {
        let (site, bob) = try await site()
        let stranger = site.host()
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(100))
        bob.respond(486, to: try #require(bob.heard("MESSAGE").first))
        await site.run(for: .milliseconds(100))
        #expect(stranger.inbox.map(\.status) == [486])
        #expect(stranger.inbox.last?.value("X-Seen") == "MESSAGE 486 for bob")
        await site.settle()
    }

    private func site() async throws -> (VirtualSite, BareHost) {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        site.proxy.router = Observer(
            contacts: Contacts([
                Target(uri: try URI("sip:bob@\(bob.hostPort)"))
            ]))
        return (site, bob)
    }

    private struct Observer: Router {
        let contacts: Contacts

        func route(_ request: inout RoutedRequest) async throws -> Action {
            request.attachment = request.to.uri.sip?.user.map(String.init)
            return .relay(to: contacts)
        }

        func responded(_ response: inout RoutedResponse) {
            let user = response.attachment as? String ?? "nobody"
            response.remove("Server")
            // What responses are matched by stays, whatever a route says.
            response.remove("Via")
            response.remove("CSeq")
            try? response.add("X-Seen", "\(response.method) \(response.status.code) for \(user)")
            #expect(throws: HeaderError.self) { try response.add("X-Bad", "a\r\nb") }
            #expect(throws: HeaderError.reserved("Via")) { try response.add("Via", "x") }
        }
    }
}
