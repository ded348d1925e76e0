public import SIPCore

/// How a request ends. A route has to return one: one that forgets does not compile.
///
/// The ways out of the house take a proof: ``relay(in:)``, ``relay(for:)``, ``relay(via:)``, ``relay(along:)``; the way to our own users,
/// ``relay(to:ringing:atMost:)``, takes what the location service answered. What is open must be spelt: ``relay(unchecked:)``.
public struct Action: Sendable {
    package enum Kind: Sendable {
        /// To the Route set's first entry, or the Request-URI (RFC 3261 16.5, 16.6 step 6).
        case relayToRequestURI
        case relay([Target], RingTimes)
        case reply(Reply)
        /// With the best of all responses that came (RFC 3261 16.7 step 6).
        case replyWithBest
        case drop
    }

    package let kind: Kind
    /// Whether a relay keeps nothing of the request.
    package private(set) var isStateless = false

    package init(_ kind: Kind) { self.kind = kind }

    /// Passes an in-dialog request on along its Route set.
    public static func relay(in dialog: Dialog) -> Action { Action(.relayToRequestURI) }

    /// Passes the request on to the phone that registered through us, over the flow of its REGISTER.
    public static func relay(along path: RegisteredPath) -> Action { Action(.relayToRequestURI) }

    /// Passes the request on to its Request-URI, wherever that is, for an authenticated caller.
    public static func relay(for caller: Caller) -> Action { Action(.relayToRequestURI) }

    /// Passes the request on to its Request-URI, wherever that is, for a trusted peer.
    public static func relay(via peer: Peer) -> Action { Action(.relayToRequestURI) }

    /// Passes the request on to the contacts (RFC 3261 16.6): to all of the highest q at once, to the next when those have ended
    /// without a 2xx or 6xx, and so on; 404 when there are none.
    ///
    /// A phone that rings too long is cancelled, and counts as one that answered 408. A MESSAGE, which nobody has to pick up, waits
    /// for 5 s instead of 20, and for its last group as long as its sender does.
    ///
    /// - Parameters:
    ///   - contacts: what the location service answered; ``Contacts/together`` rings all at once.
    ///   - ringing: how long each group may ring; nil: 20 s where another group follows, three minutes where none does.
    ///   - total: how long all groups may take together; nil: as long as each of them may.
    public static func relay(
        to contacts: Contacts, ringing: Duration? = nil, atMost total: Duration? = nil
    ) -> Action {
        Action(.relay(contacts.targets, RingTimes(group: ringing, total: total)))
    }

    /// Passes the request on for anybody: an open relay, unless the route has made sure otherwise.
    public static func relay(unchecked reason: OpenRelay) -> Action { Action(.relayToRequestURI) }

    /// The same relay without a transaction (RFC 3261 16.11), for requests that need none and come in masses: OPTIONS, MESSAGE,
    /// PUBLISH. The proxy keeps nothing of them.
    ///
    /// Nobody repeats the request for its sender then, nobody else is asked when the first contact does not answer, and neither
    /// ``Router/failed(_:with:)`` nor ``Router/responded(_:)`` hears what came of it; copies are routed again. An INVITE is relayed
    /// with its transaction all the same, and so is what came over a stream. An action that is no relay stays as it is.
    public var stateless: Action {
        var copy = self
        copy.isStateless = true
        return copy
    }

    /// Answers the request.
    ///
    /// - Parameters:
    ///   - status: a final status, 200 to 699; a provisional one is answered as 500.
    ///   - reason: another reason phrase than the status' own.
    public static func reply(_ status: SIPStatus, _ reason: String? = nil) -> Action {
        Action(.reply(Reply(status.isProvisional ? .serverInternalError : status, reason)))
    }

    /// Sends the best of the responses back that the targets gave: the end of ``Router/failed(_:with:)``.
    ///
    /// After several relays it is the best of them all: a caller hears that the phone was busy, not that the voicemail server was
    /// down as well.
    public static func reply(with best: BestResponse) -> Action { Action(.replyWithBest) }

    /// Sends the caller to other addresses: 302 with a Contact for each (RFC 3261 8.3), those of a later group with a lower q; 404
    /// when there are none.
    public static func redirect(to contacts: Contacts) -> Action {
        guard !contacts.isEmpty else { return .reply(.notFound) }
        return Action(
            .reply(Reply(.movedTemporarily, headers: contacts.targets.map(\.contactHeader))))
    }

    /// The action with one more header in its response; one that sends no response of its own stays as it is.
    ///
    /// - Throws: ``HeaderError`` when name or value can't stand in a header (CR, LF, NUL).
    public func with(_ name: HeaderName, _ value: String) throws(HeaderError) -> Action {
        let header = try HeaderText(name, value)
        guard case .reply(var reply) = kind else { return self }
        reply.headers.append(header)
        return Action(.reply(reply))
    }

    /// Says nothing. For an ACK that belongs nowhere; another request that is dropped times out at its sender.
    public static let drop = Action(.drop)
}

/// The word that opens the relay: written at the place where it happens, so a reader can search for it.
public enum OpenRelay: Sendable {
    /// Anybody may send a request through this proxy to anywhere.
    case anybodyToAnywhere
    /// Anybody may send a request through this proxy to the address that the route itself names there, a gateway, say.
    case anybodyToThisAddress
}

/// How long a route lets phones ring.
package struct RingTimes: Sendable {
    /// Each group of contacts.
    package var group: Duration?
    /// All groups together.
    package var total: Duration?

    package init(group: Duration? = nil, total: Duration? = nil) {
        self.group = group
        self.total = total
    }
}

/// A response of our own.
package struct Reply: Sendable {
    package let status: SIPStatus
    package let reason: String?
    package var headers: [HeaderText]
    package var isStateless: Bool

    package init(
        _ status: SIPStatus, _ reason: String? = nil, headers: [HeaderText] = [],
        isStateless: Bool = false
    ) {
        self.status = status
        self.reason = reason
        self.headers = headers
        self.isStateless = isStateless
    }

    package init(_ rejection: Rejection) {
        self.init(
            rejection.status, rejection.reason, headers: rejection.headers,
            isStateless: rejection.isStateless)
    }
}

extension Target {
    /// `Contact: <sip:bob@192.0.2.4>;q=0.9`, for a redirect.
    fileprivate var contactHeader: HeaderText {
        var value: [UInt8] = [0x3C]
        value.append(slice: uri.text)
        value.append(0x3E)
        if group > 0 {
            value.append(";q=0.")
            value.append(decimal: UInt64(max(1, 10 - group)))
        }
        return HeaderText(HeaderName(.contact), value)
    }
}
