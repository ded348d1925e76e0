import SIPCore
import SIPTransaction

extension ProxyCore {
    /// The session that waits for an answer to this arrival; nil when it is gone, or answered meanwhile (by a CANCEL).
    private func waitingSession(_ arrival: Arrival) -> Session? {
        guard let id = arrival.session, let session = sessions[id.place], session.id == id,
            session.isRouting
        else { return nil }
        return session
    }

    /// A provisional response that the route sends before it is through.
    mutating func answerProvisionally(_ arrival: Arrival, _ status: SIPStatus, at now: Instant) {
        guard let session = waitingSession(arrival), !session.isAnswered else { return }
        // RFC 4320 4.1; a 100 before its time is what `tryingOnRegister` asks for.
        guard status == .trying || session.method == .invite else { return }
        respond(Reply(status), to: session, at: now)
    }

    /// The route's answer (RFC 3261 16.5, 16.6).
    mutating func answer(_ request: RoutedRequest, _ action: Action, at now: Instant) {
        let arrival = request.arrival
        guard arrival.session != nil else {
            forwardAck(request, action)
            return
        }
        guard let session = waitingSession(arrival) else { return }
        session.isRouting = false
        // For another request than INVITE it runs on: the 100 is still to come.
        if session.method == .invite || session.isPastTrying {
            session.timers.cancel(.c, in: &wheel)
        }
        guard !session.isAnswered else { return }
        session.responded = request.effects.responded
        session.attachment = request.attached
        session.fixesContacts = request.edits.fixesContacts
        switch action.kind {
        case .reply(let reply):
            outputs.append(
                .event(
                    .answered(
                        session.method, reply.status, callID: session.callID,
                        from: arrival.source)))
            if reply.isStateless, session.branches.isEmpty {
                sendOnce(reply, to: session)
            } else {
                respond(reply, to: session, at: now)
            }
        case .replyWithBest:
            answerWithBest(session, at: now)
        case .drop:
            forget(session)
        case .relayToRequestURI:
            if action.isStateless, canBeStateless(session) {
                forwardStateless(session, request, to: nil)
            } else {
                search(session, request, for: [nil], RingTimes(), at: now)
            }
        case .relay(let targets, let times):
            // What a stranger put into Route would lead to a host that the location service never named.
            if request.hasForeignRoute, !request.edits.isProven {
                respond(Reply(Rejection(.forbidden, "Route Not Allowed")), to: session, at: now)
            } else if action.isStateless, let first = targets.first, canBeStateless(session) {
                forwardStateless(session, request, to: first)
            } else {
                search(session, request, for: targets, times, at: now)
            }
        }
    }

    /// Asks targets, group after group, until somebody answers.
    private mutating func search(
        _ session: Session, _ request: RoutedRequest, for targets: [Target?], _ times: RingTimes,
        at now: Instant
    ) {
        if targets.count == 1, request.to.tag != nil, session.search == nil {
            // Inside of a dialog there is nobody else to go to. A search that has begun goes on: it counts how often it was asked.
            do {
                try forward(session, request, to: targets, at: now)
            } catch {
                respond(Reply(error), to: session, at: now)
            }
        } else {
            let search: Search
            if let begun = session.search {
                search = begun
                search.request = request
            } else {
                search = Search(request)
                session.search = search
            }
            if targets.contains(where: { $0?.isRedirected == true }) {
                session.leaveOutRedirects()
            }
            search.ask(targets, times, behind: session.branches.count, at: now)
        }
        answerIfDone(session, at: now)
    }

    /// RFC 3261 26.3.2.4: a challenge is sent without a transaction; a copy of the request is challenged anew.
    private mutating func sendOnce(_ reply: Reply, to session: Session) {
        guard let arrival = session.arrival else { return }
        outputs.append(
            .send(
                replyBytes(reply, to: arrival), to: session.replyDestination,
                from: session.interface, branch: nil))
        forget(session)
    }

    /// A response of our own, through the server transaction.
    mutating func respond(_ reply: Reply, to session: Session, at now: Instant) {
        guard let arrival = session.arrival else { return }
        pass(replyBytes(reply, to: arrival), reply.status, to: session, at: now)
    }

    func replyBytes(_ reply: Reply, to arrival: Arrival) -> [UInt8] {
        ReplyWriter.bytes(
            reply, to: arrival.request, via: arrival.essentials.via, from: arrival.source,
            tag: reply.status == .trying ? nil : tag(of: arrival.essentials))
    }

    // MARK: Forwarding

    /// One branch for each target of a group (RFC 3261 16.6).
    ///
    /// - Throws: why there is none for the last target that has no way to go.
    mutating func forward(
        _ session: Session, _ request: RoutedRequest, to targets: [Target?], at now: Instant
    ) throws(Rejection) {
        let arrival = request.arrival
        // RFC 5393 5.3.3.1: what the branches that have ended had is free for the next ones.
        guard let breadths = breadths(of: arrival.request, copies: targets.count) else {
            throw Rejection(.maxBreadthExceeded)
        }
        let first = session.branches.count
        let isForked = targets.count > 1 || first > 0 || session.search?.isExhausted == false
        let mark = isForked ? LoopMark(arrival.request, arrival.essentials, hashKey: hashKey) : nil
        var rejection: Rejection?
        for index in targets.indices {
            do throws(Rejection) {
                let hop = try NextHop(arrival, edits: request.edits, target: targets[index])
                guard speaks(hop.transport) else {
                    throw Rejection(.badGateway, "Transport Not Supported")
                }
                addBranch(
                    session,
                    Forwarding(
                        arrival: arrival, edits: request.edits.adding(targets[index]?.headers),
                        hop: hop, at: request.time,
                        breadth: breadths[index], mark: mark), targets[index]?.gateway)
                if let flows = targets[index]?.otherFlows { addFlows(session, flows) }
            } catch {
                rejection = error
            }
        }
        let new = first..<session.branches.count
        if new.isEmpty, let rejection { throw rejection }
        outputs.append(
            .event(.relayed(session.method, callID: session.callID, branches: new.count)))
        // 17.2.1: nobody knows whether a callee will say something within 200 ms. For other methods RFC 4320 forbids it so early.
        if session.method == .invite, !session.isPastTrying {
            session.isPastTrying = true
            respond(Reply(.trying), to: session, at: now)
        }
        for index in new { start(session, index, at: now) }
    }

    mutating func addBranch(
        _ session: Session, _ forwarding: Forwarding, _ gateway: GatewayID? = nil
    ) {
        let token = BranchToken(
            stripe: stripe, session: session.id.place,
            branch: UInt16(truncatingIfNeeded: session.branches.count), cookie: nextCookie())
        session.branches.append(
            Branch(
                token: token, forwarding: forwarding, method: session.method, gateway: gateway))
    }

    /// 16.11: an ACK is forwarded without a transaction, with a branch that is the same for every copy of it.
    private mutating func forwardAck(_ request: RoutedRequest, _ action: Action) {
        let arrival = request.arrival
        guard case .relayToRequestURI = action.kind,
            let hop = try? NextHop(arrival, edits: request.edits, target: nil)
        else { return }
        let token = BranchToken(
            stripe: stripe, session: .max, branch: 0, cookie: tag(of: arrival.essentials))
        let forwarding = Forwarding(
            arrival: arrival, edits: request.edits, hop: hop, at: request.time,
            breadth: breadths(of: arrival.request, copies: 1)?[0] ?? 1)
        switch hop.destination {
        case .endpoint(let endpoint):
            sendCopy(forwarding, token, to: endpoint)
        case .name(let server):
            wait(forwarding, token, for: server)
        }
    }

    /// Where to send from: our socket that the next hop is known to be reached from, or where the request came in.
    func interface(
        for destination: Endpoint, _ hop: NextHop, preferring preferred: Interface
    ) -> Interface? {
        let found = interface(
            for: destination,
            preferring: hop.local.flatMap { site.interface(of: $0) } ?? preferred)
        return hop.isConnected ? found?.overExisting : found
    }

    /// Where to send from: where the request came in, when that listener can reach the destination.
    private func interface(
        for destination: Endpoint, preferring preferred: Interface
    ) -> Interface? {
        if site.listeners[preferred.listener].reaches(destination) {
            return preferred.toward(destination)
        }
        return site.listeners.firstIndex { $0.reaches(destination) }.map {
            Interface(listener: $0)
        }
    }
}

extension ProxyCore {
    /// Whether one of our listeners is of that transport: its address is what our Via gives.
    func speaks(_ transport: Transport) -> Bool {
        transport == .udp || site.listeners.contains { $0.bound.transport == transport }
    }
}

extension SIPRequest {
    /// The values of the Route set, first hop first.
    var routeValues: [ByteSlice] {
        guard message.firstLine(of: .route) != nil else { return [] }
        var values: [ByteSlice] = []
        for value in message.elements(of: .route) { values.append(value) }
        return values
    }
}
