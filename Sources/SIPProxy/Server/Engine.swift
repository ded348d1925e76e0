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
    private let resolver: any Resolver
    private let onEvent: @Sendable (ProxyEvent) -> Void
    private let issuedRandoms = Atomic<UInt64>(0)

    init(
        site: Site, router: any Router, resolver: any Resolver, core: ProxyCore.Settings,
        stripes count: Int, onEvent: @escaping @Sendable (ProxyEvent) -> Void
    ) {
        self.site = site
        self.router = router
        self.resolver = resolver
        self.onEvent = onEvent
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
    /// - Parameter address: the machine's address that it was sent to, when the listener is bound to a wildcard.
    func received(
        _ bytes: [UInt8], from source: Endpoint, on listener: Int, at address: IPAddress?,
        by io: LoopIO
    ) {
        let message: SIPMessage
        do {
            message = try SIPMessage(bytes)
        } catch {
            onEvent(.unframeable(error, from: source))
            return
        }
        guard
            let (input, stripe) = Input.message(
                message, from: source, on: listener, at: address, hashKey: hashKey,
                stripes: stripes.count)
        else {
            if case .response(let response) = message {
                onEvent(.strayResponse(response.status, from: source))
            }
            return
        }
        process(input, stripe, io)
    }

    /// What a client transaction sent can't be sent there (RFC 3261 17.1.4).
    func unreachable(_ destination: Endpoint, for branch: BranchToken, by io: LoopIO) {
        process(.unreachable(destination, branch: branch), Int(branch.stripe), io)
    }

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
        for output in outputs {
            switch output {
            case .send(let bytes, let destination, let interface, let branch):
                io.send(bytes, to: destination, from: interface, for: branch)
            case .route(let arrival): route(arrival, stripe, io)
            case .failed(let search): routeAgain(search, stripe, io)
            case .resolve(let query): resolve(query, stripe, io)
            case .setAside(let destination, let time):
                resolver.setAside(destination, for: time)
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
        stripes.indices.map { stripe in
            RouteEffects(
                // The loop holds what this makes.
                provisional: { [self, weak io] arrival, status in
                    guard let io else { return }
                    io.perform { self.process(.provisional(arrival, status), stripe, io) }
                },
                event: onEvent, responded: { [router] in router.responded(&$0) })
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
    private func nextRandom() -> UInt64 {
        var hash = SipHash(key: hashKey)
        hash.append(issuedRandoms.wrappingAdd(1, ordering: .relaxed).newValue)
        return hash.finish().high
    }
}
