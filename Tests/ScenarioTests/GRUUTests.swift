import SIPCore
import SIPLocation
import SIPProxy
import SIPTesting
import Testing

@Suite("a GRUU (RFC 5627)") struct GRUUTests {
    static let instance = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"

    /// What a phone was given.
    struct Given {
        let publicURI: String
        let temporaryURI: String

        init?(_ exchange: Exchange) {
            guard let contact = exchange.final?.values("Contact").first,
                let publicURI = Self.parameter("pub-gruu", of: contact),
                let temporaryURI = Self.parameter("temp-gruu", of: contact)
            else { return nil }
            self.publicURI = publicURI
            self.temporaryURI = temporaryURI
        }

        private static func parameter(_ name: String, of contact: String) -> String? {
            let parts = contact.split(separator: ";\(name)=\"", maxSplits: 1)
            return parts.count == 2
                ? parts[1].split(separator: "\"").first.map(String.init) : nil
        }
    }

    @Test("is given to a phone that asks for it and has an instance: the public one names both")
    func given() async throws {
        let site = try VirtualSite { $0.issuesGRUUs = true }
        let alice = site.phone("alice")
        let given = try #require(Given(await register(alice, site)))
        #expect(given.publicURI == "sip:alice@voice.test;gr=\(Self.instance)")
        #expect(given.temporaryURI.hasPrefix("sip:tgruu."))
        #expect(given.temporaryURI.hasSuffix("@voice.test;gr"))
        #expect(!given.temporaryURI.contains("alice"))

        let again = try #require(Given(await register(alice, site)))
        #expect(again.publicURI == given.publicURI)
        #expect(again.temporaryURI != given.temporaryURI)
    }

    @Test("is given to nobody else", arguments: ["off", "unsupported", "no instance"])
    func withheld(why: String) async throws {
        let site = try VirtualSite { $0.issuesGRUUs = why != "off" }
        let alice = site.phone("alice")
        let answer = await register(
            alice, site, supported: why == "unsupported" ? "path" : "gruu",
            instance: why == "no instance" ? nil : Self.instance)
        #expect(answer.status == 200)
        #expect(answer.final?.text.contains("gruu=") == false)
    }

    @Test("that a phone names itself is ignored, and Require: gruu is understood")
    func named() async throws {
        let site = try VirtualSite { $0.issuesGRUUs = true }
        let alice = site.phone("alice")
        let answer = await register(
            alice, site, lines: ["Require: gruu"],
            parameters: ";pub-gruu=\"sip:x@evil.test;gr=1\";temp-gruu=\"sip:y@evil.test;gr\"")
        #expect(answer.status == 200)
        #expect(answer.final?.text.contains("evil.test") == false)
        #expect(Given(answer)?.publicURI == "sip:alice@voice.test;gr=\(Self.instance)")
    }

    @Test("leads to its phone, and to no other of the account", arguments: [true, false])
    func leads(isPublic: Bool) async throws {
        let site = try VirtualSite { $0.issuesGRUUs = true }
        let (desk, mobile) = (site.phone("alice", named: "desk"), site.phone("alice"))
        let given = try #require(Given(await register(desk, site)))
        await register(mobile, site, instance: "urn:uuid:00000000-0000-1000-8000-000000000002")
        let uri = isPublic ? given.publicURI : given.temporaryURI
        let bob = try await site.registered("bob")[0]
        #expect(await site.ask(bob, uri) == 200)
        #expect(desk.requests.map(\.requestURI) == [desk.contact])
        #expect(mobile.requests.isEmpty)
        // Letters of a URN and escapes do not count.
        if isPublic {
            let other = uri.replacing("urn:uuid:f8", with: "URN%3auuid:F8")
            #expect(await site.ask(bob, other) == 200)
            #expect(desk.requests.count == 2)
        }
        await site.settle()
    }

    @Test("leads to the contact that was refreshed last, and not past the phone to an alias")
    func newest() async throws {
        let site = try VirtualSite {
            $0.issuesGRUUs = true
            $0.aliases = ["alice@voice.test": "sip:carol@voice.test"]
        }
        let alice = site.phone("alice")
        let bob = try await site.registered("bob")[0]
        let first = try #require(Given(await register(alice, site)))
        #expect(await site.ask(bob, first.publicURI) == 200)
        #expect(alice.requests.count == 1)
    }

    @Test("480 when the phone is away, 404 when nobody has such a one", arguments: [true, false])
    func gone(isPublic: Bool) async throws {
        let site = try VirtualSite { $0.issuesGRUUs = true }
        let alice = site.phone("alice")
        let given = try #require(Given(await register(alice, site)))
        let bob = try await site.registered("bob")[0]
        alice.register(expires: 0)
        await site.run(for: .seconds(1))
        #expect(
            await site.ask(bob, isPublic ? given.publicURI : given.temporaryURI)
                == (isPublic ? 480 : 404))
    }

    @Test(
        "404 for a forged one",
        arguments: [
            "sip:alice@voice.test;gr", "sip:tgruu.@voice.test;gr", "sip:tgruu.00@voice.test;gr",
            "sip:tgruu.zz@voice.test;gr",
        ])
    func forged(uri: String) async throws {
        let site = try VirtualSite { $0.issuesGRUUs = true }
        let alice = site.phone("alice")
        await register(alice, site)
        let bob = try await site.registered("bob")[0]
        #expect(await site.ask(bob, uri) == 404)
        #expect(alice.requests.isEmpty)
    }

    @Test("a temporary one with another digit, or at another domain, is 404") func changed()
        async throws
    {
        let site = try VirtualSite {
            $0.issuesGRUUs = true
            $0.domains = ["voice.test", "other.test"]
        }
        let alice = site.phone("alice")
        let given = try #require(Given(await register(alice, site)))
        let bob = try await site.registered("bob")[0]
        #expect(
            await site.ask(bob, given.temporaryURI.replacing("@voice", with: "@other")) == 404)
        for offset in [10, 45, 60, 90] {
            var bytes = Array(given.temporaryURI.utf8)
            bytes[offset] = bytes[offset] == 0x30 ? 0x31 : 0x30
            let uri = String(decoding: bytes, as: UTF8.self)
            #expect(await site.ask(bob, uri) == 404, "\(offset)")
        }
        #expect(await site.ask(bob, given.temporaryURI) == 200)
    }

    @Test("a temporary one lives through refreshes and ends with another Call-ID") func ends()
        async throws
    {
        let site = try VirtualSite { $0.issuesGRUUs = true }
        let alice = site.phone("alice")
        let first = try #require(Given(await register(alice, site)))
        let second = try #require(Given(await register(alice, site)))
        let bob = try await site.registered("bob")[0]
        #expect(await site.ask(bob, first.temporaryURI) == 200)
        #expect(await site.ask(bob, second.temporaryURI) == 200)
        // The phone starts anew: another Call-ID, the same instance.
        let restarted = site.phone("alice", named: "restarted")
        let third = try #require(Given(await register(restarted, site)))
        #expect(await site.ask(bob, first.temporaryURI) == 404)
        #expect(await site.ask(bob, third.temporaryURI) == 200)
        #expect(await site.ask(bob, first.publicURI) == 200)
        #expect(restarted.requests.count == 2)
    }

    @Test("as a Contact it loops: 403", arguments: ["sip:alice@voice.test", "public", "temporary"])
    func loop(what: String) async throws {
        let site = try VirtualSite { $0.issuesGRUUs = true }
        let alice = site.phone("alice")
        let given = try #require(Given(await register(alice, site)))
        let contact =
            what == "public"
            ? given.publicURI : what == "temporary" ? given.temporaryURI : what
        #expect(await register(alice, site, contact: contact).status == 403)
    }

    @Test("as a phone's Contact leads requests inside of a call to it, the ACK as well")
    func inside() async throws {
        let site = try VirtualSite {
            $0.issuesGRUUs = true
            $0.trustedPeers = [VirtualSite.peerAddress]
        }
        let bob = site.phone("bob")
        bob.habit = .manual
        let given = try #require(Given(await register(bob, site)))
        let peer = try await site.peer()
        let invite = peer.request("INVITE", "sip:bob@voice.test")
        peer.send(invite)
        await site.run(for: .milliseconds(100))
        bob.incoming?.answer()
        await site.run(for: .milliseconds(100))
        let ok = try #require(peer.heard("200").first)
        // What the phone would write: the site's phones write their own contact.
        for method in ["ACK", "INFO", "BYE"] {
            peer.send(
                peer.request(method, given.publicURI).with {
                    $0.from = invite.from
                    $0.to = ok.value("To") ?? ""
                    $0.callID = invite.callID
                    $0.cseq = method == "ACK" ? 1 : method == "INFO" ? 2 : 3
                    $0.routes = ok.values("Record-Route")
                })
            await site.run(for: .milliseconds(100))
        }
        #expect(bob.incoming?.received.map(\.method) == ["INVITE", "ACK", "INFO", "BYE"])
        #expect(
            bob.incoming?.received.dropFirst().allSatisfy { $0.requestURI == bob.contact } == true)
        await site.settle()
    }

    @Test("inside of a call is 480 when the phone is away") func insideGone() async throws {
        let site = try VirtualSite {
            $0.issuesGRUUs = true
            $0.trustedPeers = [VirtualSite.peerAddress]
        }
        let bob = site.phone("bob")
        let given = try #require(Given(await register(bob, site)))
        let peer = try await site.peer()
        let invite = peer.request("INVITE", "sip:bob@voice.test")
        peer.send(invite)
        await site.run(for: .milliseconds(100))
        bob.incoming?.answer()
        await site.run(for: .milliseconds(100))
        let ok = try #require(peer.heard("200").first)
        bob.register(expires: 0)
        await site.run(for: .seconds(1))
        let answers = await peer.ask(
            peer.request("INFO", given.publicURI).with {
                $0.from = invite.from
                $0.to = ok.value("To") ?? ""
                $0.callID = invite.callID
                $0.routes = ok.values("Record-Route")
            })
        #expect(answers.map(\.status).contains(480))
    }

    @discardableResult
    private func register(
        _ phone: Phone, _ site: VirtualSite, supported: String = "gruu",
        instance: String? = Self.instance, lines: [String] = [], parameters: String = "",
        contact: String? = nil
    ) async -> Exchange {
        let value =
            "<\(contact ?? phone.contact)>"
            + (instance.map { ";+sip.instance=\"<\($0)>\"" } ?? "") + parameters
        let answer = phone.register(
            contacts: [([value, "Supported: \(supported)"] + lines).joined(separator: "\r\n")])
        await site.run(for: .seconds(1))
        return answer
    }
}

extension VirtualSite {
    /// What a MESSAGE to a URI is answered with.
    fileprivate func ask(_ phone: Phone, _ uri: String) async -> Int? {
        let answer = phone.ask("MESSAGE", uri, body: "hello")
        await run(for: .seconds(1))
        return answer.status
    }
}
