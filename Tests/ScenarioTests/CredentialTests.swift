import SIPCore
import SIPTesting
import Testing

@Suite("credentials") struct CredentialTests {
    @Test("credentials are good once") func replay() async throws {
        let (site, _, stranger) = try guardedSite()
        var request = try await authenticated(stranger)
        #expect(await stranger.ask(request).map(\.status) == [404])
        stranger.send(request.hopByHop("ACK", to: stranger.inbox.last?.value("To")))
        request.vias = ["SIP/2.0/UDP \(stranger.hostPort);branch=z9hG4bKreplay;rport"]
        request.callID = "replay"
        let again = await stranger.ask(request)
        #expect(again.map(\.status) == [407])
        #expect(again[0].lines("Proxy-Authenticate").allSatisfy { $0.contains("stale=true") })
        await site.settle()
    }

    @Test("credentials are good for their own method and URI only") func otherUse() async throws {
        let (site, inner, stranger) = try guardedSite()
        let good = try await authenticated(stranger)
        var other = good
        other.uri = "sip:x@\(inner.hostPort)"
        other.to = "<\(other.uri)>"
        #expect(await stranger.ask(other).map(\.status) == [407])
        other = good
        other.method = "REGISTER"
        other.vias = ["SIP/2.0/UDP \(stranger.hostPort);branch=z9hG4bKregister;rport"]
        other.lines = [
            (good.lines.first ?? "").replacing("Proxy-Authorization", with: "Authorization")
        ]
        #expect(await stranger.ask(other).map(\.status) == [401])
        #expect(inner.inbox.isEmpty)
        #expect(site.contacts(of: "alice").isEmpty)
        await site.settle()
    }

    @Test("credentials that can't be read are 400") func malformed() async throws {
        let (site, _, stranger) = try guardedSite()
        let good = try await authenticated(stranger)
        for line in [
            "Proxy-Authorization: Digest username=\"alice",
            "Proxy-Authorization: Digest realm=\"voice.test\"",
        ] {
            let request = good.with {
                $0.lines = [line]
                $0.vias = ["SIP/2.0/UDP \(stranger.hostPort);branch=z9hG4bK\(line.count);rport"]
            }
            let answers = await stranger.ask(request)
            #expect(answers.map(\.status) == [400], "\(line)")
            stranger.send(request.hopByHop("ACK", to: answers[0].value("To")))
        }
        await site.settle()
    }

    @Test(
        "an account registers nobody else, by whatever name the address goes",
        arguments: [
            "sip:bob@voice.test", "sip:BOB@voice.test", "sip:bob@VOICE.TEST",
            "sip:b%6Fb@voice.test",
            "sip:bob@192.0.2.1", "sip:alice@other.test", "sip:alice@voice.test.evil",
            "sip:alice%00@voice.test", "tel:alice", "sip:voice.test",
        ])
    func registerAnother(to: String) async throws {
        let (site, _, _) = try guardedSite()
        let alice = site.phone("alice")
        let answer = alice.register(for: to)
        await site.run(for: .seconds(1))
        #expect(answer.status == 403 || answer.status == 400)
        #expect(site.contacts(of: "bob").isEmpty)
        #expect(site.contacts(of: "alice").isEmpty)
        await site.settle()
    }

    @Test(
        "an account registers itself, by whatever name its address goes",
        arguments: [
            "sip:alice@voice.test", "sip:alice@VOICE.TEST", "sip:%61lice@voice.test",
            "sip:alice@192.0.2.1", "sip:alice@voice.test;user=phone", "sips:alice@voice.test",
            "sip:alice@voice.test:5060",
        ])
    func registerSelf(to: String) async throws {
        let (site, _, _) = try guardedSite()
        let alice = site.phone("alice")
        let answer = alice.register(for: to)
        await site.run(for: .seconds(1))
        #expect(answer.status == 200)
        #expect(site.contacts(of: "alice") == [alice.contact])
    }

    /// An INVITE of Alice with right credentials that were not used yet, to somebody who is not there.
    private func authenticated(_ host: BareHost) async throws -> RequestText {
        var request = host.request("INVITE", "sip:bob@voice.test", from: "sip:alice@voice.test")
        let challenge = try #require(await host.ask(request).first)
        host.send(request.hopByHop("ACK", to: challenge.value("To")))
        request.cseq += 1
        request.vias = ["SIP/2.0/UDP \(host.hostPort);branch=z9hG4bKagain;rport"]
        request.lines = [
            try #require(
                DigestAnswer(
                    username: "alice", password: "pass-alice", method: "INVITE", uri: request.uri
                ).line(for: challenge))
        ]
        return request
    }
}
