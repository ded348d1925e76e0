/// Where a sender is, by what it says of itself and by what was seen of it: the two differ behind a NAT.
package struct SenderPlace: Sendable {
    /// Where its message came from.
    package let source: Endpoint
    /// Whether something on the way has given the sender another address or port than it knows.
    package let isTranslated: Bool
    /// The address that it knows.
    private let ownAddress: IPAddress?

    /// The sender of a request, which stands in the only Via.
    ///
    /// A sent-by that is a name says nothing. Over UDP a client that asks for `rport` listens at the port that it sends from (RFC 3581
    /// section 3), so another port than that of its sent-by is as good a sign as another address.
    package init(_ via: Via, source: Endpoint) {
        self.source = source
        ownAddress = via.host.address
        guard let ownAddress else {
            isTranslated = false
            return
        }
        isTranslated =
            ownAddress != source.address
            || !source.transport.isReliable && via.rport != .absent
                && via.port ?? source.transport.defaultPort != source.port
    }

    /// Somebody who is known to be behind a NAT: of who sends a response no Via tells.
    package init(translated source: Endpoint) {
        self.source = source
        isTranslated = true
        ownAddress = nil
    }

    /// Whether a URI that the sender gives for itself, a Contact, leads nowhere from here, so that its source has to stand for it.
    ///
    /// A name tells by itself where it is. A public address that is neither the sender's nor its source's is somebody else's: a phone
    /// may register another one.
    package func hides(_ uri: SIPURI) -> Bool {
        guard let address = uri.host.address else { return false }
        guard address != source.address else {
            return isTranslated && !source.transport.isReliable
                && uri.port ?? source.transport.defaultPort != source.port
        }
        if isTranslated, address == ownAddress { return true }
        return address.scope != .world && (isTranslated || source.address.scope == .world)
    }
}
