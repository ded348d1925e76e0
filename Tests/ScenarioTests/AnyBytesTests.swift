import SIPCore
import SIPTesting
import Testing

@Suite("any bytes") struct AnyBytesTests {
    @Test(
        "from a stranger get at most one reply, only to their source, and reach only who is registered",
        arguments: [1, 2, 3] as [UInt64])
    func stranger(seed: UInt64) async throws {
        let (site, source, carol) = try await site(isTrusted: false)
        let models = try models(source, site)
        var mutation = Mutation(seed: seed)
        for round in 0..<2_000 {
            let bytes = mutation.damaged(models[round % models.count], others: models)
            let sent = await send(bytes, site, source)
            check(site, source, since: sent, bytes)
            let bob = site.recorder.names.first { $0.value == "bob" }.map(\.key)
            for transmission in site.recorder.transmissions
            where transmission.source == site.proxyEndpoint {
                #expect(
                    [source.endpoint, carol.endpoint, bob].contains(transmission.destination)
                        || transmission.destination.address == source.endpoint.address)
            }
        }
        await site.settle()
    }

    @Test(
        "from a peer and from whom he calls do no harm in the middle of a transaction either",
        arguments: [4, 5, 6] as [UInt64])
    func peer(seed: UInt64) async throws {
        let (site, source, carol) = try await site(isTrusted: true)
        let models = try models(source, site)
        var mutation = Mutation(seed: seed)
        let statuses = [100, 180, 183, 200, 302, 401, 407, 486, 503, 603]
        var answered = 0
        for round in 0..<2_000 {
            // Half of them whole, so that there is something to be in the middle of.
            let model = models[round % models.count]
            let bytes = round % 2 == 0 ? model : mutation.damaged(model, others: models)
            let sent = await send(bytes, site, source)
            check(site, source, since: sent, bytes)
            for letter in carol.inbox[answered...] where letter.method != nil {
                let before = site.recorder.transmissions.count
                carol.respond(statuses[round % statuses.count], to: letter, tag: "c\(round % 3)")
                let response = site.recorder.transmissions[before].bytes
                carol.send(mutation.damaged(response, others: models))
            }
            answered = carol.inbox.count
            await site.run(for: .milliseconds(10))
        }
        // What a callee wrote into the caller's Via goes back to the caller as it is.
        await site.settle(isWatched: false)
    }

    private func site(isTrusted: Bool) async throws -> (VirtualSite, BareHost, BareHost) {
        let site = try VirtualSite {
            $0.domains = ["voice.test", "example.com"]
            $0.trustedPeers = isTrusted ? [VirtualSite.peerAddress] : []
        }
        // Timers fire at whole hundredths of a second, datagrams arrive between them.
        site.network.conditions.latency = .milliseconds(3) ... .milliseconds(3)
        let (_, _, call) = try await ScenarioTests.answered(site)
        let carol = try await site.callee("carol")
        try await site.bind("user", to: "sip:user@\(carol.hostPort)", at: "example.com")
        call.hangUp()
        await site.run(for: .seconds(100))
        return (site, site.host("source"), carol)
    }

    private func send(_ bytes: [UInt8], _ site: VirtualSite, _ source: BareHost) async -> Instant {
        site.recorder.forget()
        let sent = site.clock.now
        source.send(bytes)
        await site.run(for: .milliseconds(10))
        return sent
    }

    private func check(
        _ site: VirtualSite, _ source: BareHost, since sent: Instant, _ bytes: [UInt8]
    ) {
        var replies = 0
        for transmission in site.recorder.transmissions
        where transmission.source == site.proxyEndpoint {
            guard let letter = ReceivedMessage(transmission.bytes, from: source.endpoint, at: sent)
            else {
                continue
            }
            guard letter.response != nil else { continue }
            #expect(transmission.destination.address == source.endpoint.address)
            if transmission.moment == sent + .milliseconds(3), letter.isFinal { replies += 1 }
        }
        // A CANCEL that finds its INVITE is answered, and so is the INVITE.
        let isCancel = ReceivedMessage(bytes, from: source.endpoint, at: sent)?.method == "CANCEL"
        #expect(replies <= (isCancel ? 2 : 1), "\(String(decoding: bytes, as: UTF8.self))")
    }

    /// Whole messages of every kind: to be damaged.
    private func models(_ source: BareHost, _ site: VirtualSite) throws -> [[UInt8]] {
        let invite = source.request("INVITE", "sip:carol@voice.test")
        let message = source.request("MESSAGE", "sip:carol@voice.test").with { $0.body = "hello" }
        let register = source.request(
            "REGISTER", "sip:voice.test", to: "<sip:alice@voice.test>"
        ).with {
            $0.lines = [
                "Authorization: Digest username=\"alice\", realm=\"voice.test\", nonce=\"x\", "
                    + "uri=\"sip:voice.test\", response=\"0123456789abcdef0123456789abcdef\", "
                    + "qop=auth, nc=00000001, cnonce=\"c\"", "Expires: 60",
            ]
        }
        let routed = message.with {
            $0.method = "BYE"
            $0.to += ";tag=1"
            $0.routes = [
                "<sip:192.0.2.1:5060;lr;sig=0123456789abcdef01234567>", "<sip:10.0.0.1;lr>",
            ]
        }
        let response = [
            "SIP/2.0 180 Ringing",
            "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK010000000000000123456789abcdef",
            "Via: SIP/2.0/UDP \(source.hostPort);branch=z9hG4bKx", "From: <sip:a@voice.test>;tag=1",
            "To: <sip:b@voice.test>;tag=2", "Call-ID: 1", "CSeq: 1 INVITE", "Content-Length: 0",
            "", "",
        ].joined(separator: "\r\n")
        var models = [
            invite.text, invite.hopByHop("CANCEL").text, invite.hopByHop("ACK").text, message.text,
            register.text, routed.text, response,
        ].map { Array($0.utf8) }
        for expectation in TortureTests.messages { models.append(try expectation.bytes) }
        // What the call's phones really sent.
        models += site.recorder.transmissions.filter { $0.source != site.proxyEndpoint }.map(
            \.bytes
        )
        .filter { !$0.starts(with: "BYE".utf8) }
        return models
    }
}
