import Foundation
import Glibc
import TestPrograms
import Testing

extension Loopback {
    /// Debian's baresip; `make test` installs it.
    static let hasBaresip = Namespaces.isInstalled("baresip")

    /// A real phone behind a real NAT.
    @Suite(
        "a phone behind a router that masquerades",
        .enabled(if: hasBaresip, "baresip is not installed"),
        .disabled(if: Namespaces.obstacle != nil, "\(Namespaces.obstacle ?? "")"))
    struct MasqueradeTests {
        private let folder: TemporaryFolder
        private let net: Namespaces

        init() throws {
            folder = try TemporaryFolder()
            net = try Namespaces()
            try Sipd.makeAccounts(2, in: folder)
        }

        @Test(
            "registers, and is called after its mapping would have been forgotten, with keep-alives",
            arguments: ["options", "crlf"])
        func called(way: String) throws {
            let sipd = try startSipd(way)
            let bob = try startBob()
            try wait(for: 2 * Namespaces.timeout + 2)
            let alice = try callBob()
            _ = try bob.line(of: .standard) { $0.contains("Call established") }
            _ = try alice.line(of: .standard) { $0.contains("Call established") }
            // alice hangs up, and bob hears of it: the Contact that bob's answer had leads to him.
            alice.signal(SIGTERM)
            _ = try bob.line(of: .standard) { $0.contains("session closed") }
            #expect(try stop(sipd) == .exit(0))
        }

        @Test("is not called any more without them") func forgotten() throws {
            let sipd = try startSipd("none")
            let bob = try startBob()
            try wait(for: 2 * Namespaces.timeout + 2)
            let alice = try callBob()
            #expect(throws: ChildProcess.Trouble.self) {
                _ = try bob.line(of: .standard, within: 5) { $0.contains("Call established") }
            }
            alice.signal(SIGTERM)
            #expect(try stop(sipd) == .exit(0))
        }

        private func startSipd(_ way: String) throws -> ChildProcess {
            let sipd = try net.start(
                Sipd.path,
                [
                    "run", "--listen", "udp:\(Namespaces.outsideAddress):5060", "--domain",
                    "voice.test", "--database", folder.database,
                ], .outside,
                environment: ["SIPD_NAT_KEEP_ALIVE": way, "SIPD_NAT_INTERVAL": "1"])
            _ = try sipd.line(of: .error) { $0.contains("address=udp:") }
            return sipd
        }

        private func stop(_ sipd: ChildProcess) throws -> ChildProcess.End {
            sipd.signal(SIGTERM)
            return try sipd.wait()
        }

        /// bob is user1, and answers.
        private func startBob() throws -> ChildProcess {
            let bob = try phone(1, at: "0.0.0.0:5060", ";answermode=auto", [], .inside)
            _ = try bob.line(of: .standard) { $0.contains("200 OK") }
            return bob
        }

        private func callBob() throws -> ChildProcess {
            try phone(
                0, at: "\(Namespaces.outsideAddress):5070", "",
                ["-e", "/dial sip:user1@voice.test"], .outside)
        }

        private func phone(
            _ user: Int, at address: String, _ parameters: String, _ arguments: [String],
            _ place: Namespaces.Place
        ) throws -> ChildProcess {
            let path = folder.path("baresip\(user)")
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            let account =
                "<sip:user\(user)@voice.test>;auth_user=user\(user);auth_pass=pw\(user);"
                + "outbound=\"sip:\(Namespaces.outsideAddress):5060\";regint=600\(parameters)\n"
            let files = [
                "config": """
                sip_listen \(address)
                audio_player aubridge,nil
                audio_source aubridge,nil
                audio_alert aubridge,nil
                module_path /usr/lib/baresip/modules
                module g711.so
                module aubridge.so
                module_tmp account.so
                module_app menu.so

                """,
                "accounts": account, "contacts": "",
            ]
            for (name, text) in files {
                try text.write(toFile: path + "/" + name, atomically: false, encoding: .utf8)
            }
            return try net.start("baresip", ["-f", path] + arguments, place)
        }

        /// Time is what this is about: the router forgets by the clock.
        private func wait(for seconds: Int) throws {
            let deadline = Deadline(Double(seconds))
            while !deadline.hasPassed { poll(nil, 0, deadline.milliseconds) }
        }
    }
}
