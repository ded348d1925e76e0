import Foundation
import SIPCore
import SIPDNS
import TestPrograms
import Testing

@Suite(
    "a resolver and a real server of the DNS", .timeLimit(.minutes(1)), .onOwnThread(atOnce: 2))
struct DNSResolverTests {
    @Test("go from NAPTR over SRV to addresses of both families") func wholeWay() async throws {
        let server = try NameServer([
            "naptr-record=voice.test,10,20,s,SIP+D2T,,_sip._tcp.voice.test",
            "naptr-record=voice.test,20,10,s,SIP+D2U,,_sip._udp.voice.test",
            "naptr-record=voice.test,5,10,s,SIPS+D2T,,_sips._tcp.voice.test",
            "srv-host=_sip._tcp.voice.test,a.voice.test,5070,1,1",
            "srv-host=_sip._udp.voice.test,b.voice.test,5082,20,1",
            "srv-host=_sip._udp.voice.test,a.voice.test,5080,10,1",
            "host-record=a.voice.test,192.0.2.1,2001:db8::1",
            "host-record=b.voice.test,192.0.2.2",
        ])
        let resolver = try DNSResolver(asking: [server.address])
        #expect(
            try await resolver.locate("sip:bob@voice.test")
                == .success([
                    "tcp:[2001:db8::1]:5070", "tcp:192.0.2.1:5070", "udp:[2001:db8::1]:5080",
                    "udp:192.0.2.1:5080", "udp:192.0.2.2:5082",
                ]))
        #expect(
            try await resolver.locate("sip:b.voice.test:5099")
                == .success(["udp:192.0.2.2:5099"]))
        #expect(
            try await resolver.locate("sip:a.voice.test;transport=tcp")
                == .success(["tcp:[2001:db8::1]:5060", "tcp:192.0.2.1:5060"]))
    }

    @Test("have room for any number of records: what is cut over UDP comes over TCP")
    func manyRecords() async throws {
        var records: [String] = []
        for number in 1...100 {
            records.append("srv-host=_sip._udp.many.test,s\(number).many.test,5060,1,1")
            records.append("host-record=s\(number).many.test,192.0.2.\(number)")
        }
        // 11 servers, one alone alive in DNS: the others have no address.
        for number in 1...11 {
            records.append("srv-host=_sip._udp.dead.test,d\(number).dead.test,5060,\(number),0")
        }
        records.append("host-record=d11.dead.test,198.51.100.11")
        let server = try NameServer(records)
        var seen: Set<String> = []
        for _ in 0..<20 {
            let resolver = try DNSResolver(asking: [server.address], families: [.v4])
            let found = try await resolver.locate("sip:many.test;transport=udp").get()
            #expect(found.count == 32)
            seen.formUnion(found)
        }
        // 20 draws of 32 leave out none of the hundred: the chance that one is never drawn is below 1 in 2000, and of three 1 in 10^10.
        #expect(seen.count > 97)
        let resolver = try DNSResolver(asking: [server.address])
        #expect(
            try await resolver.locate("sip:dead.test;transport=udp")
                == .success(["udp:198.51.100.11:5060"]))
    }

    @Test("say that there is no such name") func noSuchName() async throws {
        let server = try NameServer(["host-record=voice.test,192.0.2.1"])
        let resolver = try DNSResolver(asking: [server.address])
        #expect(try await resolver.locate("sip:nobody.test") == .failure(.notFound))
        #expect(try await resolver.locate("sip:nobody.test:5060") == .failure(.notFound))
        #expect(try await resolver.locate("sip:voice.test") == .success(["udp:192.0.2.1:5060"]))
        #expect(try await resolver.locate("sips:voice.test") == .failure(.notFound))
    }

    @Test("share by weight") func weights() async throws {
        let server = try NameServer([
            "srv-host=_sip._udp.voice.test,a.voice.test,5060,1,90",
            "srv-host=_sip._udp.voice.test,b.voice.test,5060,1,10",
            "host-record=a.voice.test,192.0.2.1", "host-record=b.voice.test,192.0.2.2",
        ])
        let resolver = try DNSResolver(asking: [server.address], families: [.v4])
        var first = 0
        for _ in 0..<500 {
            let found = try await resolver.locate("sip:voice.test;transport=udp").get()
            if found.first == "udp:192.0.2.1:5060" { first += 1 }
        }
        // 450 are expected, with a deviation of 6.7.
        #expect((400...490).contains(first))
    }

    @Test("go on when one of the servers is silent") func secondServer() async throws {
        let silent = try SilentServer()
        let server = try NameServer(["host-record=voice.test,192.0.2.1"])
        let resolver = try DNSResolver(asking: [silent.address, server.address], families: [.v4]) {
            $0.timeout = .milliseconds(1500)
        }
        #expect(
            try await resolver.locate("sip:voice.test:5060") == .success(["udp:192.0.2.1:5060"]))
    }

    @Test("try last what was set aside") func setAside() async throws {
        let server = try NameServer(["host-record=voice.test,192.0.2.1,2001:db8::1"])
        let resolver = try DNSResolver(asking: [server.address])
        let (six, four) = ("udp:[2001:db8::1]:5060", "udp:192.0.2.1:5060")
        #expect(try await resolver.locate("sip:voice.test:5060") == .success([six, four]))
        resolver.setAside(
            Endpoint(.udp, .v6(high: 0x2001_0DB8_0000_0000, low: 1), port: 5060), for: nil)
        #expect(try await resolver.locate("sip:voice.test:5060") == .success([four, six]))
    }
}

@Suite("a resolver without answers", .timeLimit(.minutes(1)), .onOwnThread(atOnce: 4))
struct SilenceTests {
    @Test("ends in its time, asks once for all who wait, and not at all for who comes next")
    func silence() async throws {
        let silent = try SilentServer()
        let resolver = try DNSResolver(asking: [silent.address], families: [.v4]) {
            $0.timeout = .milliseconds(300)
        }
        let start = monotonicTime()
        await withTaskGroup { group in
            for _ in 0..<50 {
                group.addTask { try? await resolver.locate("sip:voice.test:5060") }
            }
            for await result in group { #expect(result == .failure(.timedOut)) }
        }
        // Far less than a deadline, even on a machine that is held for a while.
        #expect(monotonicTime() - start >= .milliseconds(300))
        #expect(monotonicTime() - start < .seconds(20))
        let asked = silent.questions()
        #expect(asked.count == 1)
        #expect(try await resolver.locate("sip:voice.test:5060") == .failure(.timedOut))
        // That there was no answer is known for 5 s, if nothing held the machine up. Repetitions may still come.
        guard monotonicTime() - start < .seconds(4) else { return }
        #expect(silent.questions().subtracting(asked).isEmpty)
    }

    @Test("ends in its time however many questions one destination needs") func deadline()
        async throws
    {
        let silent = try SilentServer()
        let resolver = try DNSResolver(asking: [silent.address]) {
            $0.timeout = .seconds(60)
            $0.deadline = .milliseconds(300)
        }
        let start = monotonicTime()
        #expect(try await resolver.locate("sip:voice.test") == .failure(.timedOut))
        #expect(monotonicTime() - start >= .milliseconds(300))
        #expect(monotonicTime() - start < .seconds(20))
    }

    @Test("that one question has is not waited for when another one leads somewhere")
    func late() async throws {
        let silent = try SilentServer()
        let server = try NameServer([
            "server=/_sips._tcp.voice.test/\(silent.address.replacing(":", with: "#"))",
            "server=/_sip._tcp.voice.test/\(silent.address.replacing(":", with: "#"))",
            "srv-host=_sip._udp.voice.test,a.voice.test,5080,1,1",
            "host-record=a.voice.test,192.0.2.1",
            "server=/voice.test/\(silent.address.replacing(":", with: "#"))",
        ])
        let resolver = try DNSResolver(asking: [server.address], families: [.v4]) {
            $0.timeout = .seconds(60)
            $0.deadline = .seconds(60)
            $0.patience = .milliseconds(100)
        }
        let start = monotonicTime()
        #expect(try await resolver.locate("sip:voice.test") == .success(["udp:192.0.2.1:5080"]))
        #expect(monotonicTime() - start < .seconds(30))
    }

    /// The system's table of servers has no ports.
    static let mayListenOn53 = (try? SilentServer(host: 76, port: 53)) != nil

    @Test(
        "goes on with other servers when the system names others, told of it or not: those are asked again",
        .enabled(if: mayListenOn53), arguments: [true, false])
    func changed(isTold: Bool) async throws {
        // Addresses of their own: the two run at once.
        let hosts: [UInt8] = isTold ? [77, 78] : [79, 80]
        let (first, second) = (
            try SilentServer(host: hosts[0], port: 53), try SilentServer(host: hosts[1], port: 53)
        )
        let file = FileManager.default.temporaryDirectory.appending(
            path: "resolv-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        func name(_ host: UInt8) throws {
            try Data("nameserver 127.0.0.\(host)\n".utf8).write(to: file, options: .atomic)
        }
        try name(hosts[0])
        let clock = ShiftedClock()
        let resolver = try DNSResolver(asking: [], families: [.v4], clock: clock) {
            $0.systemFile = file.path(percentEncoded: false)
            $0.timeout = .seconds(60)
            $0.deadline = .seconds(60)
        }
        async let found = resolver.locate("sip:voice.test:5060")
        #expect(first.hears())
        try name(hosts[1])
        if isTold { resolver.reload() } else { clock.advance(by: .seconds(6)) }
        // Whoever asks next has the file looked at.
        async let other = resolver.locate("sip:other.test:5060")
        #expect(second.hears(2))
        resolver.stop()
        #expect(try await found == .failure(.failed("the resolver has stopped")))
        #expect(try await other == .failure(.failed("the resolver has stopped")))
    }

    @Test("does not wait for a server whose port is closed") func closed() async throws {
        let resolver = try DNSResolver(asking: ["127.0.0.1:\(try freePort())"], families: [.v4])
        guard case .failure(.failed) = try await resolver.locate("sip:voice.test:5060") else {
            Issue.record("a failure, and a reason")
            return
        }
    }

    @Test("is busy when as many wait as may") func busy() async throws {
        let silent = try SilentServer()
        let resolver = try DNSResolver(asking: [silent.address], families: [.v4]) {
            $0.timeout = .seconds(60)
            $0.deadline = .seconds(2)
            $0.maximumWaiting = 10
        }
        let results = await withTaskGroup { group in
            for number in 0..<30 {
                group.addTask { try? await resolver.locate("sip:n\(number).test:5060") }
            }
            var results: [Result<[String], ResolutionError>?] = []
            for await result in group { results.append(result) }
            return results
        }
        #expect(results.count { $0 == .failure(.busy) } == 20)
        #expect(results.count { $0 == .failure(.timedOut) } == 10)
        #expect(silent.questions().count == 10)
    }

    @Test("needs none for an address, nor for what the machine itself knows") func local()
        async throws
    {
        let silent = try SilentServer()
        let resolver = try DNSResolver(asking: [silent.address])
        #expect(try await resolver.locate("sip:192.0.2.1") == .success(["udp:192.0.2.1:5060"]))
        let local = try await resolver.locate("sip:localhost:5060").get()
        #expect(local.contains("udp:127.0.0.1:5060"))
        #expect(silent.questions().isEmpty)
    }

    @Test(
        "refuses servers that have no address",
        arguments: ["nobody", "1.2.3.4:x", "", "1.2.3.4:0", "2001:db8::1:70000", "::1,::2"])
    func badServer(text: String) {
        #expect(throws: DNSSettingsError.self) {
            _ = try DNSResolver(asking: [text])
        }
    }

    @Test(
        "takes servers with a port and without",
        arguments: ["192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:5353"])
    func goodServer(text: String) throws {
        _ = try DNSResolver(asking: [text])
    }

    @Test("leaves with whoever held it") func end() async throws {
        let silent = try SilentServer()
        weak var gone: DNSResolver?
        do {
            let resolver = try DNSResolver(asking: [silent.address]) {
                $0.deadline = .milliseconds(50)
            }
            gone = resolver
            #expect(try await resolver.locate("sip:voice.test:5060") == .failure(.timedOut))
        }
        #expect(gone == nil)
    }
}
