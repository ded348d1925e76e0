import SIPProxy
import SIPTesting
import Testing

@Suite("a route as a function") struct RouteTests {
    @Test("says what becomes of a request: a reply, a relay, nothing") func outcomes() async throws
    {
        let site = try VirtualSite { request in
            switch request.method {
            case .invite: return .relay(unchecked: .anybodyToAnywhere)
            case .message: throw Rejection(.notFound)
            case .bye: return .reply(.busyHere)
            default: return .drop
            }
        }
        let expected: [(String, RouteOutcome)] = [
            ("INVITE", .relay(to: ["sip:x@voice.test"])), ("MESSAGE", .reply(.notFound)),
            ("BYE", .reply(.busyHere)), ("OPTIONS", .drop),
        ]
        for (method, outcome) in expected {
            let request = site.request(method, "sip:x@voice.test", from: "sip:eve@voice.test")
            #expect(await site.route(request) == outcome)
        }
        #expect(site.recorder.transmissions.isEmpty)
    }

    @Test("a phone answers the challenge, a stranger does not") func challenge() async throws {
        let office = try await Office.open()
        let (site, alice, bob) = (office.site, office.alice, office.bob)
        let invite = alice.request("INVITE", bob.address)
        #expect(await site.route(invite) == .reply(.proxyAuthenticationRequired))
        #expect(await site.route(invite, by: alice) == .relay(to: [bob.contact]))
        #expect(await site.route(invite, by: bob) == .reply(.forbidden))
        #expect(
            await site.route(alice.request("INVITE", "sip:900@other.test"), by: alice)
                == .relay(to: ["sip:900@other.test"]))
    }

    @Test("what it saves is saved") func saves() async throws {
        let office = try await Office.open()
        let carol = office.site.phone("carol")
        let call = office.alice.request("MESSAGE", carol.address)
        #expect(await office.site.route(call) == .reply(.notFound))
        #expect(await office.site.route(carol.request("REGISTER"), by: carol) == .reply(.ok))
        #expect(await office.site.route(call) == .relay(to: [carol.contact]))
    }

    @Test("what the proxy refuses by itself never reaches it") func malformed() async throws {
        let site = try VirtualSite { _ in .drop }
        let request = site.request("INVITE", "sip:x@voice.test", from: "sip:eve@voice.test").with {
            $0.callID = ""
        }
        #expect(await site.route(request) == .reply(.badRequest))
    }
}

@Suite("a ladder") struct LadderTests {
    @Test("has a column for each party and an arrow for each message") func text() async throws {
        let office = try await Office.open()
        let message = office.alice.ask("MESSAGE", office.bob.address)
        await office.site.run(for: .seconds(1))
        let callID = try #require(message.final?.callID)
        #expect(
            office.site.recorder.ladder(callID: callID).description == """
                          alice           proxy           bob
                2.000     |-MESSAGE------>|               |
                2.005     |               |-MESSAGE------>|
                2.010     |               |<-200 MESSAGE--|
                2.015     |<-200 MESSAGE--|               |

                """)
    }

    @Test("shows what was lost") func lost() async throws {
        let office = try await Office.open()
        office.site.network.isLost = { $0.destination == office.bob.endpoint }
        let message = office.alice.ask("MESSAGE", office.bob.address)
        await office.site.run(for: .seconds(1))
        #expect(message.final == nil)
        let ladder = office.site.recorder.ladder()
        #expect(ladder.description.contains("|-MESSAGE (lost)"))
        #expect(ladder.steps.last?.fate == .lost)
    }

    @Test("a site on which somebody never ends says so") func leftovers() async throws {
        let office = try await Office.open()
        func again() { office.site.clock.after(.seconds(60)) { again() } }
        #expect(await office.site.finish().isEmpty)
        again()
        let left = await office.site.finish()
        #expect(!left.isQuiet)
        #expect(!left.isEmpty)
    }
}
