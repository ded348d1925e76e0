import Foundation
import Glibc

/// The `sipd` that was built beside these tests.
package struct Sipd: TestedProxy {
    package let process: ChildProcess
    /// Where it listens on 127.0.0.1.
    package let port: UInt16

    /// Where the binary is: in the folder of the test bundle.
    package static let path: String = {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let candidates = [CommandLine.arguments.first, own] + bundlePaths.map { $0 }
        for case let candidate? in candidates {
            let path = URL(filePath: candidate).deletingLastPathComponent().appending(path: "sipd")
                .path()
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        return "sipd"
    }()

    /// `--test-bundle-path` of the runner that loads a bundle instead of being one.
    private static var bundlePaths: [String?] {
        zip(CommandLine.arguments, CommandLine.arguments.dropFirst()).map { flag, value in
            flag == "--test-bundle-path" ? value : nil
        }
    }

    /// Starts `sipd run` on a free port of 127.0.0.1 and waits until it listens.
    ///
    /// - Parameter database: nil for a file in the folder.
    package init(
        _ folder: TemporaryFolder, _ arguments: [String] = [], database: String? = nil,
        environment: [String: String] = [:]
    ) throws {
        try self.init(
            try Self.start(folder, arguments, database: database, environment: environment))
    }

    /// Starts `sipd run`, as ``init(_:_:database:environment:)`` does, and waits for nothing.
    package static func start(
        _ folder: TemporaryFolder, _ arguments: [String] = [], database: String? = nil,
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        // Beside a file they are where we want them; a server has no folder, and several may run on it.
        let places =
            database == nil
            ? [:]
            : [
                "SIPD_KEY_FILE": folder.path("sipd.key"),
                "SIPD_CONTROL": folder.path("\(UUID().uuidString).control"),
            ]
        return try ChildProcess(
            path,
            [
                "run", "--listen", "udp:127.0.0.1:0", "--domain", "voice.test", "--database",
                database ?? folder.database,
            ]
                + arguments,
            environment: environment.merging(places) { own, _ in own })
    }

    /// Waits until it listens.
    package init(_ process: ChildProcess) throws {
        self.process = process
        let line = try process.line(of: .error) { $0.contains("address=udp:127.0.0.1:") }
        let address = line.split(separator: " ").first { $0.hasPrefix("address=udp:") } ?? ""
        port = try UInt16(address.split(separator: ":").last ?? "").orThrow("no port in: \(line)")
    }

    /// Where it listens beside that.
    ///
    /// - Parameter listener: transport and address: `tls:[::1]`.
    package func port(of listener: String) throws -> UInt16 {
        let key = " address=\(listener):"
        let line: String
        if let known = process.written(to: .error).split(separator: "\n").first(where: {
            $0.contains(key)
        }) {
            line = String(known)
        } else {
            line = try process.line(of: .error) { $0.contains(key) }
        }
        let number = try line.split(separator: key).last.orThrow(line)
        return try UInt16(number.prefix { $0.isNumber }).orThrow("no port in: \(line)")
    }

    /// Ends it as a service manager does.
    package func stop() throws -> ChildProcess.End {
        process.signal(SIGTERM)
        return try process.wait()
    }

    /// Runs a command to its end.
    package static func run(
        _ arguments: [String], input: String? = nil, in folder: TemporaryFolder,
        environment: [String: String] = [:]
    ) throws -> (code: ChildProcess.End, output: String, error: String) {
        var file = "/dev/null"
        if let input {
            file = folder.path("input")
            try input.write(toFile: file, atomically: false, encoding: .utf8)
        }
        let process = try ChildProcess(path, arguments, input: file, environment: environment)
        let end = try process.wait(within: 120)
        return (end, process.written(to: .standard), process.written(to: .error))
    }

    /// Makes accounts user0, user1 … with passwords pw0, pw1 ….
    package static func makeAccounts(
        _ count: Int, in folder: TemporaryFolder, database: String? = nil
    ) throws {
        let lines = (0..<count).map { "user\($0)@voice.test,pw\($0)\n" }.joined()
        let result = try run(
            ["user", "import", "-", "--database", database ?? folder.database], input: lines,
            in: folder)
        guard result.code == .exit(0) else { throw ChildProcess.Trouble(description: result.error) }
    }
}

extension Optional {
    package func orThrow(_ what: String) throws -> Wrapped {
        guard let self else { throw ChildProcess.Trouble(description: what) }
        return self
    }
}
