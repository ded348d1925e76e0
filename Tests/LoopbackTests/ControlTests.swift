import Foundation
import Glibc
import TestPrograms
import Testing

extension Loopback {
    @Suite("control")
    struct ControlTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        private var socket: String { folder.path("sipd.sqlite.control") }

        private func sipd(_ arguments: String..., input: String? = nil) throws -> (
            code: ChildProcess.End, output: String, error: String
        ) {
            try Sipd.run(arguments + ["--database", folder.database], input: input, in: folder)
        }

        @Test(
            "what an operator adds and removes is so at once for phones, and after a restart",
            arguments: [1, 2])
        func location(mode: Int) throws {
            try Sipd.makeAccounts(2, in: folder)
            var daemon = try Sipd(folder, ["--location-mode", "\(mode)"])
            var phones = Phones(try UDPClient(to: daemon.port), run: "phones")
            try phones.register(0..<2)
            #expect(
                try sipd("location", "add", "user0@voice.test", "sip:gate@192.0.2.9").code
                    == .exit(0))
            let own = Phones.contact(of: 1, port: phones.client.port)
            #expect(try sipd("location", "rm", "user1@voice.test", own).code == .exit(0))
            #expect(try sipd("ul", "rm", "user1@voice.test").code == .exit(1))
            #expect(try contacts(of: daemon) == [0: true, 1: false])
            // The database has it too, in mode 2 without waiting for the interval.
            let stored = try sipd("showdb", "--json").output
            #expect(stored.contains("sip:gate@192.0.2.9"))
            #expect(!stored.contains(own))
            daemon.process.signal(SIGKILL)
            try daemon.process.wait()

            daemon = try Sipd(folder, ["--location-mode", "\(mode)"])
            #expect(try contacts(of: daemon) == [0: true, 1: false])
            #expect(try sipd("location", "rm", "user0@voice.test").code == .exit(0))
            #expect(try contacts(of: daemon) == [0: false, 1: false])
            #expect(try daemon.stop() == .exit(0))
        }

        @Test("without a daemon the same verbs work on the database")
        func offline() throws {
            try Sipd.makeAccounts(1, in: folder)
            #expect(try sipd("online", "--count").output == "0\n")
            #expect(
                try sipd(
                    "location", "add", "user0@voice.test", "sip:gate@192.0.2.9", "--q", "0.5"
                ).code == .exit(0))
            #expect(
                try sipd("online", "--json").output
                    == "[\n  {\"address\": \"user0@voice.test\", \"contacts\": 1}\n]\n")
            #expect(
                try sipd("location", "list", "--json").output == """
                    [
                      {"address": "user0@voice.test", "contact": "sip:gate@192.0.2.9", \
                    "expires_in": null, "q": "0.5", "user_agent": "sipd", "received": null}
                    ]

                    """)
            #expect(
                try sipd("location", "rm", "user0@voice.test", "sip:gate@192.0.2.9").code
                    == .exit(0))
            #expect(try sipd("location", "rm", "user0@voice.test").code == .exit(1))
            for verb in ["monitor", "reload", "stop"] {
                let result = try sipd(verb)
                #expect(result.code == .exit(69))
                #expect(
                    result.error
                        == "sipd: no sipd runs: none listens on the control socket \(socket)\n")
            }
        }

        @Test("a contact that would break a message is refused, with a daemon and without")
        func badContact() throws {
            try Sipd.makeAccounts(1, in: folder)
            let bad = ["sip:a@192.0.2.1\r\nX: y", "mailto:a@b.example", "sip:a@192.0.2.1>"]
            for contact in bad {
                #expect(try sipd("ul", "add", "user0@voice.test", contact).code == .exit(65))
            }
            let daemon = try Sipd(folder)
            for contact in bad {
                #expect(try sipd("ul", "add", "user0@voice.test", contact).code == .exit(65))
            }
            #expect(try daemon.stop() == .exit(0))
        }

        @Test("a new password and a removed account count at once, and its registration goes")
        func accounts() throws {
            try Sipd.makeAccounts(2, in: folder)
            let daemon = try Sipd(folder)
            var phones = Phones(try UDPClient(to: daemon.port), run: "before")
            try phones.register(0..<2)
            #expect(try sipd("online", "--count").output == "2\n")

            #expect(try sipd("passwd", "user0@voice.test", input: "other\n").code == .exit(0))
            var old = Phones(try UDPClient(to: daemon.port), run: "old")
            try old.register(0..<1)
            #expect(old.refused[0]?.hasPrefix("SIP/2.0 401 ") == true)
            var new = Phones(try UDPClient(to: daemon.port), run: "new")
            try new.register(0..<1, password: { _ in "other" })
            #expect(new.answered.count == 1)

            #expect(try sipd("user", "rm", "user1@voice.test").code == .exit(0))
            var gone = Phones(try UDPClient(to: daemon.port), run: "gone")
            try gone.register(1..<2)
            #expect(gone.refused.count == 1)
            #expect(
                try sipd("online").output == "ADDRESS           CONTACTS\nuser0@voice.test  2\n")
            #expect(try daemon.stop() == .exit(0))
        }

        @Test("monitor counts messages, replies and registrations")
        func monitor() throws {
            try Sipd.makeAccounts(3, in: folder)
            let daemon = try Sipd(folder)
            var phones = Phones(try UDPClient(to: daemon.port), run: "a")
            try phones.register(0..<3)
            let result = try sipd("monitor", "--json", "--count", "2", "--interval", "0.1")
            #expect(result.code == .exit(0))
            let looks = result.output.split(separator: "\n")
            #expect(looks.count == 2)
            let last = try JSONDecoder().decode(Look.self, from: Data((looks.last ?? "").utf8))
            #expect(last.figures.process == daemon.process.pid)
            #expect(last.figures.registrations == 3)
            #expect(last.figures.addresses == 3)
            #expect(last.figures.received >= 6)
            #expect(last.figures.sent >= 6)
            #expect((last.figures.replies["2xx"] ?? 0) >= 3)
            #expect((last.figures.replies["4xx"] ?? 0) >= 3)
            #expect(last.figures.memory > 1_000_000)
            #expect(last.rates?.received == 0)
            let page = try sipd("moni", "--count", "1").output
            #expect(page.contains("registrations  3 contacts of 3 addresses\n"), "\(page)")
            #expect(try daemon.stop() == .exit(0))
        }

        private struct Look: Decodable {
            struct Figures: Decodable {
                let process: pid_t
                let registrations, addresses, received, sent, memory: Int
                let replies: [String: Int]
            }
            struct Rates: Decodable { let received: Double }

            let figures: Figures
            let rates: Rates?
        }

        @Test("ping prints the answer of a registered contact, and ends with 1 when none comes")
        func ping() throws {
            try Sipd.makeAccounts(1, in: folder)
            let daemon = try Sipd(folder)
            // The daemon itself stands in for the phone.
            let contact = "sip:127.0.0.1:\(daemon.port)"
            #expect(try sipd("ul", "add", "user0@voice.test", contact).code == .exit(0))
            for target in ["user0@voice.test", contact] {
                let result = try sipd("ping", target, "--json")
                #expect(result.code == .exit(0))
                #expect(
                    result.output.contains(
                        "{\"uri\": \"\(contact)\", \"status\": 200, \"answer\": \"OK\""))
            }
            let nobody = try UDPClient(to: nil)
            let silent = try sipd("ping", "sip:127.0.0.1:\(nobody.port)", "--timeout", "0.2")
            #expect(silent.code == .exit(1))
            #expect(silent.output.contains("no answer"))
            #expect(try daemon.stop() == .exit(0))
        }

        @Test("reload and SIGHUP change the log level and name what waits for a restart")
        func reload() throws {
            let file = folder.path("sipd.yaml")
            func write(_ text: String) throws {
                try text.write(toFile: file, atomically: false, encoding: .utf8)
            }
            try write("log: {level: info}\n")
            let daemon = try Sipd(folder, ["--config", file])
            try write("log: {level: debug}\nmax_forwards: 20\n")
            #expect(
                try sipd("reload").output == """
                    0 accounts in memory, log level debug
                    table domain: 0 in memory
                    max_forwards: waits for a restart

                    """)
            let client = try UDPClient(to: daemon.port)
            client.send("no message")
            _ = try daemon.process.line(of: .error) { $0.contains("debug no SIP message") }

            try write("log: {level: info}\n")
            daemon.process.signal(SIGHUP)
            let line = try daemon.process.line(of: .error) { $0.contains("reloaded") }
            #expect(line.contains("log_level=info"))

            try write("log: {level: loud}\n")
            let wrong = try sipd("reload")
            #expect(wrong.code == .exit(78))
            #expect(wrong.error.contains("\(file):1:14: expected one of trace"))
            daemon.process.signal(SIGHUP)
            _ = try daemon.process.line(of: .error) { $0.contains("reload failed") }
            #expect(try sipd("online").code == .exit(0))
            #expect(try daemon.stop() == .exit(0))
        }

        @Test("stop returns when the daemon has ended cleanly, and nothing of it is left")
        func stop() throws {
            let pidFile = folder.path("sipd.pid")
            let daemon = try Sipd(folder, ["--pid-file", pidFile])
            #expect(FileManager.default.fileExists(atPath: socket))
            #expect(try sipd("stop").code == .exit(0))
            for file in [socket, pidFile] {
                #expect(!FileManager.default.fileExists(atPath: file))
            }
            #expect(try daemon.process.wait() == .exit(0))
            #expect(daemon.process.written(to: .error).contains("notice stopped"))
        }

        @Test("a second daemon on the same database is refused, the first goes on")
        func second() throws {
            let daemon = try Sipd(folder)
            let result = try sipd("run", "--listen", "udp:127.0.0.1:0")
            #expect(result.code == .exit(69))
            #expect(
                result.error == """
                    sipd: the control socket \(socket) is taken: another sipd runs; stop it first, \
                    or name another socket with control:

                    """)
            #expect(try sipd("online").code == .exit(0))
            #expect(try daemon.stop() == .exit(0))
        }

        @Test(
            "another user is refused by the kernel's word, even when the file lets him in",
            .enabled(if: geteuid() == 0))
        func otherUser() throws {
            let daemon = try Sipd(folder)
            let manager = FileManager.default
            #expect(
                try manager.attributesOfItem(atPath: socket)[.posixPermissions] as? Int == 0o600)
            try manager.setAttributes([.posixPermissions: 0o666], ofItemAtPath: socket)
            try manager.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: folder.path("."))
            let script = """
                my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die $!;
                print $s qq({"stop":{}}\\n); $s->flush; print while <$s>;
                """
            let other = try ChildProcess(
                "setpriv",
                [
                    "--reuid=65534", "--regid=65534", "--clear-groups", "perl",
                    "-MIO::Socket::UNIX",
                    "-e", script, socket,
                ])
            #expect(try other.wait() == .exit(0))
            #expect(
                other.written(to: .standard).contains("this sipd belongs to another user"),
                "\(other.written(to: .error))")
            _ = try daemon.process.line(of: .error) {
                $0.contains("control refused") && $0.contains("user=65534")
            }
            #expect(try daemon.stop() == .exit(0))
        }

        @Test("an e-mail address is noted with an account")
        func mail() throws {
            try Sipd.makeAccounts(1, in: folder)
            #expect(try sipd("mail", "user0@voice.test").output == "\n")
            let odd = "o'hara@example.org"
            #expect(try sipd("mail", "user0@voice.test", odd).code == .exit(0))
            #expect(try sipd("mail", "user0@voice.test").output == "\(odd)\n")
            #expect(try sipd("mail", "user9@voice.test").code == .exit(1))
        }

        /// Whether user0 and user1 have a contact, as phones are told.
        private func contacts(of daemon: Sipd) throws -> [Int: Bool] {
            var queries = Phones(
                try UDPClient(to: daemon.port), run: "query\(UInt32.random(in: 0 ... .max))")
            try queries.register(0..<2, contact: false)
            return queries.answered.mapValues { $0.contains("Contact:") }
        }
    }
}
