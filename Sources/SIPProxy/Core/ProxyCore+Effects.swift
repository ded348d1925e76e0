import SIPCore
import SIPTransaction

// What the machines ask for, carried out: send, cancel and arm timers, forget what has ended.
extension ProxyCore {
    mutating func performServer(
        _ effects: Effects, _ session: Session, response: [UInt8]?, at now: Instant
    ) {
        if effects.actions.contains(.sendNew), let response { session.lastResponse = response }
        if effects.actions.contains(.sendNew) || effects.actions.contains(.retransmitLast) {
            outputs.append(
                .send(
                    session.lastResponse, to: session.replyDestination, from: session.interface,
                    branch: nil))
        }
        session.timers.cancel(effects.cancelled, in: &wheel)
        for armed in effects.armed {
            session.timers.arm(
                armed.timer, at: now + armed.after, for: .server(session.id.place), in: &wheel)
        }
        if effects.actions.contains(.terminated) { forgetIfOver(session) }
    }

    mutating func performClient(
        _ effects: Effects, _ session: Session, _ index: Int, response: SIPResponse?,
        at now: Instant
    ) {
        if effects.actions.contains(.sendNew) || effects.actions.contains(.retransmitLast) {
            send(session.branches[index].sent, of: session, index)
        }
        if effects.actions.contains(.sendAck) {
            // 17.1.1.3: the same ACK for every copy of the response.
            if session.branches[index].ack.isEmpty, let response {
                session.branches[index].ack =
                    HopByHopRequest.ack(of: session.branches[index].sent, for: response) ?? []
            }
            send(session.branches[index].ack, of: session, index)
        }
        session.branches[index].timers.cancel(effects.cancelled, in: &wheel)
        let owner = TimerOwner(
            session: session.id.place, branch: UInt16(truncatingIfNeeded: index), part: .branch)
        for armed in effects.armed {
            session.branches[index].timers.arm(
                armed.timer, at: now + armed.after, for: owner, in: &wheel)
        }
        if effects.actions.contains(.timedOut), session.branches[index].isPending {
            // 16.8: a client transaction that timed out counts as a 408.
            session.branches[index].final = .local(.requestTimeout)
            // RFC 3263 4.3: what has said anything did not fail.
            if !session.branches[index].isProceeding {
                failOver(session, index, at: now)
                tryNextFlow(session, index, at: now)
            }
            judgeGateway(session, index)
        }
        if effects.actions.contains(.transportFailed), session.branches[index].isPending {
            // RFC 5626 5.3.1: "If the flow no longer exists, the proxy SHOULD send a 430 (Flow Failed) response".
            session.branches[index].final = .local(
                session.branches[index].isOnPath ? .flowFailed : .serviceUnavailable)
            failOver(session, index, at: now)
            tryNextFlow(session, index, at: now)
            judgeGateway(session, index)
        }
        if effects.actions.contains(.terminated) {
            session.branches[index].timers.cancelAll(in: &wheel)
            forgetIfOver(session)
        }
    }

    mutating func performCancel(
        _ effects: Effects, _ session: Session, _ index: Int, at now: Instant
    ) {
        guard case .sent(_, let bytes) = session.branches[index].cancel else { return }
        if effects.actions.contains(.sendNew) || effects.actions.contains(.retransmitLast) {
            send(bytes, of: session, index)
        }
        let owner = TimerOwner(
            session: session.id.place, branch: UInt16(truncatingIfNeeded: index), part: .cancel)
        session.branches[index].cancelTimers.cancel(effects.cancelled, in: &wheel)
        for armed in effects.armed {
            session.branches[index].cancelTimers.arm(
                armed.timer, at: now + armed.after, for: owner, in: &wheel)
        }
        if effects.actions.contains(.terminated) { forgetIfOver(session) }
    }

    private mutating func send(_ bytes: [UInt8], of session: Session, _ index: Int) {
        guard let (interface, destination) = session.branches[index].route, !bytes.isEmpty else {
            return
        }
        let token = session.branches[index].token
        if let name = session.branches[index].peerName {
            outputs.append(
                .sendNamed(bytes, to: destination, name: name, from: interface, branch: token))
        } else {
            outputs.append(.send(bytes, to: destination, from: interface, branch: token))
        }
    }

    // MARK: Time

    mutating func fireTimers(at now: Instant) {
        while let expired = wheel.next(until: now) {
            guard let owner = TimerOwner(packed: expired.id), let timer = expired.timer else {
                continue
            }
            if owner.part == .own {
                if let transaction = own[owner.session] { fire(timer, transaction, at: now) }
                continue
            }
            guard let session = sessions[owner.session] else { continue }
            fire(timer, owner, session, at: now)
        }
    }

    private mutating func fire(
        _ timer: TransactionTimer, _ owner: TimerOwner, _ session: Session, at now: Instant
    ) {
        let index = Int(owner.branch)
        switch owner.part {
        case .server where timer == .c:
            session.timers.fired(timer)
            runOutOfPatience(session, at: now)
        case .server:
            session.timers.fired(timer)
            let effects = session.server.receive(.timer(timer), timers: settings.timers)
            performServer(effects, session, response: nil, at: now)
        case .branch where timer == .c:
            session.branches[index].timers.fired(timer)
            fireTimerC(session, index, at: now)
        case .branch:
            session.branches[index].timers.fired(timer)
            let effects = session.branches[index].client.receive(
                .timer(timer), timers: settings.timers)
            performClient(effects, session, index, response: nil, at: now)
            answerIfDone(session, at: now)
        case .cancel:
            session.branches[index].cancelTimers.fired(timer)
            receiveForCancel(.timer(timer), session, index, at: now)
        case .search:
            endRinging(session, at: now)
        case .own: break
        }
    }

    /// The request has waited long: it gets a 100, later an end.
    private mutating func runOutOfPatience(_ session: Session, at now: Instant) {
        guard !session.isAnswered else { return }
        if session.isPastTrying {
            // A route that never ends, since a database hangs, say, must not keep its session for ever, nor the phone in the dark.
            guard session.isRouting else { return }
            let rejection = later(Rejection(.serverInternalError, "Route Timed Out"))
            respond(Reply(rejection), to: session, at: now)
            return
        }
        session.isPastTrying = true
        if session.isRouting {
            let rest = routePatience - patience(for: session.method)
            session.timers.arm(
                .c, at: now + max(.zero, rest), for: .server(session.id.place), in: &wheel)
        }
        // What the route said meanwhile is more than 100 says.
        if session.lastResponse.isEmpty { respond(Reply(.trying), to: session, at: now) }
    }

    /// 16.8: "If the client transaction has received a provisional response, the proxy MUST generate a CANCEL request matching
    /// that transaction. If the client transaction has not received a provisional response, the proxy MUST behave as if the
    /// transaction received a 408".
    private mutating func fireTimerC(_ session: Session, _ index: Int, at now: Instant) {
        guard session.branches[index].isPending else {
            // It was given up and cancelled, and is silent: nobody waits for it any longer (9.1).
            guard session.branches[index].isGivenUp else { return }
            session.branches[index].isAbandoned = true
            forgetIfOver(session)
            return
        }
        if !session.branches[index].isProceeding,
            session.branches[index].alternatives?.isEmpty == false
        {
            giveUpDestination(session, index, at: now)
            return
        }
        if session.branches[index].isProceeding, case .none = session.branches[index].cancel {
            sendCancel(session, index, at: now)
        } else {
            session.branches[index].final = .local(.requestTimeout)
            session.branches[index].isAbandoned = true
            answerIfDone(session, at: now)
            forgetIfOver(session)
        }
    }

    // MARK: The end

    /// Forgets a session when none of its transactions lives any more.
    private mutating func forgetIfOver(_ session: Session) {
        guard session.server.isTerminated else { return }
        for index in session.branches.indices where !session.branches[index].isOver { return }
        forget(session)
    }

    /// Forgets a session, with all timers.
    mutating func forget(_ session: Session) {
        guard sessions[session.id.place]?.id == session.id else { return }
        session.timers.cancelAll(in: &wheel)
        endSearch(session)
        for index in session.branches.indices {
            session.branches[index].timers.cancelAll(in: &wheel)
            session.branches[index].cancelTimers.cancelAll(in: &wheel)
        }
        transactions.removeValue(forKey: session.key)
        if let key = session.acknowledgementKey { transactions.removeValue(forKey: key) }
        sessions.remove(session.id.place)
    }
}
