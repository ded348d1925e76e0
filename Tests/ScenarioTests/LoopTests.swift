import SIPCore
import SIPTesting
import Testing

@Suite("loops and amplification (RFC 5393)") struct LoopTests {
    @Test("a forked request that comes back as it was is 482") func loop() async throws {
        let (site, mirror, stranger) = try await mirrored(2)
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(20))
        let copies = mirror.heard("MESSAGE")
        try #require(copies.count == 2)
        let answers = await mirror.ask(mirror.sendingBack(copies[0], to: "sip:bob@voice.test"))
        #expect(answers.map(\.status) == [482])
        #expect(mirror.heard("MESSAGE").count == 2)
        for copy in copies { mirror.respond(482, to: copy) }
        await site.settle()
        #expect(stranger.inbox.map(\.status) == [482])
    }

    @Test("one that comes back for somebody else is a spiral, and goes on") func spiral()
        async throws
    {
        let (site, mirror, stranger) = try await mirrored(2)
        let carol = try await site.callee("carol", 0xC633_64C9)
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(20))
        let copy = try #require(mirror.heard("MESSAGE").first)
        #expect(await mirror.ask(mirror.sendingBack(copy, to: "sip:carol@voice.test")).isEmpty)
        carol.respond(200, to: try #require(carol.heard("MESSAGE").first))
        await site.run(for: .milliseconds(100))
        mirror.respond(200, to: copy)
        await site.settle()
        #expect(stranger.inbox.map(\.status) == [200])
    }

    @Test("one that was not forked has no mark: its hops end it") func line() async throws {
        let (site, mirror, stranger) = try await mirrored(1)
        stranger.send(
            stranger.request("MESSAGE", "sip:bob@voice.test").with { $0.maxForwards = 2 })
        await site.run(for: .milliseconds(20))
        mirror.send(mirror.sendingBack(mirror.heard("MESSAGE")[0], to: "sip:bob@voice.test"))
        await site.run(for: .milliseconds(20))
        try #require(mirror.heard("MESSAGE").count == 2)
        let second = mirror.heard("MESSAGE")[1]
        #expect(second.value("Max-Forwards") == "0")
        let answers = await mirror.ask(mirror.sendingBack(second, to: "sip:bob@voice.test"))
        #expect(answers.map(\.status) == [483])
    }

    @Test("a mark of somebody else's, or in somebody else's Via, means nothing") func foreign()
        async throws
    {
        let (site, mirror, stranger) = try await mirrored(2)
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .milliseconds(20))
        let copy = mirror.heard("MESSAGE")[0]
        let ours = copy.values("Via")[0]
        for changed in [
            ours.replacing("192.0.2.1:5060", with: "192.0.2.1:5062"),
            ours.replacing("192.0.2.1:5060", with: "198.51.100.1:5060"),
            String(ours.dropLast()) + (ours.hasSuffix("0") ? "1" : "0"), ours + "0",
            ours.replacing("branch=", with: "branch"), "SIP/2.0/UDP", "no Via, but this",
        ] {
            let before = mirror.heard("MESSAGE").count
            mirror.send(
                mirror.sendingBack(copy, to: "sip:bob@voice.test").with { $0.vias[1] = changed })
            await site.run(for: .milliseconds(20))
            #expect(mirror.heard("MESSAGE").count == before + 2, "\(changed)")
        }
    }

    /// Max-Breadth of the request and the number of contacts; what the copies have, or nil: 440.
    static let breadths: [(String?, Int, [String]?)] = [
        (nil, 1, ["60"]), (nil, 2, ["30", "30"]), ("60", 2, ["30", "30"]),
        ("8", 3, ["3", "3", "2"]), ("7", 1, ["7"]), ("200", 1, ["60"]),
        ("99999999999999999999", 1, ["60"]), ("x", 1, ["60"]), ("1", 1, ["1"]), ("1", 2, nil),
        ("2", 2, ["1", "1"]), ("0", 1, nil), (nil, 60, Array(repeating: "1", count: 60)),
        (nil, 70, nil),
    ]

    @Test("Max-Breadth is divided among the copies; when it is too small: 440", arguments: breadths)
    func breadth(given: String?, contacts: Int, expected: [String]?) async throws {
        let (site, mirror, stranger) = try await mirrored(contacts)
        let request = stranger.request("MESSAGE", "sip:bob@voice.test").with {
            if let given { $0.lines = ["Max-Breadth: \(given)"] }
        }
        let answers = await stranger.ask(request)
        let copies = mirror.heard("MESSAGE")
        #expect(copies.map { $0.lines("Max-Breadth") } == (expected ?? []).map { [$0] })
        #expect(answers.map(\.status) == (expected == nil ? [440] : []))
        for copy in copies { mirror.respond(404, to: copy) }
        await site.settle()
    }

    @Test(
        "however often a request has Max-Breadth, and wherever, it goes on with one",
        arguments: [
            (["Max-Breadth: 5", "max-breadth: 50", "Max-Forwards: 9"], "5"),
            (["Max-Forwards: 9", "Max-Breadth: 5", "Max-Breadth: 50"], "5"),
            (["Max-Breadth: 5", "Max-Forwards: 9", "Max-Breadth: 50"], "5"),
            (["Max-Forwards: 9"], "60"), (["Max-Breadth: 5"], "5"), ([], "60"),
        ])
    func once(lines: [String], expected: String) async throws {
        let (site, mirror, stranger) = try await mirrored(1)
        stranger.send(
            stranger.request("MESSAGE", "sip:bob@voice.test").with {
                $0.maxForwards = nil
                $0.lines = lines
            })
        await site.run(for: .milliseconds(20))
        #expect(mirror.heard("MESSAGE").map { $0.lines("Max-Breadth") } == [[expected]])
        #expect(mirror.heard("MESSAGE").map { $0.lines("Max-Forwards").count } == [1])
    }

    /// Bob has so many contacts, all at one host; and somebody who calls him.
    private func mirrored(_ contacts: Int) async throws -> (VirtualSite, BareHost, BareHost) {
        let site = try VirtualSite()
        let mirror = site.host("mirror", 0xC633_64C8)
        for index in 0..<contacts {
            try await site.bind("bob", to: "sip:bob\(index)@\(mirror.hostPort)")
        }
        return (site, mirror, site.host())
    }
}

extension BareHost {
    /// The request as a proxy at this host would send it back, retargeted.
    fileprivate func sendingBack(_ letter: ReceivedMessage, to uri: String) -> RequestText {
        request(letter.method ?? "", uri).with {
            $0.vias += letter.values("Via")
            $0.from = letter.value("From") ?? ""
            $0.to = letter.value("To") ?? ""
            $0.callID = letter.callID
            $0.maxForwards = letter.value("Max-Forwards").flatMap { Int($0) }
        }
    }
}
