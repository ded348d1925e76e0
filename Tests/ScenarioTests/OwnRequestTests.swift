import SIPCore
import SIPDNS
import SIPProxy
import SIPTesting
import Testing

@Suite("an OPTIONS of the proxy's own") struct OwnRequestTests {
    @Test("is answered to whoever asked, once, and copies of the answer are absorbed")
    func answered() async throws {
        let (site, gateway) = try site()
        let answers = await ask(site, "sip:203.0.113.9")
        await site.run(for: .milliseconds(100))
        let options = try #require(gateway.heard("OPTIONS").first)
        #expect(options.requestURI == "sip:203.0.113.9")
        #expect(options.value("From")?.hasPrefix("<sip:192.0.2.1:5060>;tag=") == true)
        #expect(options.value("To") == "<sip:203.0.113.9>")
        #expect(options.lines("Via").count == 1)
        for _ in 0..<3 { gateway.respond(200, to: options) }
        await site.run(for: .milliseconds(100))
        #expect(answers.all == ["200"])
        #expect(strays(site) == 0)
        await site.settle()
        #expect(answers.all == ["200"])
    }

    @Test("is sent again by timer E until it is answered, whatever the answer says")
    func again() async throws {
        let (site, gateway) = try site()
        let answers = await ask(site, "sip:203.0.113.9")
        await site.run(for: .seconds(2))
        // At 0, 0.5 and 1.5 s.
        #expect(gateway.heard("OPTIONS").count == 3)
        #expect(Set(gateway.heard("OPTIONS").map(\.text)).count == 1)
        gateway.respond(100, to: gateway.heard("OPTIONS")[0], tag: nil)
        await site.run(for: .milliseconds(100))
        #expect(answers.all.isEmpty)
        gateway.respond(405, to: gateway.heard("OPTIONS")[0])
        await site.run(for: .milliseconds(100))
        #expect(answers.all == ["405"])
        await site.settle()
        #expect(gateway.heard("OPTIONS").count == 3)
    }

    @Test("ends when its time is up; an answer that comes later is nobody's")
    func silence() async throws {
        let (site, gateway) = try site()
        let answers = await ask(site, "sip:203.0.113.9")
        await site.run(for: .milliseconds(3900))
        #expect(answers.all.isEmpty)
        await site.run(for: .milliseconds(200))
        #expect(answers.all == ["timedOut"])
        gateway.respond(200, to: gateway.heard("OPTIONS")[0])
        await site.run(for: .seconds(60))
        #expect(answers.all == ["timedOut"])
        #expect(strays(site) == 1)
        await site.settle()
    }

    @Test("takes 32 s at most") func longest() async throws {
        let (site, _) = try site()
        let answers = await ask(site, "sip:203.0.113.9", within: .seconds(3600))
        await site.run(for: .seconds(33))
        #expect(answers.all == ["timedOut"])
        await site.settle()
    }

    @Test("to where nobody listens, or to no address, is unreachable at once")
    func unreachable() async throws {
        let (site, gateway) = try site()
        site.network.refusing = [gateway.endpoint]
        #expect(await ask(site, "sip:203.0.113.9").all == ["unreachable"])
        #expect(await ask(site, "sip:nobody.test").all == ["unreachable"])
        #expect(await ask(site, "tel:+49301234").all == ["unreachable"])
        #expect(await ask(site, "sip:203.0.113.9;transport=tcp").all == ["unreachable"])
        // We ourselves are nobody to ask.
        #expect(await ask(site, "sip:192.0.2.1").all == ["unreachable"])
        await site.settle()
    }

    @Test("to a name goes to its next address when the first does not answer or refuses service")
    func failover() async throws {
        let (site, gateway) = try site()
        let second = site.host("second", 0xCB00_710A)
        site.names["gw.test"] = [gateway.endpoint.address, second.endpoint.address]
        let answers = await ask(site, "sip:gw.test:5060")
        await site.run(for: .seconds(3))
        let hosts = [gateway, second]
        #expect(hosts.map { $0.heard("OPTIONS").isEmpty } == [false, false])
        let branches = hosts.map { $0.heard("OPTIONS")[0].lines("Via")[0] }
        #expect(branches[0] != branches[1])
        let last = gateway.heard("OPTIONS").count > second.heard("OPTIONS").count ? 1 : 0
        hosts[last].respond(200, to: hosts[last].heard("OPTIONS")[0])
        await site.run(for: .milliseconds(100))
        #expect(answers.all == ["200"])

        let others = await ask(site, "sip:gw.test:5060")
        await site.run(for: .milliseconds(100))
        for host in hosts where host.heard("OPTIONS").last!.moment > .zero + .seconds(3) {
            host.respond(503, to: host.heard("OPTIONS").last!)
        }
        await site.run(for: .milliseconds(100))
        #expect(others.all.isEmpty)
        await site.run(for: .seconds(5))
        #expect(others.all == ["timedOut"])
        await site.settle()
    }

    @Test("to a name that is looked up for too long ends with its time") func slowLookup()
        async throws
    {
        let (site, gateway) = try site()
        site.names["gw.test"] = [gateway.endpoint.address]
        site.proxy.holdsLookups = true
        let answers = await ask(site, "sip:gw.test:5060")
        await site.run(for: .seconds(5))
        #expect(answers.all == ["timedOut"])
        await site.proxy.releaseLookups()
        await site.settle()
        #expect(gateway.inbox.isEmpty)
    }

    @Test("takes the path, or leaves from a socket of ours for an address that is known")
    func pathAndSocket() async throws {
        let site = try VirtualSite { $0.furtherListeners = [.v4(0xC000_0202)] }
        let edge = site.host("edge", 0xCB00_7109)
        var target = Target(
            uri: try URI("sip:bob@10.0.0.1:5062;ob"), path: ["<sip:203.0.113.9;lr>"])
        await site.proxy.ask(target, within: .seconds(4), user: "keepalive") { _ in }
        await site.run(for: .milliseconds(100))
        let first = try #require(edge.heard("OPTIONS").first)
        #expect(first.requestURI == "sip:bob@10.0.0.1:5062;ob")
        #expect(first.values("Route") == ["<sip:203.0.113.9;lr>"])
        #expect(first.value("From")?.hasPrefix("<sip:keepalive@192.0.2.1:5060>;tag=") == true)

        target = Target(uri: try URI("sip:bob@10.0.0.1:5062"), destination: edge.endpoint)
        target.local = Endpoint(.udp, .v4(0xC000_0202), port: 5060)
        await site.proxy.ask(target, within: .seconds(4)) { _ in }
        await site.run(for: .milliseconds(100))
        let second = try #require(edge.heard("OPTIONS").last)
        #expect(second.source == target.local)
        #expect(second.value("Route") == nil)
        await site.settle()
    }

    @Test("is answered for nobody by a response with another method or a branch that is a guess")
    func forged() async throws {
        let (site, gateway) = try site()
        let answers = await ask(site, "sip:203.0.113.9")
        await site.run(for: .milliseconds(100))
        let options = gateway.heard("OPTIONS")[0]
        let answer = """
            SIP/2.0 200 OK\r
            Via: \(options.lines("Via")[0])\r
            From: \(options.value("From") ?? "")\r
            To: \(options.value("To") ?? "");tag=1\r
            Call-ID: \(options.callID)\r
            CSeq: 1 INVITE\r
            Content-Length: 0\r
            \r

            """
        gateway.send(answer)
        var guess = Array(answer.replacing("CSeq: 1 INVITE", with: "CSeq: 1 OPTIONS").utf8)
        // The last digit of the branch: the Via is the second line, and the branch its end.
        let end = "SIP/2.0 200 OK\r\nVia: \(options.lines("Via")[0])".utf8.count - 1
        guess[end] = guess[end] == 0x30 ? 0x31 : 0x30
        gateway.send(guess)
        await site.run(for: .milliseconds(100))
        #expect(answers.all.isEmpty)
        await site.run(for: .seconds(5))
        #expect(answers.all == ["timedOut"])
        await site.settle()
    }

    // MARK: Who asks

    private final class Answers {
        var all: [String] = []
    }

    private func ask(
        _ site: VirtualSite, _ uri: String, within patience: Duration = .seconds(4)
    ) async -> Answers {
        let answers = Answers()
        guard let uri = try? URI(ByteSlice(uri)) else { return answers }
        await site.proxy.ask(Target(uri: uri), within: patience) { result in
            switch result {
            case .answered(let response): answers.all.append("\(response.status.code)")
            case .timedOut: answers.all.append("timedOut")
            case .unreachable: answers.all.append("unreachable")
            case .unsent: answers.all.append("unsent")
            }
        }
        return answers
    }

    private func strays(_ site: VirtualSite) -> Int {
        site.proxy.events.count { if case .strayResponse = $0 { true } else { false } }
    }

    private func site() throws -> (VirtualSite, BareHost) {
        let site = try VirtualSite()
        return (site, site.host("gateway", 0xCB00_7109))
    }
}
