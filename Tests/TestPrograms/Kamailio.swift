import Foundation
import Glibc

/// A Kamailio on a free UDP port.
package struct Kamailio: TestedProxy {
    package let process: ChildProcess
    package let port: UInt16

    /// Debian's kamailio and kamailio-mysql-modules; `make test` installs them.
    package static let isInstalled: Bool = {
        let modules = (try? FileManager.default.subpathsOfDirectory(atPath: "/usr/lib")) ?? []
        return modules.contains { $0.hasSuffix("kamailio/modules/db_mysql.so") }
    }()

    /// Starts it, and waits until it listens.
    ///
    /// - Parameters:
    ///   - configuration: the file; it listens on `PORT`.
    ///   - definitions: what else the file leaves open, `NAME` or `NAME=VALUE`, given the port.
    package init(
        _ folder: TemporaryFolder, configuration: String, _ definitions: (UInt16) -> [String]
    ) throws {
        port = try UDPClient.freePort()
        let runs = folder.path("kamailio-\(port)")
        try FileManager.default.createDirectory(
            atPath: runs, withIntermediateDirectories: true)
        process = try ChildProcess(
            "kamailio",
            [
                "-DD", "-E", "-f", configuration, "-A", "PORT=\(port)", "-P", runs + "/pid", "-w",
                runs, "-Y", runs, "-m", "64", "-M", "8",
            ] + definitions(port).flatMap { ["-A", $0] }, environment: Self.environment)
        try UDPClient.waitUntilTaken(port, within: 30)
    }

    /// Ends it as a service manager does.
    ///
    /// Kamailio 5.6 now and then hangs then: one of its processes is told to end while it has a lock, and waits for itself.
    package func stop() throws -> ChildProcess.End {
        process.signal(SIGTERM)
        if let end = try? process.wait(within: 5) { return end }
        let children = try String(
            contentsOfFile: "/proc/\(process.pid)/task/\(process.pid)/children", encoding: .utf8)
        for child in children.split(separator: " ").compactMap({ pid_t($0) }) {
            kill(child, SIGKILL)
        }
        return try process.wait()
    }

    /// With the folders where Debian has servers.
    package static var environment: [String: String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return ["PATH": path + ":/usr/sbin:/sbin"]
    }
}
