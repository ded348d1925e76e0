import SIPCore

/// A request of a phone and what came back, challenges answered on the way.
final class Exchange {
    /// Everything that came, of all attempts.
    fileprivate(set) var responses: [Letter] = []
    /// How often the request was sent with another CSeq.
    fileprivate(set) var attempts = 0
    /// The final response of the last attempt; nil as long as there is none.
    fileprivate(set) var final: Letter?
    fileprivate(set) var hasTimedOut = false

    /// The status of the final response.
    var status: Int? { final?.status }
}

extension Phone {
    /// Sends a request outside of calls, and answers one challenge.
    @discardableResult
    func ask(
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
    /// - Parameter contacts: whole Contact lines; nil for the phone's own.
    @discardableResult
    func register(
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
            onResponse: { [unowned self] letter in
                exchange.responses.append(letter)
                guard letter.isFinal else { return }
                if let line = answer(letter, to: request, isRetry: credentials != nil) {
                    attempt(plain.with { $0.cseq += 1 }, exchange, credentials: line)
                } else {
                    exchange.final = letter
                }
            },
            onTimeout: { exchange.hasTimedOut = true })
    }

    /// The credentials that answer a challenge; nil when there is none, or this was already the answer.
    func answer(_ letter: Letter, to request: RequestText, isRetry: Bool) -> String? {
        guard answersChallenges, letter.status == 401 || letter.status == 407, !isRetry else {
            return nil
        }
        return DigestAnswer(
            username: user, password: password, method: request.method, uri: request.uri
        ).line(for: letter)
    }
}
