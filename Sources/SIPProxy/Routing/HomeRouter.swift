public import SIPAuth
public import SIPCore
public import SIPLocation

/// The route of SER's classic configuration: a registrar and proxy whose REGISTER and INVITE are authenticated.
///
/// ``Style/closed``, the default, differs from the seed where good practice does: a foreign Request-URI needs a caller's
/// proof, a Route needs our signature, and a name that is not the caller's own is answered 403. ``Style/ser`` keeps the
/// seed's own reply codes and order, its open relay included.
public struct HomeRouter<Users: Subscribers, Registrations: Location>: Router {
    /// Which of the two.
    public enum Style: Sendable {
        /// No open relay (the default).
        case closed
        /// The seed's own codes and order. `uri != myself` stands before authentication there, so anybody relays to
        /// foreign domains: for a closed network only.
        case ser
    }

    /// The limits that ser.cfg sets in its first lines.
    public struct Limits: Sendable {
        /// Max-Forwards for a request that has none (`mf_process_maxfwd_header`), 1 to 255.
        public var hops: UInt8 = 10
        /// The longest message that is served, in bytes (`msg:len > max_len`).
        public var messageSize = 65_535
        /// `sl_send_reply("100", "Trying")` on REGISTER. RFC 4320 forbids it before Timer E reaches T2; nil: as the style does.
        public var tryingOnRegister: Bool?
        /// Whether a 3xx of a phone is followed: to other users of ours, and to foreign addresses for a caller who has proven who he
        /// is. If not, the caller's phone decides.
        public var followsRedirects = false
        /// Whether the Contacts of phones behind a NAT are made to work (``RoutedRequest/fixContact()``).
        public var fixesContacts = true
        /// The group whose members may call foreign addresses (``ProxySettings/tables``); nil: every caller with an account. The
        /// style ``Style/ser`` asks nobody.
        public var relayGroup: String?
        /// Whether a REGISTER that is passed on to another registrar gets our Path (``RoutedRequest/addPath(_:)``); nil: it gets none.
        public var path: PathMode?
        /// The way that phones are told to send their own requests, first hop first (RFC 3608).
        public var serviceRoute: [SIPURI] = []

        /// Where calls to telephone numbers go that none of our users has; nil: nowhere, 404.
        public var pstn: PSTN?

        public init() {}
    }

    /// The way to the telephone network, which costs money: for members of a group alone.
    public struct PSTN: Sendable {
        /// The group of ``ProxySettings/gateways``.
        public var gateways: String
        /// The group of accounts that may call (``ProxySettings/tables``).
        public var members: String

        /// - Parameters:
        ///   - gateways: the group of gateways.
        ///   - members: the group of accounts that may call.
        public init(gateways: String = "pstn", members: String = "pstn") {
            self.gateways = gateways
            self.members = members
        }
    }

    let style: Style
    let limits: Limits
    let subscribers: Users
    let location: Registrations

    /// - Parameters:
    ///   - style: closed, or the seed's own.
    ///   - subscribers: the accounts.
    ///   - location: registrations and aliases.
    public init(
        _ style: Style = .closed, limits: Limits = Limits(), subscribers: Users,
        location: Registrations
    ) {
        self.style = style
        self.limits = limits
        self.subscribers = subscribers
        self.location = location
    }

    public func route(_ request: inout RoutedRequest) async throws -> Action {
        // RFC 3261 11: who asks the proxy itself is answered by it, whatever hops are left (16.3 step 3).
        if style == .closed, request.isForThisProxy { return .capabilities }
        try request.limitHops(to: limits.hops)  // 483
        try request.limitSize(to: limits.messageSize)  // 513
        if request.method != .register { request.recordRoute() }
        if limits.fixesContacts { request.fixContact() }
        if let path = try request.followPath() { return .relay(along: path) }

        if style == .ser {
            // The seed trusts any Route and any foreign Request-URI, and everybody gets its Record-Route.
            request.trustUnchecked()
            request.consumeCredentials()
            if request.followRouteUnchecked() {
                try await request.followGRUU(in: location)
                return .relay(unchecked: .anybodyToAnywhere)
            }
            guard request.isForUs else { return .relay(unchecked: .anybodyToAnywhere) }
        } else if let dialog = try request.followRoute() {
            request.consumeCredentials()
            try await request.followGRUU(in: location)
            return .relay(in: dialog)
        }

        switch request.method {
        case .ack: return .drop
        case .register: return try await register(&request)
        case .invite: return try await invite(&request)
        default:
            request.consumeCredentials()
            return try await deliver(&request)
        }
    }

    public func failed(
        _ request: inout RoutedRequest, with best: BestResponse
    ) async throws -> Action {
        guard limits.followsRedirects, !best.redirections.isEmpty else {
            return .reply(with: best)
        }
        var payer = request.caller
        if let group = limits.relayGroup, (try? payer?.belongs(to: group)) == nil { payer = nil }
        let contacts = try await request.contacts(redirectedBy: best, in: location, for: payer)
        return contacts.isEmpty ? .reply(with: best) : .relay(to: contacts)
    }

    private func register(_ request: inout RoutedRequest) async throws -> Action {
        // RFC 3261 10.3 step 1: a domain that is not ours has its own registrar, and the way there takes a proof.
        guard request.isForUs else {
            if let mode = limits.path { try request.addPath(mode) }  // 421
            if let peer = request.trustedPeer { return .relay(via: peer) }
            let caller = try await request.authenticate(.proxy, against: subscribers)  // or 407
            try checkWayOut(request, for: caller)
            request.consumeCredentials()
            return .relay(for: caller)
        }
        if limits.tryingOnRegister ?? (style == .ser) { request.reply(.trying) }
        guard request.addressOfRecord(request.to.uri) != nil else {
            throw Rejection(.badRequest, "To Is No SIP Address")  // RFC 3261 10.3 step 5
        }
        let caller = try await request.authenticate(.registrar, against: subscribers)  // or 401
        let owner: Owner
        do {
            owner = try caller.owning(request.to)  // check_to, or 403
        } catch  where style == .ser {
            throw Rejection(.unauthorized)
        }
        guard limits.serviceRoute.isEmpty else {
            return try await location.save(
                request, for: owner, serviceRoute: limits.serviceRoute)
        }
        return try await location.save(request, for: owner)
    }

    private func invite(_ request: inout RoutedRequest) async throws -> Action {
        if let peer = request.trustedPeer {
            guard request.isForUs else { return .relay(via: peer) }
            return try await deliver(&request)
        }
        let caller = try await request.authenticate(.proxy, against: subscribers)  // or 407
        do {
            _ = try caller.owning(request.from)  // check_from, or 403
        } catch {
            throw style == .ser ? Rejection(.unauthorized) : Rejection(.forbidden, "Use From=ID")
        }
        if style == .closed { try checkWayOut(request, for: caller) }
        request.consumeCredentials()
        guard request.isForUs else { return .relay(for: caller) }  // a proof opens the way out
        return try await deliver(&request)
    }

    /// Lets a caller out of the house who is in the group for that. A Route leads out just as a foreign Request-URI does.
    ///
    /// - Throws: ``Rejection`` 403 for others.
    private func checkWayOut(_ request: RoutedRequest, for caller: Caller) throws {
        guard let group = limits.relayGroup, !request.isForUs || request.hasForeignRoute else {
            return
        }
        _ = try caller.belongs(to: group)
    }

    private func deliver(_ request: inout RoutedRequest) async throws -> Action {
        // RFC 5627 6.1: a GRUU is meant for one phone, so nobody else stands for it.
        let aliases = request.isForGRUU ? [] : try await request.aliases(in: location)
        if aliases.count > 1 {
            return try await deliver(request, to: aliases)
        } else if let alias = aliases.first {
            request.uri = alias
            if !request.isForUs {
                if style == .ser { return .relay(unchecked: .anybodyToAnywhere) }
                if let caller = request.caller { return .relay(for: caller) }
                throw Rejection(.forbidden)
            }
        }
        guard request.isForUs else { throw Rejection(.forbidden) }
        let contacts = try await request.contacts(in: location)
        if contacts.isEmpty, let pstn = limits.pstn, request.callsTelephone,
            let caller = request.caller
        {
            let member = try caller.belongs(to: pstn.members)  // or 403
            return .relay(to: try request.gateways(pstn.gateways, by: member))  // or 503
        }
        guard !contacts.isEmpty else { throw Rejection(.notFound, "User Not Found") }
        return relay(to: contacts)
    }

    /// To all users that an alias stands for.
    private func deliver(_ request: RoutedRequest, to aliases: [URI]) async throws -> Action {
        let contacts = try await request.contacts(of: aliases, in: location, for: request.caller)
        guard !contacts.isEmpty else { throw Rejection(.notFound, "User Not Found") }
        return relay(to: contacts)
    }

    /// SER rings all phones at once; RFC 3261 16.6 asks those of the highest q first.
    private func relay(to contacts: Contacts) -> Action {
        .relay(to: style == .ser ? contacts.together : contacts)
    }
}

extension RoutedRequest {
    /// Whether it is a call to a telephone number (RFC 3966): three digits and up, with or without separators and a plus.
    fileprivate var callsTelephone: Bool {
        guard method == .invite, let user = uri.sip?.user else { return false }
        var digits = 0
        let bytes = user.span
        for index in bytes.indices {
            switch bytes[index] {
            case 0x30...0x39: digits += 1
            case 0x2B where index == 0: continue
            case 0x2D, 0x2E, 0x28, 0x29: continue
            default: return false
            }
        }
        return digits >= 3
    }

    /// Whether it is an OPTIONS to one of our domains or addresses, and to no user there (RFC 3261 11.1).
    fileprivate var isForThisProxy: Bool {
        method == .options && uri.sip?.user == nil && isForUs && self["Route"] == nil
    }
}

extension Action {
    /// RFC 3261 11.2: what the registrar and proxy take. Without a transaction: neighbours ask every few seconds, to see whether we live.
    fileprivate static var capabilities: Action {
        let headers: [(KnownHeader, StaticString)] = [
            (
                .allow,
                "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, MESSAGE, SUBSCRIBE, NOTIFY, REFER"
            ),
            (.accept, "application/sdp"), (.supported, "path, outbound"),
        ]
        return Action(
            .reply(
                Reply(
                    .ok,
                    headers: headers.map {
                        HeaderText(HeaderName($0.0), Array(String(describing: $0.1).utf8))
                    }, isStateless: true)))
    }
}
