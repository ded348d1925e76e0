import SIPCore
import SIPProxy
import Testing

@Suite("flood protection") struct FloodProtectionTests {
    private let phone = IPAddress.v4(0xC633_6407)
    private let other = IPAddress.v4(0xC633_6408)

    // MARK: The rate

    @Test("admits a burst, then as many requests a second as the rate says, for each source")
    func rate() {
        let flood = flood {
            $0.rate = 100
            $0.burst = 50
        }
        #expect(admitted(flood, phone, 200, at: .zero) == 50)
        #expect(admitted(flood, other, 10, at: .zero) == 10)
        #expect(admitted(flood, phone, 200, at: .zero + .milliseconds(100)) == 10)
        // A silence fills no more than the burst.
        #expect(admitted(flood, phone, 200, at: .zero + .seconds(1_000)) == 50)
    }

    @Test("tells of a source that sends too much once a minute") func news() {
        let flood = flood {
            $0.rate = 1
            $0.burst = 1
        }
        #expect(flood.check(phone, isRequest: true, at: .zero) == .admitted)
        #expect(flood.check(phone, isRequest: true, at: .zero) == .overRate(isNews: true))
        #expect(flood.check(phone, isRequest: true, at: .zero) == .overRate(isNews: false))
        let later = Instant.zero + .seconds(61)
        #expect(flood.check(phone, isRequest: true, at: later) == .admitted)
        #expect(flood.check(phone, isRequest: true, at: later) == .overRate(isNews: true))
    }

    @Test("counts responses for nothing, and nothing at all without a rate") func unlimited() {
        let flood = flood {
            $0.rate = 1
            $0.burst = 1
        }
        for _ in 0..<100 {
            #expect(flood.check(phone, isRequest: false, at: .zero) == .admitted)
        }
        let open = self.flood { $0.rate = nil }
        #expect(admitted(open, phone, 100_000, at: .zero) == 100_000)
    }

    @Test("takes a /64 for one source, an IPv4 address in IPv6 clothes for that address")
    func networks() {
        let flood = flood {
            $0.rate = 1
            $0.burst = 10
        }
        let high: UInt64 = 0x2001_0DB8_0000_0001
        let sent = (0..<100).reduce(0) { sum, host in
            sum + admitted(flood, .v6(high: high, low: UInt64(host)), 1, at: .zero)
        }
        #expect(sent == 10)
        #expect(admitted(flood, .v6(high: high + 1, low: 0), 1, at: .zero) == 1)
        #expect(admitted(flood, phone, 10, at: .zero) == 10)
        #expect(admitted(flood, .v6(high: 0, low: 0xFFFF_C633_6407), 1, at: .zero) == 0)
    }

    @Test("goes on limiting a source that floods while a million forged ones send a request each")
    func forged() {
        let flood = flood {
            $0.rate = 10
            $0.burst = 10
        }
        var passed = 0
        // A second: the one source sends 1,000, the forged ones a million.
        for turn in 0..<1_000 {
            let now = Instant.zero + .milliseconds(turn)
            passed += admitted(flood, phone, 1, at: now)
            for index in 0..<1_000 {
                let forged = IPAddress.v4(UInt32(0x0B00_0000 + turn * 1_000 + index))
                _ = flood.check(forged, isRequest: true, at: now)
            }
        }
        // 10 at once, and 10 in the second.
        #expect(passed <= 21)
    }

    // MARK: Bans

    @Test("bans a source after failed logins, each time twice as long, and forgets after an hour")
    func bans() {
        let flood = flood { $0.failedLogins = 3 }
        var now = Instant.zero
        var times: [Duration] = []
        for _ in 0..<9 {
            #expect(flood.loginFailed(phone, at: now) == nil)
            #expect(flood.loginFailed(phone, at: now) == nil)
            let time = flood.loginFailed(phone, at: now) ?? .zero
            times.append(time)
            #expect(flood.check(phone, isRequest: true, at: now + (time - .seconds(1))) == .banned)
            // Not even its responses are read, and nobody else is concerned.
            #expect(flood.check(phone, isRequest: false, at: now) == .banned)
            #expect(flood.check(other, isRequest: true, at: now) == .admitted)
            now = now + time
            #expect(flood.check(phone, isRequest: true, at: now) == .admitted)
        }
        #expect(
            times.map { $0 / .seconds(1) } == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600])
        #expect(flood.counts.bans == 9)

        now = now + .seconds(3601)
        for _ in 0..<2 { #expect(flood.loginFailed(phone, at: now) == nil) }
        #expect(flood.loginFailed(phone, at: now) == .seconds(60))
    }

    @Test("forgives a failed login for each that succeeds, so one wrong phone bans no house")
    func forgiveness() {
        let flood = flood { $0.failedLogins = 3 }
        for second in 0..<1_000 {
            #expect(flood.loginFailed(phone, at: .zero + .seconds(second)) == nil)
            flood.loginSucceeded(phone)
        }
        let never = self.flood { $0.failedLogins = nil }
        for _ in 0..<1_000 { #expect(never.loginFailed(phone, at: .zero) == nil) }
    }

    @Test("does what an operator says, and shows who is banned") func operators() {
        let flood = flood { $0.failedLogins = 1 }
        #expect(flood.ban(phone, for: nil, at: .zero))
        #expect(flood.ban(.v6(high: 0x2001_0DB8_0000_0000, low: 7), for: .seconds(10), at: .zero))
        #expect(flood.loginFailed(other, at: .zero) == .seconds(60))
        let bans = flood.bans(at: .zero + .seconds(1))
        #expect(bans.map(\.source) == ["2001:db8::/64", "198.51.100.8", "198.51.100.7"])
        #expect(bans.map(\.rest) == [.seconds(9), .seconds(59), nil])
        #expect(bans.map(\.cause) == [.operator, .logins, .operator])
        let year = Instant.zero + .seconds(365 * 24 * 3600)
        #expect(flood.check(phone, isRequest: true, at: year) == .banned)
        #expect(flood.unban(phone, at: year))
        #expect(!flood.unban(phone, at: year))
        #expect(flood.check(phone, isRequest: true, at: year) == .admitted)
        #expect(flood.bans(at: year).isEmpty)
    }

    @Test("keeps its size and an operator's bans while a botnet gets banned") func bounded() {
        let flood = flood { $0.failedLogins = 1 }
        #expect(flood.ban(phone, for: nil, at: .zero))
        for index in 0..<100_000 {
            _ = flood.loginFailed(
                .v4(UInt32(0x0B00_0000 + index)), at: .zero + .milliseconds(index))
        }
        #expect(flood.bans(at: .zero).count <= 8_192)
        #expect(flood.check(phone, isRequest: true, at: .zero + .seconds(100)) == .banned)
    }

    // MARK: Scanners

    @Test(
        "knows a scanner's User-Agent wherever the word stands",
        arguments: [
            ("friendly-scanner", true), ("Friendly-Scanner", true), ("sipcli/v1.8", true),
            ("x SIPVicious 0.3", true), ("sundayddr", true), ("pplsip", true), ("", false),
            ("friendly-scanne", false), ("Yealink SIP-T46U 108.86.0.45", false),
            ("baresip v1.0.0", false), ("s", false),
        ])
    func scanners(agent: String, isScanner: Bool) {
        #expect(flood().isScanner(ByteSlice(agent)) == isScanner)
        #expect(!flood { $0.scanners = [""] }.isScanner(ByteSlice(agent)))
    }

    private func flood(_ change: (inout FloodSettings) -> Void = { _ in }) -> FloodProtection {
        var settings = FloodSettings()
        change(&settings)
        return FloodProtection(settings, key: HashKey(1, 2))
    }

    private func admitted(
        _ flood: FloodProtection, _ source: IPAddress, _ count: Int, at now: Instant
    ) -> Int {
        (0..<count).count { _ in flood.check(source, isRequest: true, at: now) == .admitted }
    }
}
