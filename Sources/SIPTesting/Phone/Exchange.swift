/// A request of a phone and what came back, challenges answered on the way.
public final class Exchange {
    /// Everything that came, of all attempts.
    public fileprivate(set) var responses: [ReceivedMessage] = []
    /// How often the request was sent with another CSeq.
    public fileprivate(set) var attempts = 0
    /// The final response of the last attempt; nil as long as there is none.
    public fileprivate(set) var final: ReceivedMessage?
    /// Whether nothing came back within 32 s (RFC 3261 17.1.2.2, Timer F).
    public fileprivate(set) var hasTimedOut = false

    /// The status of the final response; nil as long as there is none.
    public var status: Int? { final?.status }
}

extension Phone {
    /// Sends a request outside of calls, a MESSAGE or a SUBSCRIBE, and answers one challenge.
    ///
    /// - Parameters:
    ///   - uri: the Request-URI, which is also To unless `to` says otherwise.
    ///   - contact: the URI of a Contact.
    ///   - lines: further header lines, whole.
    ///   - routes: the values of Route.
    @discardableResult
    public func ask(
        _ method: String, _ uri: String, to: String? = nil, contact: String? = nil,
        lines: [String] = [], routes: [String] = [], body: String = ""
    ) -> Exchange {
        let exchange = Exchange()
        var request = RequestText(
            method: method, uri: uri, from: "<\(address)>;tag=\(newToken())",
            to: "<\(to ?? uri)>", callID: newCallID(), contact: contact, lines: lines, body: body)
        request.routes = routes
        attempt(request, exchange)
        return exchange
    }

    /// Registers this phone's contact, or others.
    ///
    /// - Parameters:
    ///   - expires: how long, in seconds; 0 takes the registration back; nil: as the registrar likes.
    ///   - contacts: the values of Contact; nil for the phone's own.
    ///   - aor: another address of record than the phone's own.
    @discardableResult
    public func register(
        expires: Int? = 3600, contacts: [String]? = nil, for aor: String? = nil
    ) -> Exchange {
        let exchange = Exchange()
        registrations += 1
        let aor = aor ?? address
        var lines = contacts?.map { "Contact: \($0)" } ?? ["Contact: <\(contact)>"]
        if let expires { lines.append("Expires: \(expires)") }
        let request = RequestText(
            method: "REGISTER", uri: "sip:\(domain)", from: "<\(aor)>;tag=\(newToken())",
            to: "<\(aor)>", callID: registrationCallID, cseq: registrations * 2, lines: lines)
        attempt(request, exchange)
        return exchange
    }

    private func attempt(_ plain: RequestText, _ exchange: Exchange, credentials: String? = nil) {
        exchange.attempts += 1
        let request = plain.with {
            $0.vias = [newVia()]
            if let credentials { $0.lines.append(credentials) }
        }
        transact(
            request,
            onResponse: { [unowned self] message in
                exchange.responses.append(message)
                guard message.isFinal else { return }
                if let line = answer(message, to: request, isRetry: credentials != nil) {
                    attempt(plain.with { $0.cseq += 1 }, exchange, credentials: line)
                } else {
                    exchange.final = message
                }
            },
            onTimeout: { exchange.hasTimedOut = true })
    }

    /// The credentials that answer a challenge; nil when there is none, or this was already the answer.
    func answer(_ message: ReceivedMessage, to request: RequestText, isRetry: Bool) -> String? {
        guard answersChallenges, message.status == 401 || message.status == 407, !isRetry else {
            return nil
        }
        return DigestAnswer(
            username: user, password: password, method: request.method, uri: request.uri
        ).line(for: message)
    }
}
