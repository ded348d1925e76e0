package import SIPCore
package import SIPDNS
package import SIPProxy
import SIPTransaction
import SIPTransport

/// The proxy's cores on the virtual network: what the server does with sockets, done with values.
///
/// Routes run inline; with ``holdsRoutes`` they wait until a test lets them go.
package final class VirtualProxy: NetworkHost {
    package let site: Site
    /// The address that the system chooses where the core leaves the choice to it.
    private let address: IPAddress
    package var router: any Router
    /// Addresses of names; of a name that is missing there are none.
    package var names: [String: [IPAddress]] = [:]
    /// What the DNS says besides: NAPTR and SRV records.
    package var records: [Question: Answer] = [:]
    /// Requests stay with the route until ``releaseRoutes()``.
    package var holdsRoutes = false
    /// Look-ups stay unanswered until ``releaseLookups()``.
    package var holdsLookups = false
    package private(set) var events: [ProxyEvent] = []
    /// What no message of a proxy may ever be; a test that ends with some has failed.
    package private(set) var complaints: [String] = []
    package private(set) var routedRequests = 0
    let network: VirtualNetwork
    let hashKey = HashKey(0x5CE_4A10, 0xB0B)
    private let stripes: [Stripe]
    private var heldRoutes: [(Arrival, Int)] = []
    private var heldFailures: [(FailedSearch, Int)] = []
    private var heldQueries: [(Query, Int)] = []
    var randoms = SplitMix(7)
    private var askers: [UInt64: (OwnOutcome.Result) async -> Void] = [:]
    private var issuedQuestions: UInt64 = 0
    private var probesGateways = true
    private var gatewayLook: Appointment?
    private var quarantine = Quarantine()
    let keepAlive: VirtualKeepAlive
    var isKeeping = false
    /// How long a destination is set aside that does not say for itself how long.
    private static let pause = Duration.seconds(30)

    /// A core that is not copyable needs an owner to be in an array.
    private final class Stripe {
        var core: ProxyCore
        var wake: Appointment?
        init(_ core: consuming ProxyCore) { self.core = core }
    }

    init(
        _ site: Site, at address: IPAddress, router: any Router, on network: VirtualNetwork,
        stripes count: Int,
        settings: ProxyCore.Settings, keepAlive: KeepAlive
    ) {
        self.site = site
        self.address = address
        self.router = router
        self.network = network
        self.keepAlive = VirtualKeepAlive(keepAlive, at: network.clock.now)
        let hashKey = hashKey
        stripes = (0..<count).map {
            Stripe(
                ProxyCore(
                    site: site, stripe: UInt8($0), hashKey: hashKey, settings: settings,
                    now: network.clock.now))
        }
        for listener in site.listeners {
            for endpoint in site.endpoints(of: listener) { network.attach(self, at: endpoint) }
        }
    }

    /// Sessions that live in all stripes.
    package var sessionCount: Int { stripes.reduce(0) { $0 + $1.core.sessionCount } }
    /// Sessions in all stripes that wait for their final response.
    package var unansweredCount: Int { stripes.reduce(0) { $0 + $1.core.unansweredCount } }
    /// Timers that run in all stripes.
    package var timerCount: Int { stripes.reduce(0) { $0 + $1.core.timerCount } }

    package func receive(_ bytes: [UInt8], from source: Endpoint, at endpoint: Endpoint) async {
        if let keepAlive = KeepAliveDatagram(bytes, from: source) {
            if case .stun(let answer) = keepAlive {
                network.send(answer, from: endpoint, to: source)
            }
            return
        }
        guard let message = admitted(bytes, from: source),
            let listener = site.listeners.firstIndex(where: {
                site.endpoints(of: $0).contains(endpoint)
            }),
            let (input, stripe) = Input.message(
                message, from: source, on: listener, at: endpoint.address, hashKey: hashKey,
                stripes: stripes.count)
        else { return }
        if let due = stripes[stripe].core.nextDeadline, due <= network.clock.now {
            await process(.tick, stripe)
        }
        // A response is passed on to whoever asked, so nothing is known of where it goes.
        let asker: Endpoint? = if case .request = message { source } else { nil }
        await process(input, stripe, asker)
    }

    /// Sends an OPTIONS of the proxy's own.
    ///
    /// - Parameter answer: hears once what came of it.
    package func ask(
        _ target: Target, within patience: Duration, user: ByteSlice? = nil,
        _ answer: @escaping (OwnOutcome.Result) async -> Void
    ) async {
        issuedQuestions += 1
        askers[issuedQuestions] = answer
        let request = OwnRequest(issuedQuestions, to: target, within: patience, user: user)
        await process(.own(request), Int(issuedQuestions % UInt64(stripes.count)))
    }

    /// The message, when nothing speaks against its source.
    private func admitted(_ bytes: [UInt8], from source: Endpoint) -> SIPMessage? {
        let now = network.clock.now
        guard
            site.admits(bytes, from: source, provenNames: [], at: now, tell: { events.append($0) }),
            let message = try? SIPMessage(bytes)
        else { return nil }
        guard case .request(let request) = message else { return message }
        return site.admits(
            request, from: source, provenNames: [], isConnected: false, at: now,
            tell: { events.append($0) }) ? message : nil
    }

    /// Takes no new calls from now on.
    package func drain() {
        for stripe in stripes { stripe.core.drain() }
    }

    package func releaseRoutes() async {
        holdsRoutes = false
        let held = heldRoutes
        heldRoutes = []
        for (arrival, stripe) in held { await route(arrival, stripe) }
        let failures = heldFailures
        heldFailures = []
        for (search, stripe) in failures { await routeAgain(search, stripe) }
    }

    package func releaseLookups() async {
        holdsLookups = false
        let held = heldQueries
        heldQueries = []
        for (query, stripe) in held { await process(resolved(query), stripe) }
    }

    private func process(_ input: Input, _ index: Int, _ asker: Endpoint? = nil) async {
        let watch = Watch(input, from: asker)
        var outputs: [Output] = []
        stripes[index].core.receive(input, at: network.clock.now, into: &outputs)
        for output in outputs {
            switch output {
            case .send(let bytes, let destination, let interface, let branch):
                if let complaint = watch.complaint(bytes, to: destination) {
                    complaints.append(complaint)
                }
                let hasLeft = network.send(
                    bytes, from: source(for: interface), to: destination)
                if !hasLeft, let branch {
                    await process(.unreachable(destination, branch: branch), index)
                }
            case .sendNamed(let bytes, let destination, _, let interface, let branch):
                let hasLeft = network.send(
                    bytes, from: source(for: interface), to: destination)
                if !hasLeft, let branch {
                    await process(.unreachable(destination, branch: branch), index)
                }
            case .sendLarge(let bytes, let destination, let interface, let datagram):
                let hasLeft = network.send(
                    bytes, from: source(for: interface), to: destination)
                if !hasLeft {
                    network.send(
                        datagram.bytes, from: source(for: datagram.interface),
                        to: datagram.destination)
                }
            case .route(let arrival):
                if holdsRoutes {
                    heldRoutes.append((arrival, index))
                } else {
                    await route(arrival, index)
                }
            case .failed(let search):
                if holdsRoutes {
                    heldFailures.append((search, index))
                } else {
                    await routeAgain(search, index)
                }
            case .resolve(let query):
                if holdsLookups {
                    heldQueries.append((query, index))
                } else {
                    await process(resolved(query), index)
                }
            case .setAside(let destination, let time):
                let now = network.clock.now
                quarantine.setAside(destination, until: now + (time ?? Self.pause), at: now)
            case .answer(let outcome): await askers.removeValue(forKey: outcome.id)?(outcome.result)
            case .gateway(let id, let outcome):
                site.gateways?.called(id, outcome, at: network.clock.now)
                await lookAfterGateways()
            case .event(let event): events.append(event)
            }
        }
        plan(stripes[index], index)
    }

    /// Sends the probes that are due, and plans the next look.
    package func lookAfterGateways() async {
        guard let gateways = site.gateways, probesGateways else { return }
        // The first look plans the probes, the second says when.
        var (probes, changes, next) = gateways.due(at: network.clock.now)
        if let due = next, due <= network.clock.now {
            let second = gateways.due(at: network.clock.now)
            probes += second.probes
            changes += second.changes
            next = second.next
        }
        events += changes.map { .gateway($0) }
        for probe in probes {
            await ask(Target(uri: probe.uri), within: probe.timeout) { [unowned self] result in
                gateways.probed(probe.id, result.probeAnswer, at: network.clock.now)
                await lookAfterGateways()
            }
        }
        gatewayLook?.cancel()
        gatewayLook = next.map { moment in
            network.clock.at(moment) { [unowned self] in await lookAfterGateways() }
        }
    }

    /// No gateway is probed any more.
    package func stopProbing() {
        probesGateways = false
        gatewayLook?.cancel()
    }

    private func source(for interface: Interface) -> Endpoint {
        var source = site.listeners[interface.listener].bound
        guard case .v4(0) = source.address else { return source }
        source.address = interface.address ?? address
        return source
    }

    private func resolved(_ query: Query) -> Input {
        let location = ServerLocation(
            query.server, transports: [.udp], families: [.v6, .v4], random: query.random)
        var known: [Question: Answer] = [:]
        while true {
            switch location.step(known) {
            case .ask(let questions):
                for question in questions { known[question] = answer(to: question) }
            case .located(let destinations):
                return .resolved(query, quarantine.ordered(destinations, at: network.clock.now))
            case .failed: return .resolved(query, [])
            }
        }
    }

    private func answer(to question: Question) -> Answer {
        if let answer = records[question] { return answer }
        let family: AddressFamily
        switch question.type {
        case .a: family = .v4
        case .aaaa: family = .v6
        case .srv, .naptr: return .nothing
        }
        let addresses = (names[question.name.description] ?? []).filter { $0.family == family }
        return addresses.isEmpty ? .nothing : .addresses(addresses)
    }

    private func plan(_ stripe: Stripe, _ index: Int) {
        let deadline = stripe.core.nextDeadline
        guard deadline != stripe.wake?.moment else { return }
        stripe.wake?.cancel()
        stripe.wake = deadline.map { moment in
            network.clock.at(moment) { [unowned self] in
                stripes[index].wake = nil
                await process(.tick, index)
            }
        }
    }

    private func route(_ arrival: Arrival, _ stripe: Int) async {
        routedRequests += 1
        await answer(await decide(arrival), stripe)
    }

    private func routeAgain(_ search: FailedSearch, _ stripe: Int) async {
        let effects = Collected()
        let request = search.request.again(
            at: network.clock.unixTime, random: randoms.next(), effects: self.effects(into: effects)
        )
        await answer(await decide(request, failed: search.best, effects), stripe)
    }

    private func answer(_ decision: Decision, _ stripe: Int) async {
        planKeepAlive()
        events += decision.effects.all.events
        for input in decision.effects.all.inputs { await process(input, stripe) }
        await process(.routed(decision.request, decision.action), stripe)
    }
}

extension Site {
    /// The endpoints at which a listener is reached: for a wildcard, one on each of the machine's addresses.
    fileprivate func endpoints(of listener: Listener) -> [Endpoint] {
        guard case .v4(0) = listener.bound.address else { return [listener.bound] }
        return responsibility.addresses.map {
            Endpoint(listener.bound.transport, $0, port: listener.bound.port)
        }
    }
}
