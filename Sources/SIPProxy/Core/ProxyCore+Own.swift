import SIPCore
import SIPTransaction

// Requests of our own (RFC 3261 8.1): a client transaction each (17.1.2), with nobody's request behind it. A response to one
// has no Via left behind ours, and no session to go to.
extension ProxyCore {
    mutating func send(_ request: OwnRequest, at now: Instant) {
        guard own.count < settings.maximumSessions else {
            return outputs.append(.answer(OwnOutcome(request.id, .unsent)))
        }
        let hop: NextHop
        do throws(Rejection) {
            hop = try NextHop(to: request.target)
        } catch {
            return outputs.append(.answer(OwnOutcome(request.id, .unreachable)))
        }
        let patience = min(request.patience, settings.timers.f)
        let place = own.reserve()
        let transaction = OwnTransaction(
            request, hop, until: now + patience, token: ownToken(at: place))
        own[place] = transaction
        arm(.c, after: patience, transaction, at: now)
        switch hop.destination {
        case .endpoint(let endpoint): tryNext(of: [endpoint], transaction, at: now)
        case .name(let server):
            outputs.append(.resolve(Query(server: server, branch: transaction.token)))
        }
    }

    /// The request that a branch of ours belongs to, when it is one of our own.
    func ownTransaction(_ token: BranchToken) -> OwnTransaction? {
        guard token.isOwn, let transaction = own[token.session], transaction.token == token else {
            return nil
        }
        return transaction
    }

    mutating func receive(
        _ received: ReceivedResponse, for transaction: OwnTransaction, at now: Instant
    ) {
        guard received.essentials.cseq.method == .options else { return }
        let status = received.response.status
        perform(
            transaction.client.receive(.response(status), timers: settings.timers), transaction,
            at: now)
        guard !status.isProvisional, !transaction.isAnswered else { return }
        if status == .serviceUnavailable, !transaction.rest.isEmpty {
            // RFC 3263 4.3: "a 503 error response" is a failure, and the next one is asked.
            tryNext(of: transaction.rest, transaction, at: now)
        } else {
            end(transaction, .answered(received.response))
        }
    }

    mutating func resolve(
        _ transaction: OwnTransaction, _ destinations: [Endpoint], at now: Instant
    ) {
        guard transaction.route == nil, !transaction.isAnswered else { return }
        tryNext(of: reachable(destinations).prefix(Self.mostDestinations), transaction, at: now)
    }

    /// It can't be sent there (RFC 3261 17.1.4).
    mutating func fail(_ transaction: OwnTransaction, _ endpoint: Endpoint, at now: Instant) {
        guard transaction.route?.destination == endpoint, !transaction.isAnswered else { return }
        tryNext(of: transaction.rest, transaction, at: now)
    }

    mutating func fire(_ timer: TransactionTimer, _ transaction: OwnTransaction, at now: Instant) {
        transaction.timers.fired(timer)
        guard timer == .c else {
            perform(
                transaction.client.receive(.timer(timer), timers: settings.timers), transaction,
                at: now)
            return
        }
        if now < transaction.end, !transaction.rest.isEmpty {
            tryNext(of: transaction.rest, transaction, at: now)
        } else {
            end(transaction, .timedOut)
            forget(transaction)
        }
    }

    /// So many destinations of one name are asked at most.
    private static var mostDestinations: Int { 4 }

    /// Sends it to the first destination that can be sent to, with a branch of its own for each; they share what time is left.
    private mutating func tryNext(
        of destinations: ArraySlice<Endpoint>, _ transaction: OwnTransaction, at now: Instant
    ) {
        var rest = destinations
        while let endpoint = rest.popFirst() {
            guard !site.responsibility.includes(endpoint),
                let interface = ownInterface(for: endpoint, transaction.hop)
            else { continue }
            transaction.rest = rest
            let share = (transaction.end - now) / (rest.count + 1)
            transaction.timers.cancelAll(in: &wheel)
            transaction.token = ownToken(at: transaction.token.session)
            transaction.route = (interface, endpoint)
            transaction.client = ClientTransaction(
                .options, isReliable: endpoint.transport.isReliable)
            transaction.sent = transaction.message(
                from: site.listeners[interface.listener], number: nextCookie())
            perform(
                transaction.client.receive(.send, timers: settings.timers), transaction, at: now)
            arm(.c, after: share, transaction, at: now)
            return
        }
        end(transaction, .unreachable)
        forget(transaction)
    }

    private func ownInterface(for endpoint: Endpoint, _ hop: NextHop) -> Interface? {
        guard
            let listener = site.listeners.firstIndex(where: { $0.reaches(endpoint) })
        else { return nil }
        return interface(for: endpoint, hop, preferring: Interface(listener: listener))
    }

    private mutating func ownToken(at place: UInt32) -> BranchToken {
        BranchToken(ownOn: stripe, place: place, cookie: nextCookie())
    }

    private mutating func perform(
        _ effects: Effects, _ transaction: OwnTransaction, at now: Instant
    ) {
        if effects.actions.contains(.sendNew) || effects.actions.contains(.retransmitLast),
            let (interface, destination) = transaction.route
        {
            if destination.transport.isSecure, let name = transaction.hop.name {
                outputs.append(
                    .sendNamed(
                        transaction.sent, to: destination, name: name, from: interface,
                        branch: transaction.token))
            } else {
                outputs.append(
                    .send(
                        transaction.sent, to: destination, from: interface,
                        branch: transaction.token))
            }
        }
        transaction.timers.cancel(effects.cancelled, in: &wheel)
        for armed in effects.armed { arm(armed.timer, after: armed.after, transaction, at: now) }
        if effects.actions.contains(.terminated), transaction.isAnswered { forget(transaction) }
    }

    private mutating func arm(
        _ timer: TransactionTimer, after delay: Duration, _ transaction: OwnTransaction,
        at now: Instant
    ) {
        let owner = TimerOwner(session: transaction.token.session, branch: 0, part: .own)
        transaction.timers.arm(timer, at: now + delay, for: owner, in: &wheel)
    }

    private mutating func end(_ transaction: OwnTransaction, _ result: OwnOutcome.Result) {
        guard !transaction.isAnswered else { return }
        transaction.isAnswered = true
        transaction.timers.cancel(.c, in: &wheel)
        outputs.append(.answer(OwnOutcome(transaction.request.id, result)))
        if transaction.client.isTerminated { forget(transaction) }
    }

    private mutating func forget(_ transaction: OwnTransaction) {
        let place = transaction.token.session
        guard own[place] === transaction else { return }
        transaction.timers.cancelAll(in: &wheel)
        own.remove(place)
    }
}
