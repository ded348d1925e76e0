package import SIPCore
package import SIPTransaction
package import SIPTransport

/// What happens to the core. It has no socket, clock, random number or task: all of it comes in here.
package enum Input: Sendable {
    /// A request that passed the check.
    case request(ReceivedRequest)
    /// A request that is framed but wrong.
    case refused(RefusedRequest)
    /// A response that passed the check.
    case response(ReceivedResponse)
    /// The route sends a provisional response of its own before it is through.
    case provisional(Arrival, SIPStatus)
    /// The route's answer.
    case routed(RoutedRequest, Action)
    /// Addresses for a query; empty when there are none.
    case resolved(Query, [IPAddress])
    /// What was sent there did not leave, or came back as undeliverable.
    case unreachable(Endpoint, branch: BranchToken)
    /// Nothing but time: deadlines that have passed are due.
    case tick
}

/// A request as it came, checked, with the key of its transaction.
///
/// A class, so that handing it to the core, the route and back moves one reference and not a message.
package final class ReceivedRequest: Sendable {
    package let request: SIPRequest
    package let essentials: RequestEssentials
    package let key: TransactionKey
    package let source: Endpoint
    /// Where it arrived.
    package let interface: Interface

    package init(
        _ request: SIPRequest, _ essentials: RequestEssentials, key: TransactionKey,
        from source: Endpoint, on listener: Int, at address: IPAddress? = nil,
        over flow: Flow? = nil
    ) {
        self.request = request
        self.essentials = essentials
        self.key = key
        self.source = source
        interface = Interface(listener: listener, address: address, flow: flow)
    }
}

/// A request that can't be worked with, and the response that it gets.
package struct RefusedRequest: Sendable {
    let request: SIPRequest
    package let refusal: Refusal
    let source: Endpoint
    let interface: Interface

    init(
        _ request: SIPRequest, _ refusal: Refusal, from source: Endpoint, on interface: Interface
    ) {
        self.request = request
        self.refusal = refusal
        self.source = source
        self.interface = interface
    }
}

/// A response as it came, checked, and what its top Via says of our client transaction.
package final class ReceivedResponse: Sendable {
    let response: SIPResponse
    let essentials: ResponseEssentials
    let token: BranchToken
    let source: Endpoint

    init(
        _ response: SIPResponse, _ essentials: ResponseEssentials, _ token: BranchToken,
        from source: Endpoint
    ) {
        self.response = response
        self.essentials = essentials
        self.token = token
        self.source = source
    }
}

extension Input {
    /// Checks a message and finds the stripe that it belongs to, before any lock is taken.
    ///
    /// Requests of one transaction (an INVITE, its CANCEL, the ACK for its refusal) have the same stripe; our own branches carry
    /// theirs, so a response finds it at once.
    ///
    /// - Parameters:
    ///   - source: where the message came from.
    ///   - listener: the index of the listener that it arrived on.
    ///   - address: the machine's address that it was sent to, when the listener is bound to a wildcard: answers leave from it.
    ///   - flow: the connection that it came on; nil over UDP.
    ///   - stripes: how many there are, 1 to 256.
    /// - Returns: nil for a response that is not for us: it is dropped (RFC 6026 section 7.3).
    package static func message(
        _ message: SIPMessage, from source: Endpoint, on listener: Int,
        at address: IPAddress? = nil, over flow: Flow? = nil, hashKey: HashKey, stripes: Int
    ) -> (input: Input, stripe: Int)? {
        switch message {
        case .request(let request):
            do {
                let essentials = try request.check()
                let key = TransactionKey(
                    request: request, essentials: essentials, hashKey: hashKey)
                let received = ReceivedRequest(
                    request, essentials, key: key, from: source, on: listener, at: address,
                    over: flow)
                return (.request(received), key.stripe(of: stripes))
            } catch {
                let refused = RefusedRequest(
                    request, error, from: source,
                    on: Interface(listener: listener, address: address, flow: flow))
                return (.refused(refused), 0)
            }
        case .response(let response):
            guard let essentials = try? response.check(),
                let branch = essentials.via.branch, let token = BranchToken(branch),
                Int(token.stripe) < stripes
            else { return nil }
            let received = ReceivedResponse(response, essentials, token, from: source)
            return (.response(received), Int(token.stripe))
        }
    }
}
