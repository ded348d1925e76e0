import TestPrograms
import Testing

extension Loopback {
    @Suite("calls by SIPp", .enabled(if: SIPp.isInstalled))
    struct CallTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        @Test(
            "200 phones register and 100 of them call the others: nothing fails, nothing is sent twice"
        )
        func calls() throws {
            try Sipd.makeAccounts(200, in: folder)
            let sipd = try Sipd(folder)
            let phones = try SIPp(folder)
            #expect(try phones.register(200, at: sipd) == Figures(ok: 200))
            #expect(try phones.call(100, at: sipd) == Figures(ok: 100))
            #expect(try phones.end().retransmissions == 0)
            #expect(try sipd.stop() == .exit(0))
        }
    }
}
