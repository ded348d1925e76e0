package import Foundation
import Glibc

/// Where phones can register and call: `sipd`, or a program that it is compared with.
package protocol TestedProxy {
    /// On 127.0.0.1.
    var port: UInt16 { get }
}

/// Phones by SIPp: some answer calls on a port of their own, others register and call.
package struct SIPp {
    /// How a phone sends: SIPp's `-t`.
    package enum Way: String, Sendable {
        case udp = "u1"
        /// All over one TCP connection.
        case tcp = "t1"
        /// Each call over a TCP connection of its own.
        case tcpEach = "tn"

        fileprivate var isTCP: Bool { self != .udp }
    }

    private let folder: TemporaryFolder
    private let answering: UInt16
    private let answeringWay: Way
    private let phone: ChildProcess

    /// Debian's sip-tester; `make test` installs it.
    package static let isInstalled = ["/usr/bin/sipp", "/usr/local/bin/sipp"].contains {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Starts the phones that answer.
    ///
    /// - Parameter answersOptions: whether they answer OPTIONS too.
    package init(
        _ folder: TemporaryFolder, over way: Way = .udp, answersOptions: Bool = false
    ) throws {
        self.folder = folder
        answeringWay = way
        answering = try way.freePort()
        phone = try ChildProcess(
            "sipp",
            Self.arguments("answer", answering, way, folder) + (answersOptions ? ["-aa"] : []))
        do {
            try UDPClient.waitUntilTaken(answering, in: way.isTCP ? "tcp" : "udp")
        } catch {
            let state = try String(contentsOfFile: "/proc/\(phone.pid)/status", encoding: .utf8)
                .split(separator: "\n").prefix(3).joined(separator: ", ")
            phone.signal(SIGKILL)
            try phone.wait()
            let written = phone.written(to: .standard) + phone.written(to: .error)
            throw ChildProcess.Trouble(
                description: "\(error); SIPp is: \(state); it wrote: \(written.suffix(2_000))")
        }
    }

    /// Registers user0, user1 … where the phones answer.
    ///
    /// - Parameter port: nil: the one of the server.
    package func register(
        _ count: Int, at server: some TestedProxy, over way: Way = .udp, port: UInt16? = nil
    ) throws -> Figures {
        let users = (0..<count).map { "user\($0);\(credentials($0));\(answering);\n" }
        return try run("register", users, way, port ?? server.port)
    }

    /// As many calls: the first of those above `count` calls user0, the second user1 ….
    ///
    /// - Parameter tunnel: a port that leads to the other one.
    package func call(
        _ count: Int, at server: some TestedProxy, over way: Way = .udp, port: UInt16? = nil,
        through tunnel: UInt16? = nil
    ) throws -> Figures {
        let users = (count..<2 * count).map {
            "user\($0);\(credentials($0));user\($0 - count);\n"
        }
        return try run("call", users, way, port ?? server.port, tunnel)
    }

    /// Where they answer, on 127.0.0.1.
    package var port: UInt16 { answering }

    /// So many calls of one user to one other.
    package func call(
        _ count: Int, to callee: String, as user: Int, at server: some TestedProxy
    ) throws -> Figures {
        let call = "user\(user);\(credentials(user));\(callee);\n"
        return try run("call", Array(repeating: call, count: count), .udp, server.port)
    }

    /// Ends the phones that answer, and says what they did.
    package func end() throws -> Figures {
        phone.signal(SIGUSR1)  // SIPp's own way to end
        try phone.wait()
        return try Figures(folder.path("answer-figures.csv"))
    }

    /// Ends the phones at once: those that wait for a call after OPTIONS wait for ever.
    package func kill() throws {
        phone.signal(SIGKILL)
        try phone.wait()
    }

    private func run(
        _ scenario: String, _ users: [String], _ way: Way, _ port: UInt16, _ tunnel: UInt16? = nil
    ) throws -> Figures {
        let file = folder.path(scenario + ".csv")
        try ("SEQUENTIAL\n" + users.joined()).write(
            toFile: file, atomically: false, encoding: .utf8)
        let sipp = try ChildProcess(
            "sipp",
            Self.arguments(scenario, try way.freePort(), way, folder) + [
                "127.0.0.1:\(tunnel ?? port)", "-auth_uri", "127.0.0.1:\(port)", "-inf", file, "-r",
                "100", "-m", "\(users.count)",
                "-timeout", "60", "-d", "10", "-key", "contact_transport",
                answeringWay.isTCP ? "tcp" : "udp",
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
    package static let lab = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Benchmarks/Lab")

    private static func arguments(
        _ scenario: String, _ port: UInt16, _ way: Way, _ folder: TemporaryFolder
    ) -> [String] {
        [
            "-sf", lab.appending(path: "\(scenario).xml").path(), "-i", "127.0.0.1", "-t",
            way.rawValue, "-max_socket", "1000", "-p", "\(port)", "-nostdin", "-trace_stat", "-stf",
            folder.path(scenario + "-figures.csv"), "-fd", "1",
        ]
    }
}

extension SIPp.Way {
    fileprivate func freePort() throws -> UInt16 {
        isTCP ? try TCPSocket.freePort() : try UDPClient.freePort()
    }
}

/// The last row of SIPp's statistics.
package struct Figures: Equatable {
    package let ok: Int
    package let failed: Int
    package let retransmissions: Int

    /// Nothing failed, and nothing was sent twice.
    package init(ok: Int) {
        self.ok = ok
        failed = 0
        retransmissions = 0
    }

    package init(_ path: String) throws {
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
