import Foundation
import Glibc
import Testing

extension Loopback {
    /// Debian's sip-tester; `make test` installs it.
    static let hasSIPp = ["/usr/bin/sipp", "/usr/local/bin/sipp"].contains {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Suite("calls by SIPp", .enabled(if: hasSIPp))
    struct CallTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        @Test(
            "200 phones register and 100 of them call the others: nothing fails, nothing is sent twice"
        )
        func calls() throws {
            try Sipd.makeAccounts(200, in: folder)
            let sipd = try Sipd(folder)
            let answering = try UDPClient.freePort()
            let phone = try ChildProcess("sipp", arguments("answer", answering))
            try UDPClient.waitUntilTaken(answering, within: 30)
            let register = (0..<200).map { "user\($0);\(credentials($0));\(answering);\n" }
            try expectSuccess("register", register, sipd, count: 200)
            let call = (100..<200).map { "user\($0);\(credentials($0));user\($0 - 100);\n" }
            try expectSuccess("call", call, sipd, count: 100)
            phone.signal(SIGUSR1)  // SIPp's own way to end
            try phone.wait()
            #expect(try Figures(folder.path("answer-figures.csv")).retransmissions == 0)
            #expect(try sipd.stop() == .exit(0))
        }

        private func expectSuccess(
            _ scenario: String, _ users: [String], _ sipd: Sipd, count: Int
        ) throws {
            let file = folder.path(scenario + ".csv")
            try ("SEQUENTIAL\n" + users.joined()).write(
                toFile: file, atomically: false, encoding: .utf8)
            let sipp = try ChildProcess(
                "sipp",
                arguments(scenario, try UDPClient.freePort()) + [
                    "127.0.0.1:\(sipd.port)", "-inf", file, "-r", "100", "-m", "\(count)",
                    "-timeout", "60", "-d", "10",
                ])
            let end = try sipp.wait(within: 90)
            #expect(end == .exit(0), "\(sipp.written(to: .standard).suffix(2_000))")
            let figures = try Figures(folder.path(scenario + "-figures.csv"))
            #expect(figures == Figures(ok: count, failed: 0, retransmissions: 0))
        }

        private func credentials(_ user: Int) -> String {
            "[authentication username=user\(user) password=pw\(user)]"
        }

        private func arguments(_ scenario: String, _ port: UInt16) -> [String] {
            let lab = URL(filePath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "Benchmarks/Lab/\(scenario).xml")
                .path()
            return [
                "-sf", lab, "-i", "127.0.0.1", "-p", "\(port)", "-nostdin", "-trace_stat", "-stf",
                folder.path(scenario + "-figures.csv"), "-fd", "1",
            ]
        }
    }
}

/// The last row of SIPp's statistics.
struct Figures: Equatable {
    let ok: Int
    let failed: Int
    let retransmissions: Int

    init(ok: Int, failed: Int, retransmissions: Int) {
        self.ok = ok
        self.failed = failed
        self.retransmissions = retransmissions
    }

    init(_ path: String) throws {
        let rows = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let names = try rows.first.orThrow("no statistics").split(separator: ";")
        let values = try rows.last.orThrow("no statistics").split(separator: ";")
        let row = Dictionary(zip(names, values)) { first, _ in first }
        func number(_ name: Substring) throws -> Int {
            try row[name].flatMap { Int($0) }.orThrow("no \(name)")
        }
        ok = try number("SuccessfulCall(C)")
        failed = try number("FailedCall(C)")
        retransmissions = try number("Retransmissions(C)")
    }
}
