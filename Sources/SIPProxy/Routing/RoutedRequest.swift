public import SIPCore
package import SIPLocation
package import SIPTransport

/// A request on its way through a ``Router``: what it says, and the verbs of routing.
///
/// Everything here is already checked: a request whose To, From, CSeq or Call-ID can't be read never reaches a route.
public struct RoutedRequest: Sendable {
    package let arrival: Arrival
    package let site: Site
    package private(set) var time: UnixTime
    package private(set) var random: UInt64
    package private(set) var effects: RouteEffects
    package var edits = RequestEdits()
    /// Who sent the request, once ``authenticate(_:against:realm:)`` has found out.
    public internal(set) var caller: Caller?
    /// The header line whose digest was verified.
    var verifiedLine: Int?
    var attached: Attachment?

    package init(
        _ arrival: Arrival, site: Site, time: UnixTime, random: UInt64, effects: RouteEffects
    ) {
        self.arrival = arrival
        self.site = site
        self.time = time
        self.random = random
        self.effects = effects
    }
}

extension RoutedRequest {
    /// The request as the route left it, for a route that is asked again, later.
    package func again(at time: UnixTime, random: UInt64, effects: RouteEffects) -> RoutedRequest {
        var copy = self
        copy.time = time
        copy.random = random
        copy.effects = effects
        return copy
    }
}

/// What a route causes before it is through.
package final class RouteEffects: Sendable {
    package let provisional: @Sendable (Arrival, SIPStatus) -> Void
    package let event: @Sendable (ProxyEvent) -> Void
    /// ``Router/responded(_:)``.
    package let responded: @Sendable (inout RoutedResponse) -> Void
    /// A login with a nonce that its source was given, and whether it was right.
    package let login: @Sendable (Endpoint, _ isRight: Bool) -> Void
    /// Has something done when a connection ends: once under each name.
    package let atEnd: AtEnd

    /// Hears which bindings an address has after a REGISTER, to keep their ways alive; nil when nothing is done for that.
    package let keep: Keep?

    package typealias Keep =
        @Sendable (_ current: [Binding], AddressOfRecord, _ location: any Location) -> Void

    package typealias AtEnd =
        @Sendable (Flow, _ name: ByteSlice, _ work: @escaping @Sendable () async -> Void) -> Void

    package init(
        provisional: @escaping @Sendable (Arrival, SIPStatus) -> Void,
        event: @escaping @Sendable (ProxyEvent) -> Void,
        responded: @escaping @Sendable (inout RoutedResponse) -> Void = { _ in },
        login: @escaping @Sendable (Endpoint, Bool) -> Void = { _, _ in },
        atEnd: @escaping AtEnd = { _, _, _ in }, keep: Keep? = nil
    ) {
        self.provisional = provisional
        self.event = event
        self.responded = responded
        self.login = login
        self.atEnd = atEnd
        self.keep = keep
    }
}

// MARK: - What the request says

extension RoutedRequest {
    /// The request as it came, with every header in its type: `request.message.contacts`, `.event`, `.expires`.
    public var message: SIPRequest { arrival.request }

    /// The method (RFC 3261 7.1).
    public var method: SIPMethod { arrival.request.method }

    /// The Request-URI; setting it sends the request somewhere else (RFC 3261 16.6 step 2).
    public var uri: URI {
        get { edits.uri ?? arrival.essentials.uri }
        set { edits.uri = newValue }
    }

    /// Who is called, or registers (RFC 3261 20.39).
    public var to: NameAddress { arrival.essentials.to }

    /// Who calls, as the request says; ``Caller/owning(_:)`` checks it (RFC 3261 20.20).
    public var from: NameAddress { arrival.essentials.from }

    /// The Call-ID (RFC 3261 20.8).
    public var callID: ByteSlice { arrival.essentials.callID }

    /// The address that the request came from, whatever its headers say.
    public var source: Endpoint { arrival.source }

    /// The whole message's length in bytes.
    public var size: Int { arrival.request.message.bytes.count }

    /// The first line of a header as it stands in the request; nil when there is none.
    public subscript(name: HeaderName) -> ByteSlice? { arrival.request[name] }

    /// A value of the route's own: ``Router/failed(_:with:)`` and ``Router/responded(_:)`` find it again. Nil at first.
    public var attachment: (any Sendable)? {
        get { attached?.value }
        set { attached = newValue.map(Attachment.init) }
    }

    /// The domain of ours that the Request-URI names, as the settings spell it: which tenant is called. One of our addresses stands for
    /// the default domain; nil when the Request-URI is not ours.
    public var domain: ByteSlice? {
        guard isForUs, let host = uri.sip?.host else { return nil }
        return site.responsibility.domain(of: host)?.text
    }

    /// Whether the Request-URI is ours: a served domain or one of our addresses (`uri == myself`).
    public var isForUs: Bool {
        guard let sip = uri.sip else { return false }
        return site.responsibility.includes(sip)
    }

    /// Proof that the request came from an address that the settings or the operator's tables trust, or over TLS from somebody whose
    /// certificate is for a name that the settings trust; nil when it did not.
    public var trustedPeer: Peer? {
        mutating get {
            guard let peer = site.peer(at: source, provenNames: arrival.provenNames) else {
                return nil
            }
            edits.isProven = true
            return peer
        }
    }

    /// Whether a Route is left that is not ours: the request goes there, whatever its Request-URI says.
    public var hasForeignRoute: Bool {
        !(edits.routes ?? arrival.request.routeValues).isEmpty
    }
}

// MARK: - Limits and small changes

extension RoutedRequest {
    /// Refuses a request that has no hops left, and counts one off (RFC 3261 16.3 step 3, 16.6 step 3).
    ///
    /// A request without Max-Forwards gets `limit`; one that has more than 16 hops left, or than `limit` if that is more, is
    /// cut to that.
    /// - Throws: ``Rejection`` 483 when Max-Forwards is 0.
    public mutating func limitHops(to limit: UInt8) throws {
        guard let hops = arrival.essentials.maxForwards else {
            edits.maxForwards = limit
            return
        }
        guard hops > 0 else { throw Rejection(.tooManyHops) }
        // SER's maxfwd module cuts what is over 16 (its max_limit), and counts down the rest.
        edits.maxForwards = min(hops - 1, max(limit, 16))
    }

    /// Refuses a message that is longer than `limit` bytes (RFC 3261 21.5.7).
    ///
    /// - Throws: ``Rejection`` 513.
    public func limitSize(to limit: Int) throws {
        guard size <= limit else { throw Rejection(.messageTooLarge) }
    }

    /// Sends a provisional response at once, before the route is through; a final status is ignored.
    public func reply(_ status: SIPStatus) {
        guard status.isProvisional else { return }
        effects.provisional(arrival, status)
    }

    /// Adds a header to the copies that are sent on.
    ///
    /// - Throws: ``HeaderError`` when name or value can't stand in a header (CR, LF, NUL), or the name is one that only the proxy
    ///   writes.
    public mutating func add(_ name: HeaderName, _ value: String) throws(HeaderError) {
        edits.addedHeaders.append(try HeaderText(name, value))
    }

    /// Leaves all lines of a header out of the copies that are sent on; those that find a message its way stay
    /// (``HeaderError/reserved(_:)``).
    public mutating func remove(_ name: HeaderName) {
        guard !name.known.isReserved else { return }
        edits.removedHeaders.append(name)
    }
}
