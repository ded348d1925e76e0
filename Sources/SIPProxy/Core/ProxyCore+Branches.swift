import SIPCore
import SIPTransaction

extension ProxyCore {
    /// Sends a branch's copy, or asks first where to.
    mutating func start(_ session: Session, _ index: Int, at now: Instant) {
        guard let hop = session.branches[index].forwarding?.hop else { return }
        switch hop.destination {
        case .endpoint(let endpoint):
            send(session, index, to: endpoint, at: now)
        case .name(let server):
            // Whoever looks the name up may hang; the branch then ends as if nobody had answered (16.8).
            arm(.c, after: settings.timers.f, session, index, at: now)
            outputs.append(.resolve(Query(server: server, branch: session.branches[index].token)))
        }
    }

    /// RFC 3261 16.6 steps 8 to 11: Via, the copy, and the client transaction with Timer C.
    mutating func send(
        _ session: Session, _ index: Int, to endpoint: Endpoint, at now: Instant
    ) {
        guard let forwarding = session.branches[index].forwarding.take(),
            let interface = interface(for: endpoint, forwarding.hop, preferring: session.interface)
        else {
            session.branches[index].final = .local(.serviceUnavailable)
            return
        }
        guard !site.responsibility.includes(endpoint) else {
            // 16.6 allows a proxy to send to itself; a copy that would come back unchanged is a loop (16.3 step 4).
            session.branches[index].final = .local(.loopDetected)
            return
        }
        let copy = forwarding.copy(
            token: session.branches[index].token, from: site.listeners[interface.listener],
            site: site)
        if copy.count > Self.longestDatagram, forwarding.hop.isSwitchable,
            let stream = streamInstead(of: endpoint)
        {
            session.branches[index].detour = forwarding.toward(.endpoint(endpoint))
            session.branches[index].forwarding = forwarding.toward(.endpoint(stream))
            send(session, index, to: stream, at: now)
            return
        }
        session.branches[index].route = (interface, endpoint)
        session.branches[index].isBehindNAT = forwarding.hop.isBehindNAT
        session.branches[index].isOnPath = forwarding.hop.isOnPath
        session.branches[index].peerName =
            endpoint.transport.isSecure ? forwarding.hop.name : nil
        if let other = forwarding.fallback {
            session.branches[index].detour = forwarding.toward(other)
        }
        session.branches[index].sent = copy
        session.branches[index].client = ClientTransaction(
            session.method, isReliable: endpoint.transport.isReliable)
        let effects = session.branches[index].client.receive(.send, timers: settings.timers)
        performClient(effects, session, index, response: nil, at: now)
        if session.branches[index].isInvite { armTimerC(session, index, at: now) }
        if session.branches[index].alternatives != nil { armPatience(session, index, at: now) }
    }

    /// RFC 3261 18.1.1: "if it is larger than 1300 bytes and the path MTU is unknown, the request MUST be sent using an RFC 2914
    /// congestion controlled transport protocol, such as TCP."
    static let longestDatagram = 1_300

    /// The TCP port beside a UDP port, when we speak TCP.
    func streamInstead(of endpoint: Endpoint) -> Endpoint? {
        guard endpoint.transport == .udp else { return nil }
        let stream = Endpoint(.tcp, endpoint.address, port: endpoint.port)
        return site.listeners.contains { $0.reaches(stream) } ? stream : nil
    }

    /// Timer C: more than three minutes (16.6 step 11).
    mutating func armTimerC(_ session: Session, _ index: Int, at now: Instant) {
        arm(.c, after: settings.timers.c, session, index, at: now)
    }

    mutating func arm(
        _ timer: TransactionTimer, after delay: Duration, _ session: Session, _ index: Int,
        at now: Instant
    ) {
        let owner = TimerOwner(
            session: session.id.place, branch: UInt16(truncatingIfNeeded: index), part: .branch)
        session.branches[index].timers.arm(timer, at: now + delay, for: owner, in: &wheel)
    }

    // MARK: Look-ups

    mutating func resolve(_ query: Query, _ destinations: [Endpoint], at now: Instant) {
        if let forwarding = waitingCopies.removeValue(forKey: query.branch) {
            if let endpoint = reachable(destinations).first {
                sendCopy(forwarding, query.branch, to: endpoint)
            } else {
                answerStateless(Reply(.serverInternalError), to: forwarding.arrival)
            }
            return
        }
        if let transaction = ownTransaction(query.branch) {
            return resolve(transaction, destinations, at: now)
        }
        guard let (session, index) = branch(query.branch), session.branches[index].isPending
        else { return }
        session.branches[index].timers.cancel(.c, in: &wheel)
        start(session, index, toward: destinations, at: now)
        answerIfDone(session, at: now)
    }

    // MARK: Failures

    /// 16.9: "If the transport layer notifies a proxy of an error when it tries to forward a request, the proxy MUST behave as
    /// if the forwarded request received a 503".
    mutating func fail(_ token: BranchToken, _ endpoint: Endpoint, at now: Instant) {
        if let transaction = ownTransaction(token) { return fail(transaction, endpoint, at: now) }
        guard let (session, index) = branch(token),
            session.branches[index].route?.destination == endpoint
        else { return }
        outputs.append(.event(.unreachable(endpoint)))
        if let other = session.branches[index].detour.take(),
            session.branches[index].isPending, !session.branches[index].isProceeding,
            case .none = session.branches[index].cancel
        {
            // 18.1.1: when TCP was for the size alone and "the attempt to establish the connection generates either an ICMP Protocol
            // Not Supported, or results in a TCP reset, the element SHOULD retry the request, using UDP."
            session.branches[index].timers.cancelAll(in: &wheel)
            session.branches[index].route = nil
            session.branches[index].forwarding = other
            start(session, index, at: now)
            answerIfDone(session, at: now)
            return
        }
        let effects = session.branches[index].client.receive(
            .transportError, timers: settings.timers)
        performClient(effects, session, index, response: nil, at: now)
        answerIfDone(session, at: now)
    }

    /// The branch that a token names; nil when it is gone.
    func branch(_ token: BranchToken) -> (Session, Int)? {
        guard let session = sessions[token.session], Int(token.branch) < session.branches.count,
            session.branches[Int(token.branch)].token == token
        else { return nil }
        return (session, Int(token.branch))
    }
}
