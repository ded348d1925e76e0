import Foundation
package import SIPMariaDB
import Synchronization
import TestPrograms

/// A MariaDB server of the tests' own: a temporary folder, a UNIX socket, and a port that was free a moment ago.
///
/// It ends when this process ends, however it ends: a shell waits for the end of its input, which is a pipe from here, and
/// then ends the server and removes the folder.
package final class DatabaseServer: Sendable {
    /// The one that the tests share; each makes its own database on it.
    package static let shared: DatabaseServer = start()

    package let folder: String
    package let port: UInt16
    private let running = Mutex<Running>(Running())
    private let guardian: Guardian

    private struct Running: @unchecked Sendable {
        var server: Process?
    }

    package var socket: String { folder + "/db.sock" }

    /// - Parameter options: for `mariadbd`.
    package static func start(_ options: [String] = []) -> DatabaseServer {
        do { return try DatabaseServer(options) } catch {
            preconditionFailure("no database server for the tests: \(error)")
        }
    }

    /// - Parameters:
    ///   - options: for `mariadbd`.
    ///   - launches: false leaves it to ``launch(_:)``.
    package init(_ options: [String] = [], launches: Bool = true) throws {
        folder = FileManager.default.temporaryDirectory.path + "/sip-mariadb-\(UUID().uuidString)"
        port = try freePort()
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        guardian = try Guardian(folder)
        try run(
            [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-keyout", "\(folder)/key.pem", "-out", "\(folder)/cert.pem",
            ])
        let user = getuid() == 0 ? ["--user=mysql"] : []
        if getuid() == 0 { try run(["chown", "-R", "mysql", folder]) }
        try run(
            [
                "mariadb-install-db", "--no-defaults", "--skip-test-db", "--datadir=\(folder)/data",
                // Servers that are made at the same moment remove each other's files from a folder that they share.
                "--tmpdir=\(folder)", "--innodb-log-file-size=16M",
                "--auth-root-authentication-method=normal",
            ] + user)
        if launches { try launch(options) }
    }

    deinit { kill() }

    /// Starts the server on its folder, again after ``stop()`` or ``kill()``.
    package func launch(_ options: [String] = []) throws {
        let user = getuid() == 0 ? ["--user=mysql"] : []
        let server = Process()
        server.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        server.environment = environment
        server.arguments =
            [
                "mariadbd", "--no-defaults", "--datadir=\(folder)/data", "--socket=\(socket)",
                "--port=\(port)", "--bind-address=127.0.0.1", "--pid-file=\(folder)/pid",
                "--ssl-cert=\(folder)/cert.pem", "--ssl-key=\(folder)/key.pem",
                "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M",
                "--tmpdir=\(folder)", "--skip-name-resolve", "--max-connections=5000",
                "--log-error=\(folder)/log.err",
            ] + user + options
        server.standardInput = FileHandle.nullDevice
        server.standardOutput = FileHandle.nullDevice
        server.standardError = FileHandle.nullDevice
        try server.run()
        try "\(server.processIdentifier)".write(
            toFile: folder + "/child", atomically: true, encoding: .utf8)
        running.withLock { $0.server = server }
        let end = Date() + 60
        while (try? query("SELECT 1")) == nil {
            guard server.isRunning, Date() < end else {
                throw Failure("mariadbd did not start; see \(folder)/log.err")
            }
            // Another process: it tells nobody when it is ready, so it is asked.
            usleep(50_000)
        }
    }

    /// Ends the server as an operator would.
    package func stop() { end(SIGTERM) }

    /// Ends the server at once, as a power cut would.
    package func kill() { end(SIGKILL) }

    /// Whatever was done to the server before: it runs, and as it was started.
    package func recover() throws {
        thaw()
        if (try? query("SELECT 1")) == nil {
            kill()
            try launch()
        }
        try query(
            "SET GLOBAL read_only = 0; SET GLOBAL wait_timeout = 28800; DROP USER IF EXISTS app@localhost"
        )
    }

    /// Makes the server hang. The signal is under way for a moment, in which threads still answer: returns when each one stands still.
    package func freeze() {
        signal(SIGSTOP)
        let end = Date() + 10
        // The kernel tells nobody when the last thread has stopped, so it is asked. A test that goes on too early fails on its own.
        while Date() < end, !threads.allSatisfy({ $0 == "T" }) { usleep(1000) }
    }

    /// The states of the server's threads (proc(5)); none when it does not run.
    private var threads: [Substring] {
        guard let process = running.withLock({ $0.server?.processIdentifier }) else { return [] }
        let tasks = "/proc/\(process)/task"
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        return numbers.compactMap { number in
            let line = try? String(contentsOfFile: "\(tasks)/\(number)/stat", encoding: .utf8)
            // The name before the state may hold anything, a parenthesis too.
            return line?.split(separator: ")").last?.split(separator: " ").first
        }
    }

    /// Makes the server go on.
    package func thaw() { signal(SIGCONT) }

    private func end(_ number: Int32) {
        thaw()
        signal(number)
        running.withLock { running in
            running.server?.waitUntilExit()
            running.server = nil
        }
        try? FileManager.default.removeItem(atPath: folder + "/child")
    }

    private func signal(_ number: Int32) {
        running.withLock { running in
            guard let server = running.server, server.isRunning else { return }
            Foundation.kill(server.processIdentifier, number)
        }
    }

    /// Executes statements by MariaDB's own client, and gives what it prints: a line a row, tabs between columns.
    @discardableResult
    package func query(_ sql: String, in database: String = "mysql") throws -> String {
        try run(
            [
                "mariadb", "--no-defaults", "-uroot", "-S", socket, "-N", "-B",
                "--default-character-set=binary", database,
            ], input: sql)
    }

    /// An empty database with a name of its own.
    package func makeDatabase(_ characterSet: String = "latin1") throws -> TestDatabase {
        let name = "t" + UUID().uuidString.replacing("-", with: "")
        try query("CREATE DATABASE \(name) CHARACTER SET \(characterSet)")
        return TestDatabase(server: self, name: name)
    }
}

extension DatabaseServer {
    /// A shell that waits for the end of its input, and then ends the server and removes its folder: also when the tests
    /// crash or are killed.
    private final class Guardian: Sendable {
        private let input = Pipe()

        init(_ folder: String) throws {
            let shell = Process()
            shell.executableURL = URL(fileURLWithPath: "/bin/sh")
            shell.arguments = [
                "-c",
                """
                read line; child=$(cat "$0/child" 2>/dev/null) && kill -9 "$child" && sleep 1; rm -rf "$0"
                """, folder,
            ]
            shell.standardInput = input
            shell.standardOutput = FileHandle.nullDevice
            shell.standardError = FileHandle.nullDevice
            try shell.run()
        }
    }

    /// MariaDB's own client, left running: what it locked stays locked until its end.
    package final class Session {
        private let process = Process()
        private let (input, output) = (Pipe(), Pipe())

        package init(on test: TestDatabase) throws {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [
                "mariadb", "--no-defaults", "-uroot", "-S", test.server.socket, "-N", "-B",
                "--unbuffered", test.name,
            ]
            process.standardInput = input
            process.standardOutput = output
            try process.run()
        }

        package func send(_ sql: String) throws {
            try input.fileHandleForWriting.write(contentsOf: Data("\(sql)\n".utf8))
        }

        /// The next line that it prints.
        package func line() throws -> String {
            var line = Data()
            while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data([10])
            {
                line += byte
            }
            return String(decoding: line, as: UTF8.self)
        }

        package func end() throws {
            try input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
    }
}

/// A database of one test.
package struct TestDatabase: Sendable {
    package let server: DatabaseServer
    package let name: String

    package init(server: DatabaseServer, name: String) {
        self.server = server
        self.name = name
    }

    package var url: DatabaseURL {
        DatabaseURL(
            hosts: [.socket(path: server.socket)], user: "root", password: .none, database: name)
    }

    package func open(
        _ settings: MariaDBSettings = MariaDBSettings(),
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) -> MariaDBDatabase {
        MariaDBDatabase(url, settings: settings, warn: warn)
    }

    /// A database with the current schema.
    package func create(
        _ settings: MariaDBSettings = MariaDBSettings(), withExtensions: Bool = false
    ) async throws -> MariaDBDatabase {
        let database = open(settings)
        _ = try await database.createSchema(withExtensions: withExtensions)
        return database
    }

    @discardableResult
    package func query(_ sql: String) throws -> String { try server.query(sql, in: name) }
}

package struct Failure: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// With the folders where Debian has servers.
private var environment: [String: String] {
    var environment = ProcessInfo.processInfo.environment
    environment["PATH"] = (environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    return environment
}

/// Runs a program and gives what it prints.
@discardableResult
package func run(_ command: [String], input: String = "") throws -> String {
    let program = try ChildProcess(
        "/usr/bin/env", command, input: nil, environment: environment)
    // Who can't reach its server ends before it has read; then it says why.
    try? program.say(input)
    program.endInput()
    guard try program.wait(within: 120) == .exit(0) else {
        throw Failure("\(command[0]): \(program.written(to: .error))")
    }
    return program.written(to: .standard)
}

private func freePort() throws -> UInt16 { try bindPort(0) }

/// Takes a port for a moment; 0: the system chooses.
func bindPort(_ port: UInt16) throws -> UInt16 {
    let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    address.sin_port = port.bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            bind(socket, address, length) == 0 ? getsockname(socket, address, &length) : -1
        }
    }
    guard status == 0 else { throw Failure("no free port") }
    return UInt16(bigEndian: address.sin_port)
}
