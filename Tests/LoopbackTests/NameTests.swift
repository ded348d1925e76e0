import Foundation
import Glibc
import TestPrograms
import Testing

extension Loopback {
    /// Debian's dnsmasq; `make test` installs it.
    static let hasDNSMasq = FileManager.default.isExecutableFile(atPath: "/usr/sbin/dnsmasq")

    @Suite("names by a real DNS server", .enabled(if: hasDNSMasq))
    struct NameTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        @Test("a request goes by SRV to the first server, and, that being silent, to the next one")
        func failover() throws {
            let (dead, alive) = (try UDPClient(to: nil), try UDPClient(to: nil))
            let names = try NameServer([
                "naptr-record=other.test,10,10,s,SIPS+D2T,,_sips._tcp.other.test",
                "naptr-record=other.test,20,10,s,SIP+D2U,,_sip._udp.other.test",
                "srv-host=_sips._tcp.other.test,server.other.test,5061,1,1",
                "srv-host=_sip._udp.other.test,server.other.test,\(dead.port),1,1",
                "srv-host=_sip._udp.other.test,server.other.test,\(alive.port),2,1",
                "host-record=server.other.test,127.0.0.1",
            ])
            let sipd = try Sipd(
                folder,
                environment: environment(
                    names.port, ["SIPD_DNS_FAILOVER": "1s", "SIPD_DNS_TIMEOUT": "5s"]))
            let proxy = try UDPClient(to: sipd.port)
            for number in 1...2 {
                let caller = try UDPClient(to: sipd.port)
                let text = message(number, from: caller.port)
                let request = try send(text, from: caller, until: alive)
                #expect(request.hasPrefix("MESSAGE sip:carol@other.test SIP/2.0\r\n"))
                proxy.send(answer(to: request))
                var answer = "SIP/2.0 100 "
                while answer.hasPrefix("SIP/2.0 100 ") {
                    answer = try caller.receive().orThrow("no answer came back")
                }
                #expect(answer.hasPrefix("SIP/2.0 200 "))
                // The second request went past the dead one, which was set aside.
                #expect((dead.receive(within: 0) != nil) == (number == 1))
                while dead.receive(within: 0) != nil {}
            }
            #expect(try sipd.stop() == .exit(0))
        }

        @Test("a TCP server that refuses the connection is passed over at once")
        func refused() throws {
            let (closed, alive) = (try UDPClient.freePort(), try UDPClient(to: nil))
            let names = try NameServer([
                "naptr-record=other.test,10,10,s,SIP+D2T,,_sip._tcp.other.test",
                "naptr-record=other.test,20,10,s,SIP+D2U,,_sip._udp.other.test",
                "srv-host=_sip._tcp.other.test,server.other.test,\(closed),1,1",
                "srv-host=_sip._udp.other.test,server.other.test,\(alive.port),1,1",
                "host-record=server.other.test,127.0.0.1",
            ])
            let sipd = try Sipd(
                folder, ["--listen", "tcp:127.0.0.1:0"],
                environment: environment(
                    names.port, ["SIPD_DNS_FAILOVER": "60s", "SIPD_DNS_TIMEOUT": "5s"]))
            let caller = try UDPClient(to: sipd.port)
            // Without the refusal the next one would be tried after a minute.
            let request = try send(message(1, from: caller.port), from: caller, until: alive)
            #expect(request.hasPrefix("MESSAGE sip:carol@other.test SIP/2.0\r\n"))
            #expect(try sipd.stop() == .exit(0))
        }

        @Test("a DNS server that is silent costs those who need it an error, and others nothing")
        func silence() throws {
            let silent = try UDPClient(to: nil)
            let sipd = try Sipd(
                folder,
                environment: environment(
                    silent.port, ["SIPD_DNS_TIMEOUT": "3s", "SIPD_DNS_DEADLINE": "3s"]))
            let (caller, other) = (try UDPClient(to: sipd.port), try UDPClient(to: sipd.port))
            _ = try send(message(1, from: caller.port), from: caller, until: silent)
            let quick = try send(
                message(2, from: other.port).replacing(
                    "carol@other.test", with: "nobody@voice.test"), from: other, until: other)
            #expect(quick.hasPrefix("SIP/2.0 404 "))
            let failed = try caller.receive().orThrow("no answer")
            #expect(failed.hasPrefix("SIP/2.0 500 "))
            #expect(try sipd.stop() == .exit(0))
            #expect(
                sipd.process.written(to: .error).contains(
                    "name unresolved name=other.test reason=\"the DNS did not answer in time\""))
        }

        /// Sends a request, and again while nothing comes where it is to show: UDP may lose, and so may a `sipd` that has only just
        /// begun.
        private func send(
            _ text: String, from client: UDPClient, until witness: UDPClient
        ) throws -> String {
            for _ in 0..<20 {
                client.send(text)
                if let seen = witness.receive(within: 1) { return seen }
            }
            throw ChildProcess.Trouble(description: "nothing came of \(text)")
        }

        /// SER's route sends a stranger's request to a foreign domain, wherever that is.
        private func environment(
            _ port: UInt16, _ more: [String: String]
        ) -> [String: String] {
            ["SIPD_DNS_SERVERS": "127.0.0.1:\(port)", "SIPD_PRESET": "ser"].merging(more) { $1 }
        }

        private func message(_ number: Int, from port: UInt16) -> String {
            [
                "MESSAGE sip:carol@other.test SIP/2.0",
                "Via: SIP/2.0/UDP 127.0.0.1:\(port);branch=z9hG4bKm\(number);rport",
                "Max-Forwards: 70", "From: <sip:gateway@voice.test>;tag=\(number)",
                "To: <sip:carol@other.test>", "Call-ID: \(number).\(port)",
                "CSeq: \(number) MESSAGE", "Content-Length: 0", "", "",
            ].joined(separator: "\r\n")
        }

        private func answer(to request: String) -> String {
            let lines = request.components(separatedBy: "\r\n")
            let kept = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].flatMap { name in
                lines.filter { $0.hasPrefix(name) }
            }
            return (["SIP/2.0 200 OK"] + kept + ["Content-Length: 0", "", ""])
                .joined(separator: "\r\n")
        }
    }
}

/// A dnsmasq of the test's own.
private struct NameServer {
    let port: UInt16
    private let process: ChildProcess

    init(_ records: [String]) throws {
        port = try UDPClient.freePort()
        process = try ChildProcess(
            "/usr/sbin/dnsmasq",
            [
                "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", "--port=\(port)",
                "--listen-address=127.0.0.1", "--bind-interfaces", "--no-resolv", "--no-hosts",
                "--local=/test/", "--local-ttl=60", "--log-facility=/dev/null",
            ] + records.map { "--\($0)" })
        try UDPClient.waitUntilTaken(port)
    }
}
