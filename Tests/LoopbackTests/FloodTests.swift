import TestPrograms
import Testing

extension Loopback {
    /// A running daemon that counts this machine like any other source.
    @Suite("flood protection")
    struct FloodTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        @Test("bans who guesses a password, and an operator sees it and takes it back")
        func bans() throws {
            let site = try OperatedSite(
                .sqlite, in: folder,
                ["SIPD_FLOOD_EXEMPT_LOOPBACK": "false", "SIPD_FLOOD_FAILED_LOGINS": "3"])
            let daemon = try site.daemon()
            let caller = try Caller(to: daemon)
            func register(_ password: String) throws -> Int {
                try caller.status(
                    "REGISTER", "sip:voice.test", from: "sip:user0@voice.test",
                    to: "sip:user0@voice.test", as: "user0",
                    password: password)
            }
            #expect(try register("pw0") == 200)
            #expect(try (0..<3).map { _ in try register("wrong") } == [401, 401, 401])
            let shown = try site.command("ban", "show", "--json").output
            #expect(
                shown.contains(#""source": "127.0.0.1", "cause": "logins", "rest": "#), "\(shown)")
            #expect(try site.command("ban", "remove", "127.0.0.1").code == .exit(0))
            #expect(try register("pw0") == 200)
            let again = try site.command("ban", "remove", "127.0.0.1")
            #expect(again.code == .exit(1))
            #expect(again.error == "sipd: 127.0.0.1 is not banned\n")

            #expect(try site.command("ban", "add", "2001:db8::7").code == .exit(0))
            #expect(
                try site.command("ban", "show").output
                    == "SOURCE         CAUSE     REST  COUNT\n2001:db8::/64  operator        1\n")
            #expect(try site.command("ban", "add", "nobody").code == .exit(65))
            let counts = try site.command("ban", "show", "--counts").output
            #expect(counts.contains(#""bans":2"#), "\(counts)")
            #expect(try daemon.stop() == .exit(0))
            let log = daemon.process.written(to: .error)
            #expect(log.contains("banned cause=logins seconds=60 source=127.0.0.1"), "\(log)")
        }
    }
}
