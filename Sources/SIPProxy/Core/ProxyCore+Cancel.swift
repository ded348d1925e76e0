import SIPCore
import SIPTransaction

extension ProxyCore {
    /// CANCEL (RFC 3261 9.2, 16.10). It is answered here and never routed, challenged or passed on: it has an effect only on the
    /// INVITE that it names by branch, and so is no way around a challenge.
    mutating func cancel(_ received: ReceivedRequest, at now: Instant) {
        let key = TransactionKey.invite(
            cancelledBy: received.request, received.essentials, hashKey: hashKey)
        guard let place = transactions[key], let session = sessions[place],
            session.method == .invite, isSameHop(received.source, session)
        else {
            sendStateless(Reply(.noSuchTransaction), to: received)
            return
        }
        sendStateless(Reply(.ok), to: received)
        // 9.2: after a final response "the CANCEL request has no effect on the processing of the original request". Nothing here
        // has to see to that: what was pending is cancelled by then, and the server transaction sends no second final response.
        session.isCancelled = true
        if session.isRouting {
            respond(Reply(.requestTerminated), to: session, at: now)
        } else {
            cancelPending(session, at: now)
            answerIfDone(session, at: now)
        }
    }

    /// Whether a CANCEL comes from the hop that sent the INVITE.
    ///
    /// RFC 3261 9.2 matches by branch and sent-by alone, and both stand in the Via that every callee and every element behind us
    /// reads: one phone of a fork could end the ringing of all others in the caller's name. So it has to come from the INVITE's
    /// address. The port is free, for a NAT may have moved it. Trusted peers count as one hop: a neighbour of several nodes may
    /// send the CANCEL from another one.
    private func isSameHop(_ source: Endpoint, _ session: Session) -> Bool {
        source.address == session.replyDestination.address
            || site.peer(at: source) != nil && site.peer(at: session.replyDestination) != nil
    }

    /// Cancels every branch that waits for its final response (16.7 step 10).
    mutating func cancelPending(_ session: Session, at now: Instant) {
        for index in session.branches.indices where session.branches[index].isPending {
            cancel(session, index, at: now)
        }
    }

    /// Cancels a branch, as far as that can be done: only an INVITE can be cancelled (9.1).
    mutating func cancel(_ session: Session, _ index: Int, at now: Instant) {
        guard session.method == .invite, case .none = session.branches[index].cancel else {
            return
        }
        session.branches[index].alternatives = nil
        if session.branches[index].route == nil {
            // Its address is still looked up: nothing was sent.
            session.branches[index].final = .local(.requestTerminated)
        } else if session.branches[index].isProceeding {
            sendCancel(session, index, at: now)
        } else {
            // 9.1: "If no provisional response has been received, the CANCEL request MUST NOT be sent".
            session.branches[index].cancel = .wanted
        }
    }

    mutating func sendCancel(_ session: Session, _ index: Int, at now: Instant) {
        guard let bytes = HopByHopRequest.cancel(of: session.branches[index].sent),
            let destination = session.branches[index].route?.destination
        else { return }
        var client = ClientTransaction(
            .cancel, isReliable: destination.transport.isReliable)
        let effects = client.receive(.send, timers: settings.timers)
        session.branches[index].cancel = .sent(client, bytes)
        performCancel(effects, session, index, at: now)
        // 9.1: without a final response within 64*T1, the client "SHOULD then consider the original transaction cancelled".
        arm(.c, after: settings.timers.f, session, index, at: now)
    }

    /// A response to a CANCEL of ours: it only ends the retransmissions.
    mutating func receiveForCancel(
        _ status: SIPStatus, _ session: Session, _ index: Int, at now: Instant
    ) {
        receiveForCancel(.response(status), session, index, at: now)
    }

    mutating func receiveForCancel(
        _ event: ClientTransactionEvent, _ session: Session, _ index: Int, at now: Instant
    ) {
        guard case .sent(var client, let bytes) = session.branches[index].cancel else { return }
        let effects = client.receive(event, timers: settings.timers)
        session.branches[index].cancel = .sent(client, bytes)
        performCancel(effects, session, index, at: now)
    }
}
