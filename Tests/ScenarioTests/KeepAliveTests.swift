import SIPCore
import SIPLocation
import SIPProxy
import SIPTesting
import Testing

@Suite("a keep-alive") struct KeepAliveTests {
    /// A site with bob behind a router that forgets after 20 s.
    private func site(_ keepAlive: KeepAlive) async throws -> (VirtualSite, VirtualNAT, Phone) {
        let site = try VirtualSite { $0.keepAlive = keepAlive }
        let nat = site.nat()
        nat.timeout = .seconds(20)
        let bob = site.phone("bob", behind: nat)
        let answer = bob.register()
        await site.run(for: .seconds(1))
        try #require(answer.status == 200)
        bob.habit = .answers(after: .seconds(1))
        return (site, nat, bob)
    }

    private func calls(_ site: VirtualSite) async -> Call {
        let call = site.phone("alice").call("sip:bob@voice.test")
        await site.run(for: .seconds(35))
        return call
    }

    @Test(
        "lets a phone behind a NAT be called after a minute",
        arguments: [KeepAlive.Way.crlf, .options])
    func called(way: KeepAlive.Way) async throws {
        let (site, nat, bob) = try await site(KeepAlive(way))
        let port = try #require(nat.mapping(of: bob.endpoint))
        await site.run(for: .seconds(60))
        #expect(nat.mapping(of: bob.endpoint) == port)
        #expect(await calls(site).state == .answered)
        #expect(nat.refused == 0)
    }

    @Test("is what that takes: without any the call fails") func without() async throws {
        let (site, nat, bob) = try await site(KeepAlive(.none))
        await site.run(for: .seconds(60))
        #expect(nat.mapping(of: bob.endpoint) == nil)
        #expect(await calls(site).finalStatus == 408)
        #expect(nat.refused > 0)
        #expect(bob.incoming == nil)
    }

    @Test("by OPTIONS helps where the NAT counts only what comes from inside; line ends do not")
    func fromInside() async throws {
        for (way, expected) in [(KeepAlive.Way.crlf, false), (.options, true)] {
            let (site, nat, bob) = try await site(KeepAlive(way))
            nat.isRefreshedFromOutside = false
            await site.run(for: .seconds(60))
            #expect((nat.mapping(of: bob.endpoint) != nil) == expected)
        }
    }

    @Test("goes from the socket that the phone registered at") func socket() async throws {
        let (site, nat, bob) = try await site(KeepAlive(.options))
        await site.run(for: .seconds(20))
        let seen = try #require(nat.mapping(of: bob.endpoint))
        let asked = site.recorder.transmissions.filter {
            $0.destination == seen && $0.bytes.starts(with: Array("OPTIONS sip:bob@".utf8))
        }
        #expect(Set(asked.map(\.source)) == [site.proxyEndpoint])
    }

    @Test("goes to nobody who is not behind a NAT") func direct() async throws {
        let site = try VirtualSite { $0.keepAlive = KeepAlive(.options) }
        _ = try await site.registered("alice", "bob")
        #expect(site.proxy.keptAlive == 0)
        await site.settle()
    }

    @Test(
        "ends with the registration, whether that is taken back or runs out",
        arguments: [true, false])
    func ends(isTakenBack: Bool) async throws {
        let (site, _, bob) = try await site(KeepAlive(.options))
        #expect(site.proxy.keptAlive == 1)
        if isTakenBack {
            bob.register(expires: 0)
            await site.run(for: .seconds(1))
        } else {
            await site.run(for: .seconds(3_700))
        }
        #expect(site.proxy.keptAlive == 0)
        await site.settle()
    }

    @Test("follows the phone to the port that it registers from next") func moved() async throws {
        let (site, nat, bob) = try await site(KeepAlive(.crlf))
        nat.restart()
        bob.register()
        await site.run(for: .seconds(61))
        #expect(site.proxy.keptAlive == 1)
        // What went to the old port before the phone was back is all that was refused.
        #expect(nat.refused <= 1)
        #expect(nat.mapping(of: bob.endpoint) != nil)
    }

    @Test("without an answer ends the binding when the operator says so, and not before")
    func silent() async throws {
        for maximum in [3, nil] {
            let (site, _, bob) = try await site(KeepAlive(.options, maximumSilence: maximum))
            await site.run(for: .seconds(60))
            #expect(site.contacts(of: "bob").count == 1)
            bob.habit = .isDead
            await site.run(for: .seconds(35))
            #expect(site.contacts(of: "bob").count == 1)
            await site.run(for: .seconds(30))
            #expect(site.contacts(of: "bob").count == (maximum == nil ? 1 : 0))
            #expect(site.proxy.keptAlive == (maximum == nil ? 1 : 0))
        }
    }

    @Test("that is answered now and then ends nothing") func patient() async throws {
        let (site, _, bob) = try await site(KeepAlive(.options, maximumSilence: 3))
        for _ in 0..<5 {
            bob.habit = .isDead
            await site.run(for: .seconds(30))
            bob.habit = .rings
            await site.run(for: .seconds(16))
        }
        #expect(site.contacts(of: "bob").count == 1)
    }
}

@Suite("the schedule of keep-alives") struct KeepAliveScheduleTests {
    private struct Nowhere: Location {
        func bindings(of address: AddressOfRecord, at now: UnixTime) async throws -> [Binding] {
            []
        }
        func register(
            _ registration: Registration, for address: AddressOfRecord, at now: UnixTime
        ) async throws -> RegistrationOutcome { .accepted([]) }
        func alias(of address: AddressOfRecord) async throws -> URI? { nil }
    }

    private let start = UnixTime(seconds: 1_800_000_000)

    private func binding(_ number: Int, port: UInt16 = 40_000) throws -> Binding {
        var fields = BindingFields(
            address: AddressOfRecord(user: ByteSlice("u\(number)"), host: "voice.test"),
            ruid: ByteSlice("\(number)"), uri: ByteSlice("sip:u\(number)@192.168.1.5"),
            expiresAt: UnixTime(seconds: 1_800_003_600), lastModified: start)
        fields.received = Endpoint(.udp, .v4(0xCB00_7100 + UInt32(number)), port: port)
        fields.localSocket = Endpoint(.udp, .v4(0xC000_0201), port: 5060)
        return try #require(Binding(fields))
    }

    @Test("reaches each once an interval, spread over all of it") func spread() throws {
        var schedule = KeepAliveSchedule(interval: .seconds(15), at: .zero)
        for number in 0..<1_000 {
            let binding = try binding(number)
            schedule.set([binding], of: binding.address, in: Nowhere())
        }
        var counts: [Int] = []
        var seen: [UInt64: Int] = [:]
        for second in 1...45 {
            let due = schedule.due(at: .zero + .seconds(second), start)
            counts.append(due.count)
            for (number, _) in due { seen[number, default: 0] += 1 }
        }
        #expect(seen.count == 1_000)
        #expect(seen.values.allSatisfy { $0 == 3 })
        // 1,000 in 15 s are 67 a second.
        #expect(counts.allSatisfy { (50...85).contains($0) })
    }

    @Test("catches up with one round, however long it slept") func slept() throws {
        var schedule = KeepAliveSchedule(interval: .seconds(15), at: .zero)
        let binding = try binding(1)
        schedule.set([binding], of: binding.address, in: Nowhere())
        #expect(schedule.due(at: .zero + .seconds(1_000), start).count == 1)
        #expect(schedule.due(at: .zero + .seconds(1_015.1), start).count == 1)
    }

    @Test("keeps the place of a binding that is refreshed, and drops the one that it replaces")
    func refreshed() throws {
        var schedule = KeepAliveSchedule(interval: .seconds(15), at: .zero)
        let (first, moved) = (try binding(1), try binding(1, port: 40_001))
        for _ in 0..<3 { schedule.set([first], of: first.address, in: Nowhere()) }
        #expect(schedule.count == 1)
        schedule.set([moved], of: first.address, in: Nowhere())
        #expect(schedule.count == 1)
        let due = schedule.due(at: .zero + .seconds(16), start)
        #expect(due.map(\.binding.remote.port) == [40_001])
        schedule.set([], of: first.address, in: Nowhere())
        #expect(schedule.count == 0)
        #expect(schedule.nextDeadline == nil)
    }
}
