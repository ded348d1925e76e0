import Foundation
import Glibc
import TestPrograms

/// A phone's network behind a router that masquerades, and the world outside: three network namespaces, which end with this.
///
/// Outside is 198.51.100.1; the router has 198.51.100.2 and 192.168.77.1, and forgets UDP after ``timeout`` seconds; the phone is
/// 192.168.77.5.
final class Namespaces {
    /// Seconds after which the router forgets a mapping.
    static let timeout = 3
    static let outsideAddress = "198.51.100.1"
    /// Processes that do nothing but hold a namespace each.
    private let holders: [ChildProcess]

    enum Place: Int {
        case outside, router, inside
    }

    /// Why there are none here; nil when there are.
    static let obstacle: String? = {
        guard geteuid() == 0 else { return "network namespaces need root" }
        for tool in ["unshare", "nsenter", "ip", "nft"] where !isInstalled(tool) {
            return "\(tool) is not installed"
        }
        do {
            _ = try Namespaces()
            return nil
        } catch {
            return "no masquerading between network namespaces here: \(error)"
        }
    }()

    static func isInstalled(_ tool: String) -> Bool {
        ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/usr/local/bin/"].contains {
            FileManager.default.isExecutableFile(atPath: $0 + tool)
        }
    }

    init() throws {
        holders = try (0..<3).map { _ in try ChildProcess("unshare", ["-n", "sleep", "600"]) }
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
        let deadline = Deadline(10)
        for holder in holders {
            // unshare(1) becomes sleep(1) once the namespace is there.
            while Self.namespace(of: holder.pid) ?? own == own {
                guard !deadline.hasPassed else {
                    throw ChildProcess.Trouble(description: "unshare -n is not allowed")
                }
                poll(nil, 0, 10)
            }
        }
        try connect()
    }

    private static func namespace(of pid: pid_t) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/net")
    }

    private func connect() throws {
        func pid(_ place: Place) -> String { "\(holders[place.rawValue].pid)" }
        for place in [Place.outside, .router, .inside] { try run("ip link set lo up", place) }
        try run("ip link add name wan0 type veth peer name wan1 netns \(pid(.router))", .outside)
        try run("ip addr add \(Self.outsideAddress)/24 dev wan0", .outside)
        try run("ip link set wan0 up", .outside)
        try run("ip addr add 198.51.100.2/24 dev wan1", .router)
        try run("ip link set wan1 up", .router)
        try run("ip link add name lan0 type veth peer name lan1 netns \(pid(.inside))", .router)
        try run("ip addr add 192.168.77.1/24 dev lan0", .router)
        try run("ip link set lan0 up", .router)
        try run("ip addr add 192.168.77.5/24 dev lan1", .inside)
        try run("ip link set lan1 up", .inside)
        try run("ip route add default via 192.168.77.1", .inside)
        try run("echo 1 > /proc/sys/net/ipv4/ip_forward", .router)
        try run("nft add table ip nat", .router)
        try run(
            "nft 'add chain ip nat out { type nat hook postrouting priority 100 ; }'", .router)
        try run("nft add rule ip nat out oifname wan1 masquerade", .router)
        let conntrack = "/proc/sys/net/netfilter/nf_conntrack_udp_timeout"
        for file in [conntrack, conntrack + "_stream"] {
            try run("echo \(Self.timeout) > \(file)", .router)
        }
    }

    /// Runs a shell's line there to its end.
    func run(_ line: String, _ place: Place) throws {
        let process = try start("sh", ["-c", line], place)
        guard try process.wait() == .exit(0) else {
            throw ChildProcess.Trouble(
                description: "\(line): \(process.written(to: .error).prefix(200))")
        }
    }

    /// Starts a program there.
    func start(
        _ program: String, _ arguments: [String], _ place: Place,
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        try ChildProcess(
            "nsenter",
            ["-t", "\(holders[place.rawValue].pid)", "-n", "--", program] + arguments,
            environment: environment)
    }
}
