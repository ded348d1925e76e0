import Foundation

/// Three servers that are one database: a Galera cluster on loopback.
package final class GaleraCluster: Sendable {
    /// The library that makes one of several servers; nil when Debian's package `galera-4` is not installed.
    package static let provider: String? = [
        "/usr/lib/galera/libgalera_smm.so", "/usr/lib64/galera/libgalera_smm.so",
    ].first(where: FileManager.default.fileExists)

    package let nodes: [DatabaseServer]

    /// Starts the nodes, one after the other: each copies what the first has.
    ///
    /// - Parameter patience: the seconds after which a silent node counts as lost.
    package init(size: Int = 3, patience: Int = 1) throws {
        guard let provider = Self.provider else { throw Failure("no Galera library") }
        nodes = try (0..<size).map { _ in try DatabaseServer(launches: false) }
        let name = "sip-\(UInt64.random(in: .min ... .max))"
        let ports = try nodes.map { _ in try Ports() }
        let addresses = ports.map { "127.0.0.1:\($0.group)" }.joined(separator: ",")
        for (index, node) in nodes.enumerated() {
            try node.launch(
                [
                    "--wsrep-on=ON", "--wsrep-provider=\(provider)",
                    "--wsrep-cluster-name=\(name)",
                    "--wsrep-cluster-address=gcomm://\(addresses)",
                    "--wsrep-node-address=127.0.0.1:\(ports[index].group)",
                    "--wsrep-sst-method=rsync",
                    "--wsrep-sst-receive-address=127.0.0.1:\(ports[index].copies)",
                    "--wsrep-provider-options=\(Self.options(ports[index], patience))",
                    "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2",
                ] + (index == 0 ? ["--wsrep-new-cluster"] : []))
            try node.wait(until: "wsrep_local_state_comment", is: "Synced")
        }
    }

    /// A database on all nodes.
    package func makeDatabase() throws -> TestDatabase { try nodes[nodes.count - 1].makeDatabase() }

    /// A node's own ports, besides that for clients.
    private struct Ports {
        let group: UInt16
        let changes: UInt16
        let copies: UInt16

        init() throws {
            group = try lastingPort()
            changes = try lastingPort()
            copies = try lastingPort()
        }
    }

    private static func options(_ ports: Ports, _ patience: Int) -> String {
        [
            "base_host=127.0.0.1", "base_port=\(ports.group)",
            "gmcast.listen_addr=tcp://127.0.0.1:\(ports.group)",
            "ist.recv_addr=127.0.0.1:\(ports.changes)", "gcache.size=16M", "pc.recovery=false",
            "evs.keepalive_period=PT0.2S", "evs.inactive_check_period=PT0.1S",
            "evs.suspect_timeout=PT\(patience)S", "evs.inactive_timeout=PT\(3 * patience)S",
            "evs.install_timeout=PT\(3 * patience)S",
        ].joined(separator: ";")
    }
}

extension DatabaseServer {
    /// Waits until the server's status says so.
    ///
    /// - Throws: `Failure` after a minute.
    package func wait(until variable: String, is value: String) throws {
        let end = Date() + 60
        while try query("SHOW STATUS LIKE '\(variable)'") != "\(variable)\t\(value)\n" {
            guard Date() < end else {
                throw Failure("\(variable) is not \(value); see \(folder)/log.err")
            }
            // Another process: it tells nobody when it has changed, so it is asked.
            usleep(50_000)
        }
    }
}

/// A port that was free a moment ago, and that the system gives to nobody who lets it choose.
private func lastingPort() throws -> UInt16 {
    for _ in 0..<100 {
        let port = UInt16.random(in: 10_000..<32_000)
        if (try? bindPort(port)) != nil { return port }
    }
    throw Failure("no free port")
}
