import SIPAuth
import SIPCore
import SIPProxy
import SIPTesting
import Testing

@Suite("a source that floods") struct FloodTests {
    @Test("is served up to its rate and not answered beyond it, while others are served")
    func rate() async throws {
        let site = try site {
            $0.rate = 10
            $0.burst = 20
        }
        let mallory = site.host()
        for _ in 0..<100 { mallory.send(mallory.request("OPTIONS", "sip:voice.test")) }
        await site.run(for: .milliseconds(100))
        #expect(mallory.heard("200").count == 20)
        let other = site.host("other", 0xCB00_7143)
        #expect(await other.ask(other.request("OPTIONS", "sip:voice.test")).map(\.status) == [200])
        #expect(site.proxy.events.count { if case .flooding = $0 { true } else { false } } == 1)
        #expect(site.proxy.site.flood?.counts.overRate == 80)
        await site.settle()
    }

    @Test("cannot open 100,000 transactions: no more live than its rate and burst allow")
    func transactions() async throws {
        let site = try site {
            $0.rate = 500
            $0.burst = 5_000
        }
        site.recorder.isRecording = false
        site.proxy.holdsRoutes = true
        let mallory = site.host()
        for turn in 0..<100 {
            for _ in 0..<1_000 { mallory.send(mallory.request("MESSAGE", "sip:bob@voice.test")) }
            await site.run(for: .milliseconds(10))
            #expect(site.proxy.sessionCount <= 5_000 + 5 * (turn + 2))
        }
        #expect(site.proxy.sessionCount >= 5_000)
        await site.proxy.releaseRoutes()
        await site.settle()
    }

    @Test("with a trusted address, or a gateway's, is no flood") func trusted() async throws {
        let site = try VirtualSite {
            $0.flood = flood {
                $0.rate = 1
                $0.burst = 1
                $0.scanners = ["mallory"]
            }
            $0.trustedPeers = [VirtualSite.peerAddress]
        }
        let peer = try await site.peer()
        for _ in 0..<50 {
            let request = peer.request("OPTIONS", "sip:voice.test").with {
                $0.lines = ["User-Agent: mallory"]
            }
            #expect(await peer.ask(request).map(\.status) == [200])
        }
        await site.settle()
    }

    @Test("of a scanner gets no answer, and its address, which may be forged, no ban")
    func scanner() async throws {
        let site = try site()
        let mallory = site.host()
        let request = mallory.request("OPTIONS", "sip:voice.test")
        let scan = mallory.request("OPTIONS", "sip:100@voice.test").with {
            $0.lines = ["User-Agent: friendly-scanner"]
        }
        #expect(await mallory.ask(scan).isEmpty)
        #expect(await mallory.ask(request).map(\.status) == [200])
        #expect(site.proxy.site.flood?.counts.scanners == 1)
        await site.settle()
    }

    // MARK: Failed logins

    @Test("guesses passwords no longer than it takes to be banned, and is served afterwards")
    func guessing() async throws {
        let site = try site { $0.failedLogins = 5 }
        let thief = site.phone("alice", password: "wrong")
        var statuses: [Int?] = []
        for _ in 0..<7 {
            let answer = thief.register()
            await site.run(for: .milliseconds(200))
            statuses.append(answer.status)
        }
        #expect(statuses == [401, 401, 401, 401, 401, nil, nil])
        #expect(
            site.proxy.events.contains {
                if case .banned("198.51.100.1", .logins, .seconds(60)) = $0 { true } else { false }
            })
        await site.run(for: .seconds(100))
        let answer = thief.register()
        await site.run(for: .milliseconds(200))
        #expect(answer.status == 401)
    }

    @Test(
        "without an answered challenge is banned for nothing: anybody could send that in its name")
    func unanswered() async throws {
        let site = try site { $0.failedLogins = 1 }
        let mallory = site.host()
        for index in 0..<20 {
            let forged = mallory.request("REGISTER", "sip:voice.test", to: "<sip:bob@voice.test>")
                .with {
                    $0.lines = [
                        "Authorization: Digest username=\"bob\", realm=\"voice.test\", "
                            + "nonce=\"\(index)\", uri=\"sip:voice.test\", response=\"\(digest)\""
                    ]
                }
            #expect(await mallory.ask(forged).map(\.status) == [401])
        }
        #expect(site.proxy.site.flood?.bans(at: .zero).isEmpty == true)
    }

    @Test("with a nonce that another source was given is challenged anew, and counts for nobody")
    func foreignNonce() async throws {
        let site = try site { $0.failedLogins = 1 }
        let mallory = site.host()
        let victim = site.host("victim", 0xCB00_7199)
        func register(_ host: BareHost, nonce: String? = nil) -> RequestText {
            host.request("REGISTER", "sip:voice.test", to: "<sip:bob@voice.test>").with {
                if let nonce {
                    $0.lines = [
                        "Authorization: Digest username=\"bob\", realm=\"voice.test\", "
                            + "nonce=\"\(nonce)\", uri=\"sip:voice.test\", response=\"\(digest)\""
                    ]
                }
            }
        }
        let challenge = try #require(await mallory.ask(register(mallory)).first)
        let header = try #require(challenge.value("WWW-Authenticate"))
        let nonce = String(header.split(separator: "nonce=\"")[1].split(separator: "\"")[0])
        // As if mallory had forged the victim's address.
        let answer = try #require(await victim.ask(register(victim, nonce: nonce)).first)
        #expect(answer.status == 401)
        #expect(answer.value("WWW-Authenticate")?.contains("stale=true") == true)
        #expect(site.proxy.site.flood?.bans(at: .zero).isEmpty == true)
        // From its own address it counts.
        #expect(await mallory.ask(register(mallory, nonce: nonce)).map(\.status) == [401])
        #expect(
            site.proxy.site.flood?.bans(at: site.clock.now).map(\.source) == ["203.0.113.66"])
    }

    @Test("a house of phones of which one has a wrong password is not banned") func house()
        async throws
    {
        let site = try site { $0.failedLogins = 5 }
        let flood = try #require(site.proxy.site.flood)
        let alice = site.phone("alice")
        for _ in 0..<20 {
            let answer = alice.register()
            await site.run(for: .seconds(1))
            #expect(answer.status == 200)
            // The neighbour behind the same address.
            #expect(flood.loginFailed(alice.endpoint.address, at: site.clock.now) == nil)
        }
    }

    private let digest = "00000000000000000000000000000000"

    private func flood(_ change: (inout FloodSettings) -> Void) -> FloodProtection {
        var settings = FloodSettings()
        change(&settings)
        return FloodProtection(settings)
    }

    private func site(
        _ change: (inout FloodSettings) -> Void = { _ in }
    ) throws -> VirtualSite {
        let flood = flood(change)
        return try VirtualSite { $0.flood = flood }
    }
}
