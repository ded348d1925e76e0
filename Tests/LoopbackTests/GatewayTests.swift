import Foundation
import Glibc
import TestPrograms
import Testing

extension Loopback {
    /// A running daemon, SIPp as a gateway, and another gateway that is not there.
    @Suite("gateways")
    struct GatewayTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        @Test("are probed, take the calls of those who may, and do what an operator says")
        func calls() throws {
            let phones = try SIPp(folder, answersOptions: true)
            let dead = try UDPClient.freePort()
            let file = folder.path("sipd.yaml")
            try write([dead, phones.port], to: file)
            let settings = ["SIPD_CONFIG": file, "SIPD_CONTROL": folder.path("control")]
            let site = try OperatedSite(.sqlite, in: folder, settings)
            #expect(try site.command("acl", "grant", "user0@voice.test", "pstn").code == .exit(0))
            let daemon = try site.daemon()

            try waitFor(["\(dead)": "down", "\(phones.port)": "up"], site)
            #expect(try phones.call(20, to: "+4930123456", as: 0, at: daemon) == Figures(ok: 20))
            #expect(try status(as: 1, at: daemon) == 403)

            let live = "sip:127.0.0.1:\(phones.port)"
            #expect(try site.command("gateway", "disable", "pstn", live).code == .exit(0))
            #expect(try status(as: 0, at: daemon) == 503)
            let unknown = try site.command("gateway", "disable", "pstn", "sip:nobody")
            #expect(unknown.code == .exit(1))
            #expect(unknown.error == "sipd: there is no gateway sip:nobody in group pstn\n")

            // What is known of those that stay outlasts a reload.
            try write([phones.port, dead, try UDPClient.freePort()], to: file)
            daemon.process.signal(SIGHUP)
            _ = try daemon.process.line(of: .error) { $0.contains("reloaded") }
            try waitFor(["\(phones.port)": "disabled", "\(dead)": "down"], site)
            #expect(try site.command("gateway", "enable", "pstn", live).code == .exit(0))
            try waitFor(["\(phones.port)": "up"], site)
            #expect(try site.command("gateway", "probe", "pstn").code == .exit(0))
            #expect(try phones.call(1, to: "301234", as: 0, at: daemon) == Figures(ok: 1))

            #expect(try daemon.stop() == .exit(0))
            let log = daemon.process.written(to: .error)
            #expect(
                log.contains("gateway down gateway=sip:127.0.0.1:\(dead) group=pstn"), "\(log)")
            try phones.kill()
        }

        private func write(_ ports: [UInt16], to file: String) throws {
            let gateways = ports.map { "\"sip:127.0.0.1:\($0)\"" }.joined(separator: ", ")
            try """
            gateways:
              - name: pstn
                to: [\(gateways)]
                probe: {interval: 1s, timeout: 1s, failures: 1, successes: 1}
            """.write(toFile: file, atomically: true, encoding: .utf8)
        }

        /// What an INVITE to a number is answered.
        private func status(as user: Int, at daemon: Sipd) throws -> Int {
            try Caller(to: daemon).status(
                "INVITE", "sip:301234@voice.test", from: "sip:user\(user)@voice.test",
                as: "user\(user)", password: "pw\(user)")
        }

        /// Waits until the gateways on these ports are in these states.
        private func waitFor(_ states: [String: String], _ site: OperatedSite) throws {
            struct Row: Decodable {
                let gateway: String
                let state: String
            }
            let deadline = Deadline(60)
            var output = ""
            while !deadline.hasPassed {
                output = try site.command("gateway", "show", "--json").output
                let rows = try JSONDecoder().decode([Row].self, from: Data(output.utf8))
                let isSo = states.allSatisfy { port, state in
                    rows.contains { $0.gateway.hasSuffix(":\(port)") && $0.state == state }
                }
                if isSo { return }
            }
            throw ChildProcess.Trouble(description: "gateways are not \(states): \(output)")
        }
    }
}
