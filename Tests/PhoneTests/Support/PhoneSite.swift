import Foundation
import Glibc
import SIPTransport
import TestPrograms
import Testing

/// Where a phone reaches the proxy.
struct Place: CustomStringConvertible, Sendable {
    let transport: String
    var isIPv6 = false

    static let udp = Place(transport: "udp")
    static let tcp = Place(transport: "tcp")
    static let tls = Place(transport: "tls")
    static let udp6 = Place(transport: "udp", isIPv6: true)
    static let tcp6 = Place(transport: "tcp", isIPv6: true)
    static let tls6 = Place(transport: "tls", isIPv6: true)

    var host: String { isIPv6 ? "[::1]" : "127.0.0.1" }
    var description: String { transport + (isIPv6 ? " over IPv6" : "") }
}

/// A sipd that listens in all places, with accounts user0, user1 … of voice.test.
final class PhoneSite {
    let folder: TemporaryFolder
    let certificates: Certificates
    /// What it shows over TLS.
    let identity: TLSSettings.Identity
    let sipd: Sipd

    /// - Parameter settings: more of them, by the names of their variables.
    init(_ settings: [String: String] = [:], accounts: Int = 4) throws {
        folder = try TemporaryFolder()
        certificates = try Certificates()
        identity = try certificates.make("DNS:voice.test,IP:127.0.0.1,IP:::1")
        let file = folder.path("sipd.yaml")
        try """
        tls: {certificates: [{chain: \(identity.chain), key: \(identity.key)}]}

        """.write(toFile: file, atomically: false, encoding: .utf8)
        try Sipd.makeAccounts(accounts, in: folder)
        let places = [
            "tcp:127.0.0.1", "tls:127.0.0.1", "wss:127.0.0.1", "udp:[::1]", "tcp:[::1]",
            "tls:[::1]",
        ]
        sipd = try Sipd(
            folder, ["--config", file] + places.flatMap { ["--listen", "\($0):0"] },
            environment: settings.merging(["SIPD_LOG_LEVEL": "debug"]) { own, _ in own })
    }

    func port(of place: Place) throws -> UInt16 {
        try sipd.port(of: "\(place.transport):\(place.host)")
    }

    /// Runs a test on it, and ends it; what went wrong says what it has logged.
    func run(_ test: (PhoneSite) throws -> Void) throws {
        do {
            try test(self)
        } catch {
            sipd.process.signal(SIGTERM)
            try sipd.process.wait()
            throw ChildProcess.Trouble(
                description: "\(error)\n\(sipd.process.written(to: .error))")
        }
        #expect(try sipd.stop() == .exit(0))
    }
}
