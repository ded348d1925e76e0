public import SIPCore
import SIPProxy

/// How a request ends, as a route has it: what a test compares.
public enum RouteOutcome: Hashable, Sendable {
    /// The proxy answers by itself.
    case reply(SIPStatus)
    /// The request goes to these URIs: the contacts in their order, or the Request-URI as the route left it.
    case relay(to: [String])
    /// The best response of the targets goes back: what only `Router.failed(_:with:)` can say.
    case replyWithBest
    /// Nothing happens.
    case drop

    init(_ action: Action, _ request: RoutedRequest) {
        switch action.kind {
        case .reply(let reply): self = .reply(reply.status)
        case .relay(let targets, _) where targets.isEmpty: self = .reply(.notFound)
        case .relay(let targets, _): self = .relay(to: targets.map { String($0.uri.text) })
        case .relayToRequestURI: self = .relay(to: [String(request.uri.text)])
        case .replyWithBest: self = .replyWithBest
        case .drop: self = .drop
        }
    }
}

extension VirtualSite {
    /// Runs the route for one request, as a function: nothing is sent, no time passes. What the route itself does, a registration
    /// it saves, is done.
    ///
    /// ```swift
    /// let stranger = site.request("INVITE", "sip:bob@voice.test", from: "sip:eve@voice.test")
    /// #expect(await site.route(stranger) == .reply(.proxyAuthenticationRequired))
    /// #expect(await site.route(alice.request("INVITE", "sip:900@voice.test"), by: alice) == .reply(.forbidden))
    /// ```
    ///
    /// - Parameters:
    ///   - request: the request; one that the proxy refuses before the route sees it has that outcome.
    ///   - phone: who sends it, and answers a challenge; nil: a stranger at 203.0.113.66, who answers none.
    public func route(_ request: RequestText, by phone: Phone? = nil) async -> RouteOutcome {
        let source = phone?.endpoint ?? Endpoint(.udp, .v4(0xCB00_7142), port: 5060)
        let (outcome, challenge) = await proxy.decide(request.text, from: source)
        guard let phone, let challenge,
            let credentials = phone.answer(challenge, to: request, isRetry: false)
        else { return outcome }
        let second = request.with {
            $0.cseq += 1
            $0.lines.append(credentials)
        }
        return await proxy.decide(second.text, from: source).outcome
    }

    /// A request of a stranger, right in every way, outside of any dialog.
    ///
    /// - Parameters:
    ///   - uri: the Request-URI.
    ///   - from: the URI of From.
    ///   - to: the URI of To; nil: the Request-URI.
    public func request(
        _ method: String, _ uri: String, from: String, to: String? = nil
    ) -> RequestText {
        issuedRequests += 1
        return RequestText(
            method: method, uri: uri,
            vias: ["SIP/2.0/UDP 203.0.113.66;branch=z9hG4bKr\(issuedRequests)"],
            from: "<\(from)>;tag=r\(issuedRequests)", to: "<\(to ?? uri)>",
            callID: "r\(issuedRequests)", contact: "sip:203.0.113.66")
    }
}

extension Phone {
    /// A request of this phone outside of calls, for ``VirtualSite/route(_:by:)``; a REGISTER is for the phone's own address.
    ///
    /// - Parameter uri: the Request-URI; nil: the phone's domain.
    public func request(_ method: String, _ uri: String? = nil) -> RequestText {
        let uri = uri ?? "sip:\(domain)"
        return RequestText(
            method: method, uri: uri, vias: [newVia()], from: "<\(address)>;tag=\(newToken())",
            to: method == "REGISTER" ? "<\(address)>" : "<\(uri)>", callID: newCallID(),
            contact: contact)
    }
}
