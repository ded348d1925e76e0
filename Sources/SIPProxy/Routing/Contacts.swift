public import SIPCore

/// Where a request shall go: what our own location service answered for an address, or an address that a proof opens the way to.
///
/// They are in groups (RFC 3261 16.6): contacts of equal q ring at once, groups of lower q one after the other, when nobody of
/// those before has answered. What a location service answers needs no other proof to be relayed to.
public struct Contacts: Sendable {
    /// In the order of their groups.
    package private(set) var targets: [Target]

    /// - Parameter targets: in the order of their groups.
    package init(_ targets: [Target]) { self.targets = targets }

    /// Whether there is nobody to ask.
    public var isEmpty: Bool { targets.isEmpty }
    /// How many copies of the request there will be at most.
    public var count: Int { targets.count }
    /// Where the copies will go: their Request-URIs, those that are asked first before the others.
    public var uris: [URI] { targets.map(\.uri) }

    /// The same contacts, all in one group: they ring at once, whatever their q says. So SER forks.
    public var together: Contacts {
        var copy = self
        for index in copy.targets.indices { copy.targets[index].group = 0 }
        return copy
    }

    /// These contacts, and when none of them answers, others.
    public func then(_ others: Contacts) -> Contacts {
        let shift = targets.last.map { $0.group + 1 } ?? 0
        return Contacts(
            targets
                + others.targets.map { target in
                    var later = target
                    later.group += shift
                    return later
                })
    }

    /// The same contacts, of a 3xx that is followed.
    var redirected: Contacts {
        var copy = self
        for index in copy.targets.indices { copy.targets[index].isRedirected = true }
        return copy
    }

    /// The same contacts, each copy with one more header.
    ///
    /// - Throws: ``HeaderError`` when name or value can't stand in a header (CR, LF, NUL).
    public func with(_ name: HeaderName, _ value: String) throws(HeaderError) -> Contacts {
        let header = try HeaderText(name, value)
        var copy = self
        for index in copy.targets.indices { copy.targets[index].headers.append(header) }
        return copy
    }
}

// MARK: - Addresses that our location service does not know

extension Contacts {
    /// An address anywhere, for an authenticated caller.
    ///
    /// - Parameters:
    ///   - uri: the new Request-URI.
    ///   - hop: who gets the request, a gateway or an outbound proxy, that shall find this Request-URI; nil: whom the URI names.
    ///     What is left of the request's own Route set comes before it.
    ///   - caller: the proof.
    public static func foreign(
        _ uri: URI, through hop: URI? = nil, for caller: Caller
    ) -> Contacts { foreign(uri, hop) }

    /// An address anywhere, for a trusted peer.
    ///
    /// - Parameters:
    ///   - uri: the new Request-URI.
    ///   - hop: who gets the request; nil: whom the URI names.
    ///   - peer: the proof.
    public static func foreign(
        _ uri: URI, through hop: URI? = nil, via peer: Peer
    ) -> Contacts { foreign(uri, hop) }

    /// An address anywhere, for anybody: a voicemail server or a gateway that the route itself names, or an open relay.
    ///
    /// - Parameters:
    ///   - uri: the new Request-URI.
    ///   - hop: who gets the request; nil: whom the URI names.
    ///   - reason: why no proof is needed.
    public static func foreign(
        _ uri: URI, through hop: URI? = nil, unchecked reason: OpenRelay
    ) -> Contacts { foreign(uri, hop) }

    private static func foreign(_ uri: URI, _ hop: URI?) -> Contacts {
        var target = Target(uri: uri)
        target.nextHop = hop
        return Contacts([target])
    }
}
