import SIPCore
import SIPTransaction

// RFC 3263 4.3: "If a failure occurs, the client SHOULD create a new request, which is identical to the previous, but has a different
// value of the Via branch ID than the previous (and therefore constitutes a new SIP transaction). That request is sent to the next
// element in the list". So each attempt is a branch of its own.
extension ProxyCore {
    /// Sends a branch's copy to the first of the destinations that its name leads to.
    mutating func start(
        _ session: Session, _ index: Int, toward destinations: [Endpoint], at now: Instant
    ) {
        guard let forwarding = session.branches[index].forwarding else { return }
        let alternatives = Alternatives(
            forwarding, reachable(destinations), until: now + settings.timers.f)
        guard let first = alternatives.next() else {
            session.branches[index].final = .local(.serviceUnavailable)
            judgeGateway(session, index)
            return
        }
        session.branches[index].alternatives = alternatives
        send(session, index, to: first, at: now)
    }

    /// The destinations that one of our listeners can reach. We ourselves are one only if there is no other: whoever names us among
    /// others does not mean that we are to ask ourselves.
    func reachable(_ destinations: [Endpoint]) -> [Endpoint] {
        let reachable = destinations.filter { endpoint in
            endpoint.address.isUnicast && site.listeners.contains { $0.reaches(endpoint) }
        }
        let others = reachable.filter { !site.responsibility.includes($0) }
        return others.isEmpty ? reachable : others
    }

    /// A destination failed: "a 503 error response or a transport failure of some sort", or it never answered. It is set aside, and the
    /// next one is tried.
    ///
    /// - Parameters:
    ///   - index: the branch that failed; it has its final response already.
    ///   - time: how long the destination wants to be left alone.
    mutating func failOver(
        _ session: Session, _ index: Int, for time: Duration? = nil, at now: Instant
    ) {
        guard let alternatives = session.branches[index].alternatives,
            let (_, failed) = session.branches[index].route
        else { return }
        session.branches[index].alternatives = nil
        outputs.append(.setAside(failed, for: time))
        guard !session.isAnswered, !session.isCancelled, now < alternatives.end,
            let next = alternatives.next()
        else { return }
        session.branches[index].isFollowed = true
        let new = session.branches.count
        addBranch(session, alternatives.forwarding, session.branches[index].gateway)
        session.branches[new].alternatives = alternatives
        send(session, new, to: next, at: now)
    }

    /// A destination has been silent for long, and there are others: RFC 3263 4.3 would wait for timer B or F, half a minute each.
    ///
    /// Its client transaction lives on without repeating the request: should the destination ring after all, it is cancelled, and should
    /// it answer, that goes back like any other answer.
    mutating func giveUpDestination(_ session: Session, _ index: Int, at now: Instant) {
        session.branches[index].timers.cancel([.a, .e], in: &wheel)
        session.branches[index].isGivenUp = true
        session.branches[index].final = .local(.requestTimeout)
        failOver(session, index, at: now)
        judgeGateway(session, index)
        if session.branches[index].isInvite { session.branches[index].cancel = .wanted }
        answerIfDone(session, at: now)
    }

    /// How long a destination may be silent when there are others.
    mutating func armPatience(_ session: Session, _ index: Int, at now: Instant) {
        guard session.branches[index].alternatives?.isEmpty == false else { return }
        arm(.c, after: settings.failover, session, index, at: now)
    }

    /// A destination has said something: from now on it is waited for as if there were no other.
    mutating func endPatience(_ session: Session, _ index: Int, at now: Instant) {
        if session.branches[index].isInvite {
            armTimerC(session, index, at: now)
        } else {
            session.branches[index].timers.cancel(.c, in: &wheel)
        }
    }
}
