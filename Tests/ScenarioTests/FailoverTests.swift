import SIPCore
import SIPDNS
import SIPTesting
import Testing

/// RFC 3263 4.3, in virtual time. The service of other.test has three servers, in that order.
@Suite("a server that fails") struct FailoverTests {
    @Test("with 503 leaves the call to the next, in a transaction of its own") func refusal()
        async throws
    {
        let (site, alice, servers) = try await site()
        let call = alice.call("sip:carol@other.test")
        await site.run(for: .milliseconds(100))
        let first = try #require(servers[0].heard("INVITE").first)
        servers[0].respond(503, to: first)
        await site.run(for: .milliseconds(100))
        #expect(servers[0].heard("ACK").count == 1)
        let second = try #require(servers[1].heard("INVITE").first)
        #expect(second.requestURI == first.requestURI)
        #expect(second.value("CSeq") == first.value("CSeq"))
        #expect(second.callID == first.callID)
        #expect(second.lines("Via")[0] != first.lines("Via")[0])
        #expect(second.lines("Via").dropFirst() == first.lines("Via").dropFirst())
        servers[1].respond(200, to: second, contact: "sip:carol@\(servers[1].hostPort)")
        await site.run(for: .milliseconds(100))
        #expect(call.state == .answered)
        #expect(servers[1].heard("ACK").count == 1)
        #expect(servers[2].inbox.isEmpty)
        call.hangUp()
        await site.run(for: .milliseconds(100))
        servers[1].respond(200, to: try #require(servers[1].heard("BYE").first))
        await site.settle()
    }

    @Test("with 503 although it rang leaves the call to the next too") func lateRefusal()
        async throws
    {
        let (site, alice, servers) = try await site()
        let call = alice.call("sip:carol@other.test")
        await site.run(for: .milliseconds(100))
        let first = try #require(servers[0].heard("INVITE").first)
        servers[0].respond(180, to: first)
        await site.run(for: .seconds(20))
        #expect(servers[1].inbox.isEmpty)
        servers[0].respond(503, to: first)
        await site.run(for: .milliseconds(100))
        servers[1].respond(486, to: try #require(servers[1].heard("INVITE").first))
        await site.run(for: .milliseconds(100))
        #expect(call.finalStatus == 486)
        await site.settle()
    }

    @Test("silently leaves the call to the next after four seconds, and is not bothered any more")
    func silence() async throws {
        let (site, alice, servers) = try await site()
        let call = alice.call("sip:carol@other.test")
        await site.run(for: .milliseconds(3900))
        #expect(servers[1].inbox.isEmpty)
        await site.run(for: .milliseconds(200))
        #expect(servers[1].heard("INVITE").count == 1)
        servers[1].respond(180, to: servers[1].heard("INVITE")[0])
        await site.run(for: .seconds(40))
        // At 0, 0.5, 1.5 and 3.5 s.
        #expect(servers[0].heard("INVITE").count == 4)
        #expect(servers[0].heard("CANCEL").isEmpty)
        #expect(servers[2].inbox.isEmpty)
        servers[1].respond(603, to: servers[1].heard("INVITE")[0])
        await site.run(for: .milliseconds(100))
        #expect(call.finalStatus == 603)
        await site.settle()
    }

    @Test("and rings after all is cancelled") func lateRinging() async throws {
        let (site, alice, servers) = try await site()
        let call = alice.call("sip:carol@other.test")
        await site.run(for: .seconds(5))
        let first = servers[0].heard("INVITE")[0]
        servers[0].respond(180, to: first)
        await site.run(for: .milliseconds(100))
        let cancel = try #require(servers[0].heard("CANCEL").first)
        servers[0].respond(200, to: cancel)
        servers[0].respond(487, to: first)
        servers[1].respond(486, to: servers[1].heard("INVITE")[0])
        await site.run(for: .milliseconds(100))
        #expect(call.finalStatus == 486)
        await site.settle()
    }

    @Test("and answers after all has the call") func lateAnswer() async throws {
        let (site, alice, servers) = try await site()
        let call = alice.call("sip:carol@other.test")
        await site.run(for: .seconds(5))
        servers[0].respond(
            200, to: servers[0].heard("INVITE")[0],
            contact: "sip:carol@\(servers[0].hostPort)")
        await site.run(for: .milliseconds(100))
        #expect(call.state == .answered)
        #expect(servers[0].heard("ACK").count == 1)
        // The other is called off as soon as it shows that it is there.
        servers[1].respond(180, to: servers[1].heard("INVITE")[0])
        await site.run(for: .milliseconds(100))
        #expect(servers[1].heard("CANCEL").count == 1)
        #expect(servers[2].inbox.isEmpty)
        servers[1].respond(487, to: servers[1].heard("INVITE")[0])
        servers[1].respond(200, to: servers[1].heard("CANCEL")[0])
        call.hangUp()
        await site.run(for: .milliseconds(100))
        servers[0].respond(200, to: try #require(servers[0].heard("BYE").first))
        await site.settle()
    }

    @Test("unreachably leaves the call to the next at once") func unreachable() async throws {
        let (site, alice, servers) = try await site()
        site.network.refusing = [servers[0].endpoint, servers[1].endpoint]
        let call = alice.call("sip:carol@other.test")
        await site.run(for: .milliseconds(100))
        servers[2].respond(486, to: try #require(servers[2].heard("INVITE").first))
        await site.run(for: .milliseconds(100))
        #expect(call.finalStatus == 486)
        await site.settle()
    }

    @Test("leaves a message to the next as well") func message() async throws {
        let (site, _, servers) = try await site()
        try await site.bind("bob", to: "sip:bob@other.test")
        let stranger = site.host()
        stranger.send(stranger.request("MESSAGE", "sip:bob@voice.test"))
        await site.run(for: .seconds(5))
        servers[1].respond(503, to: try #require(servers[1].heard("MESSAGE").first))
        await site.run(for: .milliseconds(100))
        servers[2].respond(200, to: try #require(servers[2].heard("MESSAGE").first))
        await site.run(for: .seconds(20))
        #expect(stranger.heard("200").count == 1)
        #expect(servers[0].heard("MESSAGE").count == 4)
        await site.settle()
    }

    @Test("that has said a word is waited for") func trying() async throws {
        let (site, alice, servers) = try await site()
        let call = alice.call("sip:carol@other.test")
        await site.run(for: .milliseconds(100))
        servers[0].respond(100, to: servers[0].heard("INVITE")[0])
        await site.run(for: .seconds(100))
        #expect(servers[1].inbox.isEmpty)
        servers[0].respond(404, to: servers[0].heard("INVITE")[0])
        await site.run(for: .milliseconds(100))
        #expect(call.finalStatus == 404)
        #expect(servers[1].inbox.isEmpty)
        await site.settle()
    }

    @Test("by no other status than 503", arguments: [486, 500, 504, 600])
    func otherStatus(status: Int) async throws {
        let (site, alice, servers) = try await site()
        let call = alice.call("sip:carol@other.test")
        await site.run(for: .milliseconds(100))
        servers[0].respond(status, to: servers[0].heard("INVITE")[0])
        await site.run(for: .milliseconds(100))
        #expect(call.finalStatus == status)
        #expect(servers[1].inbox.isEmpty)
        await site.settle()
    }

    @Test(
        "is tried last for half a minute, or as long as it asks to be left alone",
        arguments: [([], 30), (["Retry-After: 120"], 120)] as [([String], Int64)])
    func setAside(lines: [String], seconds: Int64) async throws {
        let (site, alice, servers) = try await site()
        func call() async throws -> Int? {
            let before = servers.map { $0.heard("INVITE").count }
            let call = alice.call("sip:carol@other.test")
            await site.run(for: .milliseconds(100))
            let first = servers.indices.first { servers[$0].heard("INVITE").count > before[$0] }
            for server in servers {
                if let invite = server.heard("INVITE").last, invite.callID == call.callID {
                    server.respond(486, to: invite)
                }
            }
            await site.run(for: .milliseconds(100))
            return first
        }
        _ = alice.call("sip:carol@other.test")
        await site.run(for: .milliseconds(100))
        servers[0].respond(503, to: servers[0].heard("INVITE")[0], lines: lines)
        await site.run(for: .milliseconds(100))
        servers[1].respond(486, to: servers[1].heard("INVITE")[0])
        #expect(try await call() == 1)
        await site.run(for: .seconds(seconds - 5))
        #expect(try await call() == 1)
        await site.run(for: .seconds(5))
        #expect(try await call() == 0)
        await site.settle()
    }

    @Test("is followed by none when the caller has hung up") func cancelled() async throws {
        let (site, alice, servers) = try await site()
        let call = alice.call("sip:carol@other.test")
        await site.run(for: .seconds(1))
        call.cancel()
        await site.run(for: .seconds(60))
        #expect(call.finalStatus == 487)
        #expect(servers[1].inbox.isEmpty)
        await site.settle()
    }

    @Test("is followed by none when another phone has answered") func fork() async throws {
        let (site, alice, servers) = try await site()
        let bob = try await site.callee("bob")
        try await site.bind("bob", to: "sip:bob@other.test")
        let call = alice.call("sip:bob@voice.test")
        await site.run(for: .milliseconds(100))
        bob.respond(
            200, to: try #require(bob.heard("INVITE").first), contact: "sip:bob@\(bob.hostPort)")
        await site.run(for: .seconds(1))
        #expect(call.state == .answered)
        servers[0].respond(503, to: servers[0].heard("INVITE")[0])
        await site.run(for: .seconds(40))
        #expect(servers[1].inbox.isEmpty)
        call.hangUp()
        await site.run(for: .milliseconds(100))
        bob.respond(200, to: try #require(bob.heard("BYE").first))
        await site.settle()
    }

    @Test(
        "like all others ends the call: 500 when all refuse, 408 when all are silent",
        arguments: [(503, 500), (nil, 408)] as [(Int?, Int)])
    func all(answer: Int?, expected: Int) async throws {
        let (site, alice, servers) = try await site()
        let call = alice.call("sip:carol@other.test")
        for server in servers {
            await site.run(for: answer == nil ? .seconds(4.1) : .milliseconds(100))
            #expect(!server.heard("INVITE").isEmpty)
            if let answer { server.respond(answer, to: server.heard("INVITE")[0]) }
        }
        await site.run(for: .seconds(40))
        #expect(call.finalStatus == expected)
        await site.settle()
    }

    @Test("and all its like cost a request 32 attempts at most, and no time beyond the caller's")
    func bounded() async throws {
        let (site, alice, _) = try await site()
        let dead = (0..<200).map { IPAddress.v4(0xC613_0000 + $0) }
        site.names["dead.test"] = dead
        site.network.refusing = Set(dead.map { Endpoint(.udp, $0, port: 5060) })
        let refused = alice.call("sip:carol@dead.test")
        await site.run(for: .milliseconds(100))
        #expect(refused.finalStatus == 500)
        func attempts() -> Int {
            Set(
                site.recorder.transmissions.map(\.destination)
                    .filter { dead.contains($0.address) }
            ).count
        }
        #expect(attempts() == 32)
        site.network.refusing = []
        site.recorder.forget()
        let silent = alice.call("sip:carol@dead.test")
        await site.run(for: .seconds(70))
        #expect(silent.finalStatus == 408)
        // One every four seconds for 32 s.
        #expect(attempts() == 8)
        await site.settle()
    }

    @Test("is found from NAPTR, and nothing is sent by what has no listener") func pointers()
        async throws
    {
        let (site, alice, servers) = try await site()
        site.proxy.records[Question("other.test", .naptr)] = .pointers(
            [("SIPS+D2T", 1), ("SIP+D2T", 2), ("SIP+D2U", 3)].map { service, order in
                PointerRecord(
                    order: order, preference: 1, flags: Array("s".utf8),
                    services: Array(service.utf8), regexp: [], replacement: "pool.test")
            })
        site.proxy.records[Question("pool.test", .srv)] = .services([
            ServiceRecord(priority: 1, weight: 1, port: 5060, target: "s2.other.test")
        ])
        let call = alice.call("sip:carol@other.test")
        await site.run(for: .milliseconds(100))
        servers[2].respond(486, to: try #require(servers[2].heard("INVITE").first))
        await site.run(for: .milliseconds(100))
        #expect(call.finalStatus == 486)
        await site.settle()
    }

    @Test("is not replaced by ourselves when our own address is among the records")
    func ourselves() async throws {
        let (site, alice, servers) = try await site()
        site.names["other.test"] = [VirtualSite.address, servers[0].endpoint.address]
        let call = alice.call("sip:carol@other.test:5060")
        await site.run(for: .milliseconds(100))
        servers[0].respond(486, to: try #require(servers[0].heard("INVITE").first))
        await site.run(for: .milliseconds(100))
        #expect(call.finalStatus == 486)
        site.names["other.test"] = [VirtualSite.address]
        let loop = alice.call("sip:carol@other.test:5060")
        await site.run(for: .milliseconds(100))
        #expect(loop.finalStatus == 482)
        await site.settle()
    }

    /// Alice, and the three servers of other.test.
    private func site() async throws -> (VirtualSite, Phone, [BareHost]) {
        let site = try VirtualSite()
        let alice = try await site.registered("alice")[0]
        var servers: [BareHost] = []
        var records: [ServiceRecord] = []
        for number in 0..<3 {
            let name = "s\(number).other.test"
            let server = site.host("s\(number)", 0xC612_0009 + UInt32(number))
            servers.append(server)
            site.names[name] = [server.endpoint.address]
            records.append(
                ServiceRecord(
                    priority: UInt16(number), weight: 0, port: 5060,
                    target: DNSName(ByteSlice(name))))
        }
        site.proxy.records[Question("_sip._udp.other.test", .srv)] = .services(records)
        return (site, alice, servers)
    }
}
