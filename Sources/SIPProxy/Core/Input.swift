package import SIPCore
import SIPTransaction
package import SIPTransport

/// What happens to the core. It has no socket, clock, random number or task: all of it comes in here.
package enum Input: Sendable {
    /// A request that passed the check.
    case request(ReceivedRequest)
    /// A request that is framed but wrong.
    case refused(RefusedRequest)
    /// A response that passed the check, and which branch of ours its top Via names.
    case response(ReceivedResponse, BranchToken)
    /// The route sends a provisional response of its own before it is through.
    case provisional(Arrival, SIPStatus)
    /// The route's answer.
    case routed(RoutedRequest, Action)
    /// The destinations that a query led to, in the order in which they are tried; none when there is no way.
    case resolved(Query, [Endpoint])
    /// What was sent there did not leave, or came back as undeliverable.
    case unreachable(Endpoint, branch: BranchToken)
    /// A request of our own is to be sent.
    case own(OwnRequest)
    /// Nothing but time: deadlines that have passed are due.
    case tick
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
    ///   - provenNames: whom a verified certificate says the connection's other end to be.
    ///   - stripes: how many there are, 1 to 256.
    /// - Returns: nil for a response that is not for us: it is dropped (RFC 6026 section 7.3).
    package static func message(
        _ message: SIPMessage, from source: Endpoint, on listener: Int,
        at address: IPAddress? = nil, over flow: Flow? = nil, provenNames: [ByteSlice] = [],
        hashKey: HashKey, stripes: Int
    ) -> (input: Input, stripe: Int)? {
        switch message {
        case .request(let request):
            do {
                let essentials = try request.check()
                let key = TransactionKey(
                    request: request, essentials: essentials, hashKey: hashKey)
                let received = ReceivedRequest(
                    request, essentials, key: key, from: source, on: listener, at: address,
                    over: flow, provenNames: provenNames)
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
            let received = ReceivedResponse(response, essentials, from: source)
            return (.response(received, token), Int(token.stripe))
        }
    }
}
