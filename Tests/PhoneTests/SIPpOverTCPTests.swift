import TestPrograms
import Testing

@Suite(
    "SIPp over TCP", .onOwnThread,
    .enabled(if: SIPp.isInstalled, "missing: apt-get install sip-tester"))
struct SIPpOverTCPTests {
    @Test(
        "registers and calls, over one connection or over one for each call",
        arguments: [SIPp.Way.tcp, .tcpEach])
    func registersAndCalls(over way: SIPp.Way) throws {
        let folder = try TemporaryFolder()
        try Sipd.makeAccounts(100, in: folder)
        let sipd = try Sipd(folder, ["--listen", "tcp:127.0.0.1:0"])
        let port = try sipd.port(of: "tcp:127.0.0.1")
        let phones = try SIPp(folder, over: .tcp)
        #expect(try phones.register(50, at: sipd, over: way, port: port) == Figures(ok: 50))
        // Those bindings ended with their connections. These were made over UDP, and lead to TCP.
        #expect(try phones.register(50, at: sipd).ok == 50)
        #expect(try phones.call(50, at: sipd, over: way, port: port) == Figures(ok: 50))
        // From UDP to TCP.
        #expect(try phones.call(50, at: sipd).ok == 50)
        #expect(try phones.end().retransmissions == 0)
        #expect(try sipd.stop() == .exit(0))
    }
}
