import SIPCore
import SIPTransaction
import SIPTransport

extension ProxyCore {
    /// A request: one of a transaction that we know, or a new one for the route (RFC 3261 16.3, 17.2.3).
    mutating func receive(_ received: ReceivedRequest, at now: Instant) {
        let request = received.request
        if request.method == .cancel {
            cancel(received, at: now)
            return
        }
        if let place = transactions[received.key], let session = sessions[place] {
            let event = request.method == .ack ? ServerTransactionEvent.ack : .request
            let effects = session.server.receive(event, timers: settings.timers)
            performServer(effects, session, response: nil, at: now)
            // RFC 6026 7.1: an ACK for a 2xx that kept the INVITE's branch is the route's.
            guard effects.actions.contains(.passToUser) else { return }
        }
        if request.method == .ack {
            // 17.1.1.3: an ACK is never answered, and has no transaction of its own.
            outputs.append(.route(Arrival(received, session: nil)))
            return
        }
        if isDraining, received.essentials.to.tag == nil {
            outputs.append(
                .event(.refused(.serviceUnavailable, reason: "draining", from: received.source)))
            sendStateless(Reply(overload), to: received)
            return
        }
        if hasLooped(received) {
            // Without a transaction: a loop shall cost as little as it can.
            sendStateless(Reply(.loopDetected), to: received)
            return
        }
        if let refusal = extensionRefusal(request) {
            sendStateless(Reply(refusal), to: received)
            return
        }
        guard sessions.count < settings.maximumSessions else {
            outputs.append(.event(.overloaded(from: received.source)))
            sendStateless(Reply(overload), to: received)
            return
        }
        open(received, at: now)
    }

    private mutating func open(_ received: ReceivedRequest, at now: Instant) {
        let cookie = nextCookie()
        let place = sessions.reserve()
        let id = SessionID(place: place, cookie: cookie)
        let arrival = Arrival(received, session: id)
        let session = Session(
            id: id, key: received.key, arrival: arrival,
            replyDestination: Endpoint(
                receivedFrom: received.source, via: received.essentials.via),
            server: ServerTransaction(
                received.request.method, isReliable: received.source.transport.isReliable))
        sessions[place] = session
        transactions[received.key] = place
        // It fires twice: first for the 100, then for a route that never ends.
        session.timers.arm(
            .c, at: now + patience(for: session.method), for: .server(place), in: &wheel)
        outputs.append(.route(arrival))
    }

    /// 16.3 step 5: "the proxy MUST inspect the option-tags" of Proxy-Require; it knows none of those that exist.
    private func extensionRefusal(_ request: SIPRequest) -> Rejection? {
        var unknown: [UInt8] = []
        for tag in request.message.elements(of: .proxyRequire) where !tag.isEmpty {
            if !unknown.isEmpty { unknown.append(", ") }
            unknown.append(slice: tag)
        }
        guard !unknown.isEmpty else { return nil }
        return Rejection(.badExtension).with(.unsupported, bytes: unknown)
    }

    private var overload: Rejection { later(Rejection(.serviceUnavailable)) }

    /// The rejection, with the time after which it is worth another try.
    func later(_ rejection: Rejection) -> Rejection {
        var seconds: [UInt8] = []
        seconds.append(decimal: UInt64(settings.retryAfter))
        return rejection.with(.retryAfter, bytes: seconds)
    }

    // MARK: Replies without a transaction

    /// Answers a request that the check refused; an ACK is never answered.
    mutating func refuse(_ refused: RefusedRequest) {
        let status = refused.refusal.status
        outputs.append(
            .event(.refused(status, reason: refused.refusal.reason, from: refused.source)))
        guard refused.request.method != .ack else { return }
        let via = try? refused.request.topVia
        let reply = Reply(status, refused.refusal.reason)
        // A request whose Via can't be read is answered to where it came from, and to nowhere else.
        let destination =
            via.map { Endpoint(receivedFrom: refused.source, via: $0) } ?? refused.source
        let bytes = ReplyWriter.bytes(
            reply, to: refused.request, via: via, from: refused.source,
            tag: tag(ofRefused: refused.request))
        outputs.append(.send(bytes, to: destination, from: refused.interface, branch: nil))
    }

    /// 8.2.7: the same request gets the same response, To-tag included, and nothing is kept.
    mutating func sendStateless(_ reply: Reply, to received: ReceivedRequest) {
        let via = received.essentials.via
        let bytes = ReplyWriter.bytes(
            reply, to: received.request, via: via, from: received.source,
            tag: tag(of: received.essentials))
        let destination = Endpoint(receivedFrom: received.source, via: via)
        outputs.append(.send(bytes, to: destination, from: received.interface, branch: nil))
    }

    /// A To-tag that nobody can foresee (RFC 3261 19.3), the same for every copy of a request and, as 9.2 wants it, for its CANCEL:
    /// what both have in common.
    func tag(of essentials: RequestEssentials) -> UInt64 {
        var hash = SipHash(key: hashKey)
        hash.append(essentials.via.text.span)
        hash.append(essentials.callID.span)
        if let tag = essentials.from.tag { hash.append(tag.span) }
        hash.append(UInt64(essentials.cseq.number))
        return hash.finish().high
    }

    /// The same for a request that lacks what it must have.
    private func tag(ofRefused request: SIPRequest) -> UInt64 {
        var hash = SipHash(key: hashKey)
        for header in [KnownHeader.via, .callID, .from, .cseq] {
            if let value = request.message.first(header) { hash.append(value.span) }
        }
        return hash.finish().high
    }
}
