import SIPCore
import SIPTransaction

extension ProxyCore {
    /// Starts the next group, and the ones after it as long as nobody there can even be sent to.
    ///
    /// - Returns: whether somebody is being asked now. If not, and nobody ever was, the request has been answered.
    mutating func askNextGroup(_ session: Session, at now: Instant) -> Bool {
        guard let search = session.search, !session.isCancelled else { return false }
        var rejection: Rejection?
        while true {
            let group = search.nextGroup()
            guard !group.isEmpty else { break }
            do {
                try forward(session, search.request, to: group, at: now)
            } catch {
                rejection = error
            }
            guard session.hasPendingBranches else { continue }
            let time =
                group[0]?.gateway == nil
                ? search.ringTime(for: session.method, at: now)
                : search.gatewayTime(hasSpoken: false, settings.failover, at: now)
            if let time { armSearch(session, search, time, at: now) }
            return true
        }
        if session.branches.isEmpty {
            respond(Reply(rejection ?? Rejection(.notFound)), to: session, at: now)
        }
        return false
    }

    mutating func armSearch(
        _ session: Session, _ search: Search, _ time: Duration, at now: Instant
    ) {
        let owner = TimerOwner(session: session.id.place, branch: 0, part: .search)
        search.timer = wheel.arm(at: now + time, id: owner.packed, .c)
    }

    /// Asks the route what becomes of a request that nobody took.
    ///
    /// - Returns: whether it was asked.
    mutating func askRouteAgain(_ session: Session, at now: Instant) -> Bool {
        guard let search = session.search, !session.isCancelled, search.mayAskAgain,
            let best = ResponseChoice.best(of: session.finals(from: search.firstBranch))
        else { return false }
        session.isRouting = true
        if session.isPastTrying {
            // A route that never ends must not keep its session for ever.
            session.timers.arm(
                .c, at: now + routePatience, for: .server(session.id.place), in: &wheel)
        }
        outputs.append(
            .failed(
                FailedSearch(
                    search.request,
                    BestResponse(best.status, attempts: search.attempts, bytes: best.bytes))))
        return true
    }

    /// The group that rings has rung long enough: the next one is asked.
    ///
    /// Whoever was not reached yet, or does not react to CANCEL, is not waited for; a 2xx of his that comes nevertheless goes back like
    /// any other (RFC 3261 16.7 step 5).
    mutating func endRinging(_ session: Session, at now: Instant) {
        guard let search = session.search, !session.isAnswered, !session.isRouting else { return }
        search.timer = .none
        for index in session.branches.indices where session.branches[index].isPending {
            cancel(session, index, at: now)
            session.branches[index].isGivenUp = true
            session.branches[index].final = .local(.requestTimeout)
            judgeGateway(session, index)
        }
        if search.isOver(at: now) { search.giveUp() }
        answerIfDone(session, at: now)
    }

    /// Nobody else is asked, and no ring time runs.
    mutating func endSearch(_ session: Session) {
        guard let search = session.search else { return }
        wheel.cancel(search.timer)
        session.search = nil
    }
}
