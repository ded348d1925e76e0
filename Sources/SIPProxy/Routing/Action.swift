public import SIPCore

/// How a request ends. A route has to return one: one that forgets does not compile.
///
/// The ways out of the house take a proof: ``relay(in:)``, ``relay(for:)``, ``relay(via:)``; the way to our own users,
/// ``relay(to:)``, takes what the location service answered. What is open must be spelt: ``relay(unchecked:)``.
public struct Action: Sendable {
    package enum Kind: Sendable {
        /// To the Route set's first entry, or the Request-URI (RFC 3261 16.5, 16.6 step 6).
        case relayToRequestURI
        case relay([Target], RingTimes)
        case reply(Reply)
        case drop
    }

    package let kind: Kind

    package init(_ kind: Kind) { self.kind = kind }

    /// Passes an in-dialog request on along its Route set.
    public static func relay(in dialog: Dialog) -> Action { Action(.relayToRequestURI) }

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

    /// Answers the request.
    ///
    /// - Parameters:
    ///   - status: a final status, 200 to 699; a provisional one is answered as 500.
    ///   - reason: another reason phrase than the status' own.
    public static func reply(_ status: SIPStatus, _ reason: String? = nil) -> Action {
        Action(.reply(Reply(status.isProvisional ? .serverInternalError : status, reason)))
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
