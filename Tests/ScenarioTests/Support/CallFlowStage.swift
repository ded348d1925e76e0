import Logging
import SIPCore
import SIPDNS
import SIPProxy
import SIPTesting
import SIPTransaction
import Testing

/// Where a flow of RFC 3665 takes place.
protocol CallFlowStage: AnyObject {
    /// What everybody is on; it records what all of them send.
    var network: VirtualNetwork { get }
    /// The address whose last number is zero: that of the RFC is 192.0.2.0.
    var base: IPAddress { get }
    /// Everybody's port.
    var port: UInt16 { get }
    /// Opens a proxy that serves a domain, knows the others by name, and trusts them.
    func open(_ proxy: CallFlowParty, _ domain: String, _ route: CallFlowRoute) async throws
    /// Lets time pass until something is so; false when it never is.
    func comes(_ isSo: () -> Bool) async -> Bool
    /// Lets all time run out, and checks that nothing is left.
    func end() async throws
}

extension CallFlowStage {
    func endpoint(of party: CallFlowParty) -> Endpoint {
        guard case .v4(let bits) = base else { return Endpoint(.udp, base, port: port) }
        return Endpoint(.udp, .v4(bits + party.last), port: port)
    }

    /// Everybody's address, by the names that stand in URIs: a domain is where its proxy is.
    fileprivate var names: [String: Endpoint] {
        var names: [String: Endpoint] = [:]
        for party in CallFlowParty.all {
            names[party.host] = endpoint(of: party)
            if let domain = party.domain, party.name != "Redirect Server" {
                names[domain] = endpoint(of: party)
            }
        }
        return names
    }

    fileprivate var trusted: [IPAddress] {
        CallFlowParty.all.map { endpoint(of: $0).address }
    }
}

/// The virtual network, with the RFC's own addresses.
final class VirtualCallFlow: CallFlowStage {
    let network = VirtualNetwork()
    let base = IPAddress.v4(0xC000_0200)
    let port: UInt16 = 5060
    private var sites: [VirtualSite] = []

    func open(_ proxy: CallFlowParty, _ domain: String, _ route: CallFlowRoute) async throws {
        var setup = VirtualSite.Setup()
        setup.name = proxy.name
        setup.address = endpoint(of: proxy).address
        setup.host = proxy.host
        setup.domains = [domain]
        setup.trustedPeers = Set(trusted)
        let site = try VirtualSite(setup, on: network, router: route)
        site.names = names.mapValues { [$0.address] }
        sites.append(site)
    }

    func comes(_ isSo: () -> Bool) async -> Bool {
        for _ in 0..<400 where !isSo() { await network.clock.run(for: .milliseconds(100)) }
        return isSo()
    }

    func end() async throws {
        for site in sites {
            let left = await site.finish()
            #expect(left.isEmpty, "\(site.setup.name): \(left)")
        }
    }
}

/// Proxies and phones on the loopback interface, at 127.x.y.0 instead of 192.0.2.0.
///
/// Everybody's address has a socket of the test's, which for a proxy stands before the proxy's own: so what proxies send to each other
/// is seen.
final class SocketCallFlow: CallFlowStage {
    var network: VirtualNetwork { sockets.network }
    let base: IPAddress
    let port: UInt16
    private let sockets: LoopbackSockets
    private let timers: TimerValues
    private var proxies: [Proxy] = []

    /// - Parameter timers: of the proxies.
    init(_ timers: TimerValues) throws {
        self.timers = timers
        for _ in 0..<1000 {
            if let (sockets, base, port) = try? Self.openAll() {
                (self.sockets, self.base, self.port) = (sockets, base, port)
                return
            }
        }
        throw AddressTaken(endpoint: Endpoint(.udp, .v4(0x7F00_0000), port: 0))
    }

    /// Takes a network and a port that are free for everybody.
    private static func openAll() throws -> (LoopbackSockets, IPAddress, UInt16) {
        // Of one digit each, so that it is as long as the RFC's.
        let base = 0x7F00_0000 | UInt32.random(in: 1...9) << 16 | UInt32.random(in: 0...9) << 8
        let sockets = LoopbackSockets()
        var port: UInt16?
        for party in [.stranger] + CallFlowParty.all {
            port = try sockets.open(.v4(base + party.last), port: port).port
        }
        return (sockets, .v4(base), port ?? 0)
    }

    func open(_ party: CallFlowParty, _ domain: String, _ route: CallFlowRoute) async throws {
        let face = endpoint(of: party)
        var settings = ProxySettings(listen: [.udp(face.address, port: 0)], domains: [domain])
        settings.advertisedHosts = [0: "\(party.host):\(port)"]
        settings.resolver = FixedNames(names: names)
        settings.trustedPeers = trusted
        settings.timers = timers
        settings.eventLoops = 1
        settings.logger.logLevel = .critical
        let proxy = Proxy(settings, router: route)
        try await proxy.start()
        proxies.append(proxy)
        sockets.put(face, before: try #require(proxy.addresses.first))
    }

    func comes(_ isSo: () -> Bool) async -> Bool { await sockets.comes(isSo) }

    func end() async throws {
        let isQuiet = await comes {
            proxies.allSatisfy { $0.load.transactions + $0.load.timers == 0 }
        }
        #expect(isQuiet, "transactions or timers are left")
        for proxy in proxies { await proxy.stop() }
    }
}

/// Names of a table's, and addresses as they stand.
private struct FixedNames: Resolver {
    let names: [String: Endpoint]

    func destinations(of server: ServerQuery, random: UInt64) async throws(ResolutionError)
        -> [Endpoint]
    {
        if let known = names[String(server.host)] { return [known] }
        guard let address = IPAddress(server.host) else { return [] }
        return [Endpoint(.udp, address, port: server.port ?? 5060)]
    }

    func setAside(_ destination: Endpoint, for time: Duration?) {}
}
