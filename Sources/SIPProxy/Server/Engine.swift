import SIPCore
import SIPDNS
import SIPTransaction
import SIPTransport
import Synchronization

/// Runs the cores: takes datagrams and timers to the right stripe, and carries out what comes back.
///
/// Any loop may work on any stripe; it sends from its own sockets, so nothing hops from loop to loop.
final class Engine: Sendable {
    let site: Site
    private let stripes: [Stripe]
    private let hashKey: HashKey
    private let router: any Router
    let resolver: any Resolver
    let onEvent: @Sendable (ProxyEvent) -> Void
    private let maximumHeaderLines: Int
    private let issuedRandoms = Atomic<UInt64>(0)
    private let askers = Askers()
    let keepAlives: KeepAlives

    init(
        site: Site, router: any Router, resolver: any Resolver, core: ProxyCore.Settings,
        stripes count: Int, maximumHeaderLines: Int, keepAlives: KeepAlives,
        onEvent: @escaping @Sendable (ProxyEvent) -> Void
    ) {
        self.site = site
        self.router = router
        self.resolver = resolver
        self.onEvent = onEvent
        self.maximumHeaderLines = maximumHeaderLines
        self.keepAlives = keepAlives
        var generator = SystemRandomNumberGenerator()
        let hashKey = HashKey(generator.next(), generator.next())
        self.hashKey = hashKey
        let now = Clock.instant
        stripes = (0..<count).map { index in
            Stripe(
                ProxyCore(
                    site: site, stripe: UInt8(truncatingIfNeeded: index), hashKey: hashKey,
                    settings: core, now: now))
        }
    }

    /// A datagram or a framed message that arrived.
    ///
    /// - Parameters:
    ///   - address: the machine's address that it was sent to, when the listener is bound to a wildcard.
    ///   - flow: the connection that it came on; nil over UDP.
    ///   - provenNames: whom a verified certificate says its other end to be.
    func received(
        _ bytes: [UInt8], from source: Endpoint, on listener: Int, at address: IPAddress?,
        over flow: Flow? = nil, provenNames: [ByteSlice] = [], by io: LoopIO
    ) {
        if site.flood != nil,
            !site.admits(
                bytes, from: source, provenNames: provenNames, at: Clock.instant, tell: onEvent)
        {
            return
        }
        let message: SIPMessage
        do {
            message = try SIPMessage(bytes)
        } catch {
            onEvent(.unframeable(error, from: source))
            return
        }
        if site.flood != nil, case .request(let request) = message,
            !site.admits(
                request, from: source, provenNames: provenNames, isConnected: flow != nil,
                at: Clock.instant, tell: onEvent)
        {
            return
        }
        if flow != nil, message.headerLineCount > maximumHeaderLines {
            // A response is dropped: whoever sends such a one is not told.
            guard case .request(let request) = message else { return }
            let refused = RefusedRequest(
                request, Refusal(.badRequest, "Too Many Header Lines"), from: source,
                on: Interface(listener: listener, address: address, flow: flow))
            process(.refused(refused), 0, io)
            return
        }
        guard
            let (input, stripe) = Input.message(
                message, from: source, on: listener, at: address, over: flow,
                provenNames: provenNames, hashKey: hashKey, stripes: stripes.count)
        else {
            if case .response(let response) = message {
                onEvent(.strayResponse(response.status, from: source))
            }
            return
        }
        if let flow, case .request(let request) = input { noteAlias(of: request, flow, io) }
        process(input, stripe, io)
    }

    /// RFC 5923 section 5: whoever opened the connection and writes `alias` into its Via takes requests for its address over it too.
    ///
    /// Who is not known could name a neighbour's port behind the same NAT: the peer has to be a trusted one, over TLS by its
    /// certificate, whose names the connection then stands for.
    private func noteAlias(of request: ReceivedRequest, _ flow: Flow, _ io: LoopIO) {
        let via = request.essentials.via
        guard via.parameters.contains("alias"), request.source.transport.canBeAlias else { return }
        let isSecure = request.source.transport.isSecure
        guard isSecure ? !request.provenNames.isEmpty : site.peer(at: request.source) != nil else {
            return
        }
        var endpoint = request.source
        endpoint.port = via.port ?? endpoint.transport.defaultPort
        io.add(alias: endpoint, names: isSecure ? request.provenNames : [nil], to: flow)
    }

    /// What came on a connection can't be cut into messages; when it was a request, its sender is told why.
    func broken(
        _ reason: StreamFramer.Reason, head: [UInt8], from source: Endpoint,
        on interface: Interface, by io: LoopIO
    ) {
        guard let refusal = Refusal(reason), !head.isEmpty,
            case .request(let request)? = try? SIPMessage(head)
        else { return }
        process(
            .refused(RefusedRequest(request, refusal, from: source, on: interface)), 0, io)
    }

    /// A connection ended, or did not come about.
    func ended(_ remote: Endpoint, because end: StreamEnd) {
        onEvent(.connectionEnded(end, with: remote))
    }

    /// What a client transaction sent can't be sent there (RFC 3261 17.1.4).
    func unreachable(_ destination: Endpoint, for branch: BranchToken, by io: LoopIO) {
        process(.unreachable(destination, branch: branch), Int(branch.stripe), io)
    }

    /// Sends a request of our own.
    ///
    /// - Parameter answer: hears once what came of it.
    func ask(
        _ target: Target, within patience: Duration, user: ByteSlice?, by io: LoopIO,
        _ answer: @escaping @Sendable (OwnOutcome.Result) -> Void
    ) {
        guard let id = askers.add(answer) else { return answer(.unsent) }
        let request = OwnRequest(id, to: target, within: patience, user: user)
        let stripe = Int(truncatingIfNeeded: id % UInt64(stripes.count))
        io.perform { self.process(.own(request), stripe, io) }
    }

    /// Everybody who waits for the answer to a request of our own hears that there is none.
    func stopAsking() { askers.stop() }

    /// Fires the timers of every stripe that is this loop's to watch.
    ///
    /// - Returns: the earliest deadline that is left; nil when no timer runs.
    func tick(_ io: LoopIO, loop: Int, of loops: Int) -> Instant? {
        let now = Clock.instant
        var earliest: Instant?
        var index = loop
        while index < stripes.count {
            if let deadline = stripes[index].deadline, deadline <= now { process(.tick, index, io) }
            if let deadline = stripes[index].deadline {
                earliest = min(deadline, earliest ?? deadline)
            }
            index += loops
        }
        return earliest
    }

    /// Sessions and timers that live in all stripes together.
    var load: (sessions: Int, timers: Int) {
        stripes.reduce((0, 0)) { sum, stripe in
            let load = stripe.load
            return (sum.0 + load.sessions, sum.1 + load.timers)
        }
    }

    /// Takes no new calls from now on.
    func drain() {
        for stripe in stripes { stripe.drain() }
    }

    /// Requests in all stripes that wait for their final response.
    var unanswered: Int { stripes.reduce(0) { $0 + $1.unanswered } }

    private func process(_ input: consuming Input, _ stripe: Int, _ io: LoopIO) {
        var outputs = io.takeOutputs()
        stripes[stripe].receive(input, at: Clock.instant, into: &outputs)
        // From the end they are taken out without a copy.
        outputs.reverse()
        while let output = outputs.popLast() {
            switch consume output {
            case .send(let bytes, let destination, let interface, let branch):
                io.send(bytes, to: destination, from: interface, for: branch)
            case .sendNamed(let bytes, let destination, let name, let interface, let branch):
                io.send(bytes, to: destination, named: name, from: interface, for: branch)
            case .sendLarge(let bytes, let destination, let interface, let datagram):
                io.send(bytes, to: destination, from: interface, orElse: datagram)
            case .route(let arrival): route(arrival, stripe, io)
            case .failed(let search): routeAgain(search, stripe, io)
            case .resolve(let query): resolve(query, stripe, io)
            case .setAside(let destination, let time):
                resolver.setAside(destination, for: time)
            case .answer(let outcome): askers.answer(outcome)
            case .gateway(let id, let outcome):
                site.gateways?.called(id, outcome, at: Clock.instant)
            case .event(let event): onEvent(event)
            }
        }
        io.giveBack(outputs)
    }

    private func route(_ arrival: Arrival, _ stripe: Int, _ io: LoopIO) {
        let request = RoutedRequest(
            arrival, site: site, time: Clock.unixTime, random: nextRandom(),
            effects: io.effects(of: stripe))
        decide(request, failed: nil, stripe, io)
    }

    private func routeAgain(_ search: FailedSearch, _ stripe: Int, _ io: LoopIO) {
        let request = search.request.again(
            at: Clock.unixTime, random: nextRandom(), effects: io.effects(of: stripe))
        decide(request, failed: search.best, stripe, io)
    }

    /// Asks the router, on this thread: when nothing waits, the answer leaves in the same turn of the loop.
    ///
    /// - Parameter best: what came of the request so far; nil: it is new.
    private func decide(
        _ request: consuming RoutedRequest, failed best: BestResponse?, _ stripe: Int, _ io: LoopIO
    ) {
        let initial = request
        Task.immediate { [self] in
            var request = initial
            let action: Action
            do {
                if let best {
                    action = try await router.failed(&request, with: best)
                } else {
                    action = try await router.route(&request)
                }
            } catch {
                action = Action(.reply(reply(to: error, request.arrival)))
            }
            if io.isCurrent {
                process(.routed(request, action), stripe, io)
            } else {
                let answered = request
                io.perform { self.process(.routed(answered, action), stripe, io) }
            }
        }
    }

    /// What routes on a loop may cause, for each stripe: made once, since a request would need two closures.
    func effects(on io: LoopIO) -> [RouteEffects] {
        var keep: RouteEffects.Keep?
        if !keepAlives.isOff {
            keep = { [keepAlives] in keepAlives.set($0, of: $1, in: $2) }
        }
        return stripes.indices.map { [keep] stripe in
            RouteEffects(
                // The loop holds what this makes.
                provisional: { [self, weak io] arrival, status in
                    guard let io else { return }
                    io.perform { self.process(.provisional(arrival, status), stripe, io) }
                },
                event: onEvent, responded: { [router] in router.responded(&$0) },
                login: { [site, onEvent] source, isRight in
                    site.noteLogin(
                        from: source, isRight: isRight, at: Clock.instant, tell: onEvent)
                },
                atEnd: { [weak io] flow, name, work in io?.atEnd(of: flow, name, work) },
                keep: keep)
        }
    }

    /// The answer to what a route threw; an error that is no rejection is told.
    private func reply(to error: any Error, _ arrival: Arrival) -> Reply {
        if !(error is Rejection) {
            onEvent(
                .routeFailed(
                    arrival.request.method, error: String(describing: error),
                    callID: arrival.essentials.callID))
        }
        return Reply(thrown: error)
    }

    /// Starts on this thread: what is known already goes out in the same turn of the loop.
    private func resolve(_ query: Query, _ stripe: Int, _ io: LoopIO) {
        Task.immediate { [self] in
            var destinations: [Endpoint] = []
            do throws(ResolutionError) {
                destinations = try await resolver.destinations(
                    of: query.server, random: query.random)
            } catch {
                onEvent(.unresolved(query.server.host, reason: error.description))
            }
            if io.isCurrent {
                process(.resolved(query, destinations), stripe, io)
            } else {
                let found = destinations
                io.perform { self.process(.resolved(query, found), stripe, io) }
            }
        }
    }

    /// 64 bits that nobody outside can foresee: the hash of a counter under the process's secret.
    func nextRandom() -> UInt64 {
        var hash = SipHash(key: hashKey)
        hash.append(issuedRandoms.wrappingAdd(1, ordering: .relaxed).newValue)
        return hash.finish().high
    }
}

extension SIPMessage {
    fileprivate var headerLineCount: Int {
        switch self {
        case .request(let request): request.message.lines.count
        case .response(let response): response.message.lines.count
        }
    }
}

extension Refusal {
    /// What the sender of a request that can't be framed is told; nil when nothing is to be told.
    fileprivate init?(_ reason: StreamFramer.Reason) {
        switch reason {
        case .notSIP, .headersTooLong: return nil
        case .messageTooLong: self.init(.messageTooLarge, "Message Too Large")
        case .contentLengthMissing: self.init(.badRequest, "Missing Content-Length")
        case .contentLengthInvalid: self.init(.badRequest, "Bad Content-Length")
        }
    }
}
