import Foundation
import Glibc

/// Where phones can register and call: `sipd`, or a program that it is compared with.
protocol TestedProxy {
    /// On 127.0.0.1.
    var port: UInt16 { get }
}

/// Phones by SIPp: some answer calls on a port of their own, others register and call.
struct SIPp {
    private let folder: TemporaryFolder
    private let answering: UInt16
    private let phone: ChildProcess

    /// Starts the phones that answer.
    ///
    /// - Parameter answersOptions: whether they answer OPTIONS too.
    init(_ folder: TemporaryFolder, answersOptions: Bool = false) throws {
        self.folder = folder
        answering = try UDPClient.freePort()
        phone = try ChildProcess(
            "sipp", Self.arguments("answer", answering, folder) + (answersOptions ? ["-aa"] : []))
        do {
            try UDPClient.waitUntilTaken(answering, within: 30)
        } catch {
            phone.signal(SIGKILL)
            let end = try phone.wait()
            let written = phone.written(to: .standard) + phone.written(to: .error)
            throw ChildProcess.Trouble(description: "\(error), \(end): \(written.suffix(2_000))")
        }
    }

    /// Registers user0, user1 … where the phones answer.
    func register(_ count: Int, at server: some TestedProxy) throws -> Figures {
        let users = (0..<count).map { "user\($0);\(credentials($0));\(answering);\n" }
        return try run("register", users, server)
    }

    /// As many calls: the first of those above `count` calls user0, the second user1 ….
    func call(_ count: Int, at server: some TestedProxy) throws -> Figures {
        let users = (count..<2 * count).map {
            "user\($0);\(credentials($0));user\($0 - count);\n"
        }
        return try run("call", users, server)
    }

    /// Where they answer, on 127.0.0.1.
    var port: UInt16 { answering }

    /// So many calls of one user to one other.
    func call(
        _ count: Int, to callee: String, as user: Int, at server: some TestedProxy
    ) throws -> Figures {
        let call = "user\(user);\(credentials(user));\(callee);\n"
        return try run("call", Array(repeating: call, count: count), server)
    }

    /// Ends the phones that answer, and says what they did.
    func end() throws -> Figures {
        phone.signal(SIGUSR1)  // SIPp's own way to end
        try phone.wait()
        return try Figures(folder.path("answer-figures.csv"))
    }

    /// Ends the phones at once: those that wait for a call after OPTIONS wait for ever.
    func kill() throws {
        phone.signal(SIGKILL)
        try phone.wait()
    }

    private func run(_ scenario: String, _ users: [String], _ server: some TestedProxy) throws
        -> Figures
    {
        let file = folder.path(scenario + ".csv")
        try ("SEQUENTIAL\n" + users.joined()).write(
            toFile: file, atomically: false, encoding: .utf8)
        let sipp = try ChildProcess(
            "sipp",
            Self.arguments(scenario, try UDPClient.freePort(), folder) + [
                "127.0.0.1:\(server.port)", "-inf", file, "-r", "100", "-m", "\(users.count)",
                "-timeout", "60", "-d", "10",
            ])
        let end = try sipp.wait(within: 90)
        guard end == .exit(0) else {
            let written = sipp.written(to: .standard).suffix(2_000)
            throw ChildProcess.Trouble(description: "\(scenario): \(end): \(written)")
        }
        return try Figures(folder.path(scenario + "-figures.csv"))
    }

    private func credentials(_ user: Int) -> String {
        "[authentication username=user\(user) password=pw\(user)]"
    }

    /// The folder with the scenarios.
    static let lab = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Benchmarks/Lab")

    private static func arguments(
        _ scenario: String, _ port: UInt16, _ folder: TemporaryFolder
    ) -> [String] {
        [
            "-sf", lab.appending(path: "\(scenario).xml").path(), "-i", "127.0.0.1",
            "-p", "\(port)", "-nostdin", "-trace_stat", "-stf",
            folder.path(scenario + "-figures.csv"), "-fd", "1",
        ]
    }
}

/// The last row of SIPp's statistics.
struct Figures: Equatable {
    let ok: Int
    let failed: Int
    let retransmissions: Int

    /// Nothing failed, and nothing was sent twice.
    init(ok: Int) {
        self.ok = ok
        failed = 0
        retransmissions = 0
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
