import SIPAuth
import SIPCore
import SIPProxy
import Testing

/// A core with a listener of each transport and family, and what it wants sent.
private struct CoreOfAllSides: ~Copyable {
    private let hashKey = HashKey(3, 4)
    private let site: Site
    private var core: ProxyCore

    static let v4 = IPAddress.v4(0xC000_0201)
    static let v6 = IPAddress.v6(high: 0x2001_0DB8_0000_0000, low: 1)

    init() throws {
        let listeners = [CoreOfAllSides.v4, CoreOfAllSides.v6].flatMap { address in
            [Transport.udp, .tcp, .tls, .ws, .wss].map { transport in
                let port = CoreOfAllSides.port(of: transport)
                return Listener(
                    bound: Endpoint(transport, address, port: port),
                    advertisedHost: ByteSlice(CoreOfAllSides.host(address)), advertisedPort: port)
            }
        }
        site = Site(
            Responsibility(
                listeners: listeners, addresses: [CoreOfAllSides.v4, CoreOfAllSides.v6],
                domains: [try Host("voice.test")]),
            digest: try DigestAuthenticator(key: Array(1...32)),
            signature: DialogSignature(key: hashKey))
        core = ProxyCore(site: site, stripe: 0, hashKey: hashKey, now: .zero)
    }

    static func port(of transport: Transport) -> UInt16 {
        switch transport {
        case .udp, .tcp: 5060
        case .tls: 5061
        case .ws: 8080
        case .wss: 8443
        }
    }

    static func host(_ address: IPAddress) -> String {
        if case .v4 = address { "\(address)" } else { "[\(address)]" }
    }

    /// How our Record-Route for somebody's side begins.
    static func route(toward peer: Endpoint) -> String {
        let own = if case .v4 = peer.address { v4 } else { v6 }
        let parameter = peer.transport == .udp ? "" : ";transport=\(peer.transport)"
        return "<sip:\(host(own)):\(port(of: peer.transport))\(parameter);lr;r2=on;sig="
    }

    /// Has a request routed: to a contact, or, inside of the dialog, where its Route says.
    ///
    /// - Returns: the header lines of the copy.
    mutating func relay(
        _ lines: [String], from source: Endpoint, to contact: Endpoint?
    ) throws -> [String] {
        let text = (lines + ["Content-Length: 0", "", ""]).joined(separator: "\r\n")
        let listener = try #require(
            site.listeners.firstIndex {
                $0.bound.transport == source.transport
                    && CoreOfAllSides.isSameFamily($0.bound.address, source.address)
            })
        let (input, _) = try #require(
            Input.message(
                try SIPMessage(Array(text.utf8)), from: source, on: listener, hashKey: hashKey,
                stripes: 1))
        guard case .route(let arrival)? = core.receive(input, at: .zero).first else { return [] }
        var request = RoutedRequest(
            arrival, site: site, time: UnixTime(seconds: 1), random: 1,
            effects: RouteEffects(provisional: { _, _ in }, event: { _ in }))
        request.recordRoute()
        request.edits.isProven = true
        let action: Action
        if let contact {
            let uri = try URI("sip:bob@\(CoreOfAllSides.host(contact.address)):5060")
            action = .relay(to: Contacts([Target(uri: uri, destination: contact)]))
        } else {
            action = .relay(in: try #require(try request.followRoute()))
        }
        for output in core.receive(.routed(request, action), at: .zero) {
            guard case .send(let bytes, _, _, _?) = output else { continue }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
        }
        return []
    }

    private static func isSameFamily(_ left: IPAddress, _ right: IPAddress) -> Bool {
        switch (left, right) {
        case (.v4, .v4), (.v6, .v6): true
        default: false
        }
    }
}

@Suite("two Record-Routes (RFC 5658)") struct DoubleRouteTests {
    /// Where the two sides of a call are.
    struct Sides: CustomTestStringConvertible, Sendable {
        let caller: Transport
        let callee: Transport
        var testDescription: String { "\(caller) to \(callee)" }
    }

    private static let every: [Transport] = [.udp, .tcp, .tls, .ws, .wss]

    static let sides = every.flatMap { caller in
        every.map { Sides(caller: caller, callee: $0) }
    }

    private static let near = IPAddress.v4(0xCB00_7142)
    private static let far = IPAddress.v6(high: 0x2001_0DB8_0000_0000, low: 9)

    @Test(
        "stand in a call between any two transports, each for its side",
        arguments: sides.filter { $0.caller != $0.callee })
    func transports(sides: Sides) throws {
        try call(
            from: Endpoint(sides.caller, Self.near, port: 40_000),
            to: Endpoint(sides.callee, .v4(0xC633_6407), port: 50_000))
    }

    @Test("stand in a call between IPv4 and IPv6, over whatever transports", arguments: sides)
    func families(sides: Sides) throws {
        try call(
            from: Endpoint(sides.caller, Self.near, port: 40_000),
            to: Endpoint(sides.callee, Self.far, port: 50_000))
        try call(
            from: Endpoint(sides.caller, Self.far, port: 40_000),
            to: Endpoint(sides.callee, Self.near, port: 50_000))
    }

    /// An INVITE, and a BYE from either side.
    private func call(from caller: Endpoint, to callee: Endpoint) throws {
        var core = try CoreOfAllSides()
        let invite = try core.relay(
            request("INVITE", "sip:bob@voice.test", caller, tags: ("f", nil)), from: caller,
            to: callee)
        let routes = invite.filter { $0.hasPrefix("Record-Route: ") }.map {
            String($0.dropFirst(14))
        }
        try #require(routes.count == 2)
        // The topmost is for the callee's side.
        #expect(routes[0].hasPrefix(CoreOfAllSides.route(toward: callee)), "\(routes)")
        #expect(routes[1].hasPrefix(CoreOfAllSides.route(toward: caller)), "\(routes)")

        // The caller's route set is in reverse order. Both entries are taken off, whoever sends the BYE.
        for (source, set, tags) in [
            (caller, Array(routes.reversed()), ("f", "t")), (callee, routes, ("t", "f")),
        ] {
            let bye = try core.relay(
                request("BYE", "sip:x@192.0.2.200:5060", source, tags: tags)
                    + set.map { "Route: \($0)" }, from: source, to: nil)
            #expect(bye.first?.hasPrefix("BYE ") == true)
            #expect(!bye.contains { $0.hasPrefix("Route:") })
        }
    }

    private func request(
        _ method: String, _ uri: String, _ source: Endpoint, tags: (from: String, to: String?)
    ) -> [String] {
        [
            "\(method) \(uri) SIP/2.0",
            "Via: SIP/2.0/\("\(source.transport)".uppercased()) x.test;branch=z9hG4bK"
                + "\(method)\(tags.from)",
            "From: <sip:alice@voice.test>;tag=\(tags.from)",
            "To: <sip:bob@voice.test>" + (tags.to.map { ";tag=\($0)" } ?? ""), "Call-ID: 1",
            "CSeq: 1 \(method)", "Max-Forwards: 70", "Contact: <sip:x@x.test>",
        ]
    }
}
