import SIPCore
import SIPDNS

/// Where a copy goes: its Request-URI and Route set as they will stand in it, and who gets it (RFC 3261 16.6 steps 2, 6 and 7).
package struct NextHop: Sendable {
    /// The Request-URI when it differs from the one received.
    let requestURI: ByteSlice?
    /// The Route set when it differs.
    let routes: [ByteSlice]?
    let destination: Destination
    /// Our own socket that it is reached from, when that is known.
    let local: Endpoint?
    /// Whether it is reached by the flow of our own Path (RFC 5626 5.3.1).
    let isOnPath: Bool
    /// Whether it is reached over a connection that is there, and over no other.
    let isConnected: Bool

    /// Whether the address is one that the phone's messages came from.
    let isKnown: Bool
    /// Whether it is a phone that is not where its Contact points.
    let isBehindNAT: Bool
    /// Whether it is a second try.
    private let isMoved: Bool

    enum Destination: Sendable {
        case endpoint(Endpoint)
        /// A name to look up (RFC 3263).
        case name(ServerQuery)
    }

    /// - Throws: a ``Rejection`` when there is no way to go: 416 for a scheme that is not SIP, 400 for a Route that is not one,
    ///   502 for a transport that we do not speak.
    package init(_ arrival: Arrival, edits: RequestEdits, target: Target?) throws(Rejection) {
        let target = target ?? edits.target
        var uri = target?.uri ?? edits.uri
        var routes = edits.routes
        if let path = target?.path, !path.isEmpty {
            // RFC 3327 5.3: the Path leads to the contact; it comes before what was left of the Route set.
            routes = path + (routes ?? arrival.request.routeValues)
        }

        let first = (routes ?? arrival.request.routeValues).first
        var hopURI = uri ?? arrival.essentials.uri
        if let first {
            let route = try NextHop.routeURI(first)
            if route.hasLooseRouting {
                hopURI = .sip(route)
            } else {
                // 16.6 step 6: a strict router wants its own URI on top, and the target at the end of the Route set.
                var rest = Array((routes ?? arrival.request.routeValues).dropFirst())
                rest.append(ByteSlice.angled((uri ?? arrival.essentials.uri).requestForm))
                routes = rest
                uri = .sip(route)
                hopURI = .sip(route)
            }
        }
        // A Route that is not the target's own leads to somebody else.
        isOnPath = edits.isOnPath && target == nil
        isBehindNAT = target?.destination?.transport.isReliable == false && first == nil
        isKnown = isOnPath || target?.destination != nil && first == nil
        isMoved = false
        let known = first == nil || target?.path.isEmpty == false ? target?.local : nil
        local = isOnPath || target == nil && first == nil ? edits.flow?.local : known
        requestURI = uri?.requestForm
        self.routes = routes
        if let source = target?.destination, first == nil {
            destination = .endpoint(source)
            isConnected = source.transport.isReliable
        } else if let flow = edits.flow, target == nil,
            first == nil && flow.isWay(to: hopURI) || isOnPath
        {
            destination = .endpoint(flow.remote)
            isConnected = flow.remote.transport.isReliable
        } else if let next = target?.nextHop, first == nil {
            destination = try NextHop.destination(of: next)
            isConnected = false
        } else {
            destination = try NextHop.destination(of: hopURI)
            isConnected = false
        }
        // RFC 3261 26.2.2: a SIPS URI is reached over TLS on every hop, or not at all.
        if hopURI.isSecure || arrival.essentials.uri.isSecure, !transport.isSecure {
            throw Rejection(.temporarilyUnavailable, "No Secure Way")
        }
    }

    /// The way of a request of our own.
    ///
    /// - Throws: a ``Rejection`` when there is none.
    init(to target: Target) throws(Rejection) {
        var hopURI = target.uri
        var uri: URI?
        var routes = target.path
        if let first = routes.first {
            let route = try NextHop.routeURI(first)
            hopURI = .sip(route)
            if !route.hasLooseRouting {
                // RFC 3261 8.1.2: what a strict router wants.
                routes = routes.dropFirst() + [ByteSlice.angled(target.uri.requestForm)]
                uri = .sip(route)
            }
        }
        requestURI = uri?.requestForm
        self.routes = routes.isEmpty ? nil : routes
        local = target.local
        isMoved = false
        isKnown = target.destination != nil && target.path.isEmpty
        isBehindNAT = false
        isOnPath = false
        if let source = target.destination, target.path.isEmpty {
            destination = .endpoint(source)
            isConnected = source.transport.isReliable
        } else {
            destination = try NextHop.destination(
                of: target.path.isEmpty ? target.nextHop ?? hopURI : hopURI)
            isConnected = false
        }
        if hopURI.isSecure, !transport.isSecure {
            throw Rejection(.temporarilyUnavailable, "No Secure Way")
        }
    }

    /// The same next hop, at another place.
    init(_ other: NextHop, at destination: Destination) {
        requestURI = other.requestURI
        routes = other.routes
        local = nil
        isConnected = false
        isKnown = false
        isBehindNAT = false
        isOnPath = false
        isMoved = true
        self.destination = destination
    }

    var transport: Transport {
        switch destination {
        case .endpoint(let endpoint): endpoint.transport
        // The records of the name may prefer another one, and one as secure at least.
        case .name(let server): server.defaultTransport
        }
    }

    /// The host that it was named by; nil when that was an address.
    var name: ByteSlice? {
        if case .name(let server) = destination { server.host } else { nil }
    }

    /// Whether the transport may be another one for the message's size: not where a phone has told its way.
    var isSwitchable: Bool { !isMoved && !isKnown }

    private static func routeURI(_ route: ByteSlice) throws(Rejection) -> SIPURI {
        guard let address = try? NameAddress(route), let uri = address.uri.sip else {
            throw Rejection(.badRequest, "Bad Route")
        }
        return uri
    }

    /// RFC 3261 16.6 step 7 for numeric hosts; names are located by RFC 3263.
    static func destination(of uri: URI) throws(Rejection) -> Destination {
        guard let sip = uri.sip else { throw Rejection(.unsupportedURIScheme) }
        let transport = sip.isSecure ? .tls : sip.transport ?? .udp
        // A WebSocket client has no address that could be connected to (RFC 7118 section 5).
        guard transport != .ws, transport != .wss else {
            throw Rejection(.badGateway, "Transport Not Supported")
        }
        let port = sip.port ?? transport.defaultPort
        guard port != 0 else { throw Rejection(.addressIncomplete) }
        if let address = sip.host.address {
            guard address.isUnicast else { throw Rejection(.forbidden, "Not A Unicast Address") }
            return .endpoint(Endpoint(transport, address, port: port))
        }
        return .name(ServerQuery(sip))
    }
}

extension ByteSlice {
    /// The text in angle brackets.
    static func angled(_ text: ByteSlice) -> ByteSlice {
        var bytes: [UInt8] = [0x3C]
        bytes.append(slice: text)
        bytes.append(0x3E)
        return ByteSlice(bytes)
    }
}

extension IPAddress {
    /// Neither unspecified, broadcast nor multicast: nothing a proxy should be talked into sending to.
    var isUnicast: Bool {
        switch self {
        case .v4(let bits): bits != 0 && bits >> 28 < 0xE
        case .v6(let high, let low): !(high == 0 && low == 0) && high >> 56 != 0xFF
        }
    }
}

extension URI {
    /// Whether its scheme is SIPS.
    fileprivate var isSecure: Bool { sip?.isSecure ?? false }
}
