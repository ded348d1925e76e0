import SIPTesting
import Testing

@testable import LoadBalancer

@Suite("the load balancer") struct LoadBalancerTests {
    let site: VirtualSite
    let servers: [BareHost]

    init() throws {
        let site = try VirtualSite(
            router: LoadBalancer(backends: ["10.0.0.1:5060", "10.0.0.2:5060", "10.0.0.3:5060"]))
        servers = (1...3).map { site.host("server \($0)", 0x0A00_0000 + UInt32($0)) }
        self.site = site
    }

    @Test("a call goes through the balancer to one server, and on without it") func call()
        async throws
    {
        let call = site.phone("alice").call("sip:900@voice.test")
        await site.run(for: .seconds(1))
        let server = try #require(servers.first { !$0.inbox.isEmpty })
        let invite = try #require(server.heard("INVITE").first)
        #expect(invite.requestURI == "sip:900@\(server.hostPort)")
        server.respond(200, to: invite, contact: "sip:900@\(server.hostPort)")
        await site.run(for: .seconds(1))
        #expect(call.state == .answered)
        call.hangUp()
        await site.run(for: .seconds(1))
        #expect(
            site.recorder.ladder(of: call).lines.last
                == "alice -> \(site.recorder.name(server.endpoint)) BYE")
        server.respond(200, to: try #require(server.heard("BYE").first))
        #expect(await site.finish().isEmpty)
        #expect(call.hangUpStatus == 200)
    }

    @Test("all servers get calls, and each call stays with its own") func stays() async {
        for number in 0..<30 {
            let request = site.request("MESSAGE", "sip:x@voice.test", from: "sip:eve@voice.test")
                .with { $0.callID = "call \(number)" }
            let first = await site.route(request)
            #expect(await site.route(request.with { $0.cseq = 2 }) == first)
        }
    }

    @Test("calls are spread evenly, and few move when a server is added") func spread() {
        let three = LoadBalancer(backends: ["a", "b", "c"])
        let four = LoadBalancer(backends: ["a", "b", "c", "d"])
        let calls = (0..<3000).map { ByteSlice("call-\($0)@phone") }
        let shares = Dictionary(grouping: calls) { three.backend(for: $0) ?? "" }
        for share in shares.values { #expect((850...1150).contains(share.count)) }
        let moved = calls.filter { three.backend(for: $0) != four.backend(for: $0) }
        #expect((600...900).contains(moved.count))
        #expect(moved.allSatisfy { four.backend(for: $0) == "d" })
    }

    @Test("what is for somebody else's domain goes nowhere") func foreign() async {
        let request = site.request("INVITE", "sip:bob@other.test", from: "sip:eve@other.test")
        #expect(await site.route(request) == .reply(.forbidden))
    }
}
