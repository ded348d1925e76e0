import SIPCore
import SIPLocation
import SIPProxy
import SIPTesting
import Synchronization
import Testing

@Suite("a route of one's own") struct OwnRouteTests {
    @Test("answers, and the answer is repeated until its ACK comes") func replies() async throws {
        let site = try VirtualSite()
        site.proxy.router = ClosureRouter { request in
            request.reply(.ringing)
            return .reply(.busyHere, "At Lunch")
        }
        let caller = site.host()
        let invite = caller.request("INVITE", "sip:bob@voice.test")
        let answers = await caller.ask(invite)
        #expect(answers.map(\.status) == [180, 486])
        #expect(answers[1].reason == "At Lunch")
        #expect(answers[0].toTag == answers[1].toTag)
        await site.run(for: .seconds(1))
        #expect(caller.heard("486").count == 2)
        caller.send(invite.hopByHop("ACK", to: answers[1].value("To")))
        await site.settle()
        #expect(caller.heard("486").count == 2)
    }

    @Test("drops, and nothing is kept") func drops() async throws {
        let site = try VirtualSite()
        site.proxy.router = ClosureRouter { _ in .drop }
        let stranger = site.host()
        for method in ["INVITE", "MESSAGE", "ACK"] {
            #expect(await stranger.ask(stranger.request(method, "sip:x@voice.test")).isEmpty)
        }
        #expect(site.proxy.sessionCount == 0)
        #expect(site.proxy.timerCount == 0)
    }

    struct Broken: Error {}

    @Test(
        "that throws is answered for: 503 with Retry-After when a store can't answer, else 500",
        arguments: [
            (true, 503, "5"), (false, 500, nil),
        ])
    func fails(isStore: Bool, expected: Int, retryAfter: String?) async throws {
        let site = try VirtualSite()
        site.proxy.router = ClosureRouter { _ in
            if isStore { throw StoreError(.unavailable, "gone") }
            throw Broken()
        }
        let stranger = site.host()
        let request = stranger.request("MESSAGE", "sip:x@voice.test")
        let answers = await stranger.ask(request)
        #expect(answers.map(\.status) == [expected])
        #expect(answers.first?.value("Retry-After") == retryAfter)
        let told = site.proxy.events.contains { if case .routeFailed = $0 { true } else { false } }
        #expect(told)
        await site.settle()
    }

    @Test("adds and removes headers in the copy") func headers() async throws {
        let site = try VirtualSite()
        let bob = try await site.callee("bob")
        let location = SiteLocation(service: site.location, aliases: [:])
        site.proxy.router = ClosureRouter { request in
            try request.add("X-Site", "voice")
            request.remove("Subject")
            request.remove("x-secret")
            return .relay(to: try await request.contacts(in: location))
        }
        let stranger = site.host()
        stranger.send(
            stranger.request("MESSAGE", "sip:bob@voice.test").with {
                $0.lines = ["s: lunch", "X-SECRET: one", "X-Kept: two", "Subject: more"]
            })
        await site.run(for: .milliseconds(100))
        let message = try #require(bob.heard("MESSAGE").first)
        #expect(message.lines("Subject") == [])
        #expect(message.lines("X-Secret") == [])
        #expect(message.lines("X-Kept") == ["two"])
        #expect(message.lines("X-Site") == ["voice"])
    }

    @Test("reads a header as it stands, or in its type") func reads() async throws {
        let site = try VirtualSite()
        site.proxy.router = ClosureRouter { request in
            guard let event = try request.message.event, event.package == "presence",
                request.message.supported.contains("eventlist"),
                request.message.expires == 600, try request.message.cseq.number == 1,
                request["subject"] == "Lunch", request["X-Nothing"] == nil
            else { return .reply(.badRequest) }
            return .reply(.ok)
        }
        let watcher = site.host()
        let subscribe = watcher.request("SUBSCRIBE", "sip:bob@voice.test").with {
            $0.lines = [
                "Event: presence;id=1", "Supported: eventlist", "Expires: 600", "Subject: Lunch",
            ]
        }
        #expect(await watcher.ask(subscribe).map(\.status) == [200])
    }

    /// Answers each user's first request, and no more.
    private final class Once: Router {
        private let served = Mutex<Set<String>>([])

        func route(_ request: inout RoutedRequest) async throws -> Action {
            let user = String(request.from.uri.sip?.user ?? "")
            return .reply(served.withLock { $0.insert(user).inserted } ? .ok : .forbidden)
        }
    }

    @Test("keeps what it learned from one request to the next") func state() async throws {
        let site = try VirtualSite()
        site.proxy.router = Once()
        let host = site.host()
        for user in ["alice", "bob"] {
            for status in [200, 403] {
                let request = host.request(
                    "MESSAGE", "sip:x@voice.test", from: "sip:\(user)@voice.test")
                #expect(await host.ask(request).map(\.status) == [status])
            }
        }
    }

    @Test("relays to nobody: 404") func nobody() async throws {
        let site = try VirtualSite()
        let location = SiteLocation(service: site.location, aliases: [:])
        site.proxy.router = ClosureRouter { request in
            .relay(to: try await request.contacts(in: location))
        }
        let stranger = site.host()
        let answers = await stranger.ask(stranger.request("MESSAGE", "sip:bob@voice.test"))
        #expect(answers.map(\.status) == [404])
    }

    @Test("that is cancelled and never answers leaves nothing") func cancelled() async throws {
        let site = try VirtualSite()
        site.proxy.holdsRoutes = true
        let caller = site.host()
        let invite = caller.request("INVITE", "sip:bob@voice.test")
        #expect(await caller.ask(invite).isEmpty)
        #expect(await caller.ask(invite.hopByHop("CANCEL")).map(\.status) == [200, 487])
        // Nobody acknowledges.
        await site.settle()
        await site.proxy.releaseRoutes()
        await site.settle()
        #expect(caller.heard("487").count == 11)
    }
}
