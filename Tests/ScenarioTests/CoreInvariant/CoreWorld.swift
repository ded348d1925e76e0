import SIPAuth
import SIPCore
import SIPDNS
import SIPProxy
import SIPTransaction
import Synchronization

/// One core, the parties around it, and the time that a program lets pass.
final class CoreWorld {
    private(set) var tally = Tally()
    private var core: ProxyCore
    private let site: Site
    private let router: any Router
    private let hashKey = HashKey(1, 2)
    private var program: CoreProgram
    private var witness = Witness()
    private var wounds = Wounds()
    private var now = Instant.zero
    private var numbers = 0
    /// What the parties have sent, whole.
    private var sent: [KnownRequest] = []
    /// The requests that the proxy has sent, with who got them.
    private var forwarded: [KnownRequest] = []
    private var targets: [(endpoint: Endpoint, branch: BranchToken)] = []
    private var challenge: ByteSlice?
    private var queries: [Query] = []
    private var isHolding = false
    private var held: [() throws -> Void] = []

    init(_ program: [UInt8], router: any Router) throws {
        self.program = CoreProgram(program)
        self.router = router
        let proxy = Endpoint(.udp, Self.address, port: 5060)
        let responsibility = Responsibility(
            listeners: [
                Listener(bound: proxy, advertisedHost: "192.0.2.1", advertisedPort: 5060)
            ],
            addresses: [Self.address], domains: [try Host("voice.test")])
        var digest = DigestAuthenticator.Settings()
        digest.rememberedNonces = 64
        site = Site(
            responsibility,
            digest: try DigestAuthenticator(
                key: Array(1...32), settings: digest, isOurs: { responsibility.includes($0) }),
            signature: DialogSignature(key: HashKey(3, 4)),
            trustedPeers: [Party.peer.endpoint.address])
        core = ProxyCore(site: site, stripe: 0, hashKey: hashKey, now: now)
    }

    private static let address = IPAddress.v4(0xC000_0201)

    func run() throws {
        while let step = program.step() { try take(step) }
        try finish()
    }

    // MARK: What a program can do

    private func take(_ step: CoreProgram.Step) throws {
        switch step {
        case .wait: try wait(Self.waits[Int(program.next()) % Self.waits.count])
        case .request:
            let (party, method) = (
                program.choice(of: Party.allCases), program.choice(of: Party.methods)
            )
            let uri = program.choice(of: Party.uris)
            guard let party, let method, let uri else { return }
            try send(party.request(method, uri, number: number()), party)
        case .answerChallenge:
            guard let request = sent.last(where: { $0.party == .alice }), let challenge,
                let answer = request.answering(challenge, count: number(), branch: number())
            else { return }
            witness.learn(credentials: answer.credentials, for: request.method)
            try send(answer.bytes, .alice)
        case .copy:
            let (request, party) = (program.choice(of: sent), program.party())
            guard let request else { return }
            try send(request.bytes, party ?? request.party)
        case .cancel, .acknowledge:
            let (request, party) = (program.choice(of: sent), program.party())
            guard let request else { return }
            let method = step == .cancel ? "CANCEL" : "ACK"
            try send(request.hopByHop(method), party ?? request.party)
        case .respond:
            let (request, status) = (
                program.choice(of: forwarded), program.choice(of: Self.statuses)
            )
            let (tag, contact) = (program.choice(of: ["b", "c"]), program.choice(of: Party.uris))
            guard let request, let status, let tag, let contact else { return }
            try send(request.response(status, tag: tag, contact: contact), request.party)
        case .insideOfDialog:
            let (request, method) = (
                program.choice(of: forwarded), program.choice(of: Party.methods)
            )
            let (uri, tag) = (program.choice(of: Party.uris), program.choice(of: ["b", "c"]))
            let (isCallee, other) = (program.next() & 1 == 0, program.party())
            guard let request, let method, let uri, let tag else { return }
            let party = other ?? (isCallee ? request.party : .peer)
            try send(
                request.insideOfDialog(
                    method, to: uri, fromCallee: isCallee, tag: tag, branch: number(), at: party),
                party)
        case .raw:
            guard let party = program.choice(of: Party.allCases) else { return }
            try send(program.text(), party)
        case .wound:
            let place = Int(program.next()) << 8 | Int(program.next())
            wounds.add(program.next(), at: place, program.text())
        case .splice:
            let place = Int(program.next()) << 8 | Int(program.next())
            if let splinter = program.choice(of: Splinters.all) {
                wounds.add(1, at: place, splinter)
            }
        case .unreachable:
            guard let (endpoint, branch) = program.choice(of: targets) else { return }
            try feed(.unreachable(endpoint, branch: branch))
        case .resolve:
            let (query, answer) = (program.choice(of: queries), program.next())
            if let query { try resolve(query, with: answer) }
        case .hold: isHolding.toggle()
        case .release: if !held.isEmpty { try held.removeFirst()() }
        case .drain: if program.next() == 0xD7 { core.drain() }
        }
    }

    private static let statuses = [
        100, 180, 183, 199, 200, 202, 300, 302, 401, 404, 407, 408, 486, 487, 500, 503, 600, 603,
        699,
    ]
    private static let waits: [Duration] = [
        .zero, .milliseconds(10), .milliseconds(100), .milliseconds(500), .seconds(1), .seconds(4),
        .seconds(5), .seconds(20), .seconds(32), .seconds(180), .seconds(3600),
    ]

    private func number() -> Int {
        numbers += 1
        return numbers
    }

    private func send(_ text: [UInt8], _ party: Party) throws {
        let bytes = wounds.applied(to: text)
        if let known = KnownRequest(bytes, party) {
            sent.append(known)
            if sent.count > 64 { sent.removeFirst() }
        }
        guard let message = try? SIPMessage(witness.marked(bytes, from: party)),
            let (input, _) = Input.message(
                message, from: party.endpoint, on: 0, hashKey: hashKey, stripes: 1)
        else { return }
        if case .request(let request) = message {
            tally.requests += 1
            try feed(input, from: Asker(party.endpoint, request))
        } else {
            try feed(input)
        }
    }

    /// A name is Carol's, or leads inside; sometimes it has no address, or one that is no host's.
    private func resolve(_ query: Query, with byte: UInt8) throws {
        queries.removeAll { $0 == query }
        let right =
            query.server.host.equalsIgnoringCase("carol.test") ? Party.carol : Party.inner
        let addresses: [IPAddress] =
            switch byte % 4 {
            case 0: []
            case 1: [.v4(0xE000_0001), .v6(high: 0, low: 1)]
            case 2: [Self.address]
            default: [right.endpoint.address]
            }
        // Some names have two servers more: the next one is tried when the first is silent or refuses. Carol's lead to no one else.
        let others = byte & 0x40 == 0 ? [] : [Party.carol, right == .carol ? .bob : .inner]
        let destinations = (addresses + others.map(\.endpoint.address)).map {
            Endpoint(.udp, $0, port: query.server.port ?? 5060)
        }
        try feed(.resolved(query, destinations))
    }

    // MARK: Time

    private func wait(_ duration: Duration) throws {
        let end = now + duration
        try pass(until: end)
        now = max(now, end)
    }

    private func pass(until end: Instant) throws {
        var ticks = 0
        while let deadline = core.nextDeadline, deadline <= end {
            now = max(now, deadline)
            try tell(.tick, from: nil)
            ticks += 1
            guard ticks < 200_000 else { throw Breach("a timer is set anew for ever") }
        }
    }

    /// Everybody falls silent. Routes that are still at work answer when nobody waits for it any more, and look-ups last.
    private func finish() throws {
        try pass(until: now + .seconds(2 * 3600))
        isHolding = false
        for late in held { try late() }
        for query in queries { try feed(.resolved(query, [])) }
        try pass(until: now + .seconds(2 * 3600))
        guard core.isEmpty else {
            throw Breach("\(core.sessionCount) sessions and \(core.timerCount) timers are left")
        }
    }

    // MARK: What the core wants

    /// - Parameter asker: who sent the request that is fed.
    private func feed(_ input: consuming Input, from asker: Asker? = nil) throws {
        // What is due by now is nobody's answer.
        try pass(until: now)
        try tell(input, from: asker)
    }

    private func tell(_ input: consuming Input, from asker: Asker?) throws {
        var outputs: [Output] = []
        core.receive(input, at: now, into: &outputs)
        try carryOut(outputs, from: asker)
    }

    private func carryOut(_ outputs: [Output], from asker: Asker?) throws {
        guard outputs.count <= 64 + 16 * core.sessionCount else {
            throw Breach("\(outputs.count) outputs at once")
        }
        for output in outputs {
            switch output {
            case .send(let bytes, let destination, _, let branch),
                .sendNamed(let bytes, let destination, _, _, let branch):
                try witness.check(bytes, to: destination, answering: asker, &tally)
                note(bytes, destination, branch)
            case .sendLarge(let bytes, let destination, _, _):
                try witness.check(bytes, to: destination, answering: asker, &tally)
                note(bytes, destination, nil)
            case .route(let arrival):
                try orLater { [unowned self] in try decide(arrival: arrival) }
            case .failed(let search):
                try orLater { [unowned self] in try decide(search: search) }
            case .resolve(let query):
                queries.append(query)
                if queries.count > 64 { queries.removeFirst() }
            case .setAside, .answer, .gateway: break
            case .event(let event):
                if case .refused = event { tally.refusals += 1 }
            }
        }
    }

    private func note(_ bytes: [UInt8], _ destination: Endpoint, _ branch: BranchToken?) {
        if let branch { targets = targets.suffix(31) + [(destination, branch)] }
        let party = Party.allCases.first { $0.endpoint == destination }
        if let party, let request = KnownRequest(bytes, party) {
            forwarded = forwarded.suffix(63) + [request]
        }
        guard case .response(let response)? = try? SIPMessage(bytes), party == .alice,
            response.status == .unauthorized || response.status == .proxyAuthenticationRequired
        else { return }
        tally.challenges += 1
        challenge =
            (response.values(of: "WWW-Authenticate") + response.values(of: "Proxy-Authenticate"))
            .last
    }

    private func orLater(_ work: @escaping () throws -> Void) throws {
        if isHolding, held.count < 64 { held.append(work) } else { try work() }
    }

    // MARK: The route

    private func decide(arrival: Arrival) throws {
        let effects = Effects()
        let request = RoutedRequest(
            arrival, site: site, time: time, random: UInt64(number()), effects: effects.forRoute)
        try decide(request, nil, effects, from: Asker(arrival.source, arrival.request))
    }

    private func decide(search: FailedSearch) throws {
        let effects = Effects()
        let request = search.request.again(
            at: time, random: UInt64(number()), effects: effects.forRoute)
        try decide(request, search.best, effects, from: nil)
    }

    private var time: UnixTime {
        UnixTime(seconds: 1_800_000_000 + now.nanoseconds / 1_000_000_000)
    }

    private func decide(
        _ request: RoutedRequest, _ best: BestResponse?, _ effects: Effects, from asker: Asker?
    ) throws {
        let router = router
        let decided = Decided()
        Task.immediate {
            var routed = request
            let action: Action
            do {
                if let best {
                    action = try await router.failed(&routed, with: best)
                } else {
                    action = try await router.route(&routed)
                }
            } catch {
                action = Action(.reply(Reply(thrown: error)))
            }
            decided.answer.withLock { $0 = (routed, action) }
        }
        guard let (routed, action) = decided.answer.withLock({ $0 }) else {
            throw Breach("the route waits for something")
        }
        for input in effects.inputs.withLock({ $0 }) { try feed(input, from: asker) }
        try feed(.routed(routed, action), from: asker)
    }

    private final class Decided: Sendable {
        let answer = Mutex<(RoutedRequest, Action)?>(nil)
    }

    private final class Effects: Sendable {
        let inputs = Mutex<[Input]>([])

        var forRoute: RouteEffects {
            RouteEffects(
                provisional: { arrival, status in
                    self.inputs.withLock { $0.append(.provisional(arrival, status)) }
                }, event: { _ in })
        }
    }
}
