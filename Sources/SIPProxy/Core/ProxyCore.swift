package import SIPCore
package import SIPTransaction

/// One stripe of the proxy: transactions, sessions, forks, and nothing else. It has no socket, clock, random number or task.
///
/// Everything that happens comes in through ``receive(_:at:into:)``, and everything it wants done goes out as values. So a
/// whole call, with loss and 32 seconds of timers, is a test that takes microseconds.
///
/// Not copyable: two copies would answer for the same calls.
package struct ProxyCore: ~Copyable {
    package struct Settings: Sendable {
        package var timers = TimerValues.standard
        /// More sessions than that at once in this stripe: new requests are answered 503 (RFC 3261 21.5.4).
        package var maximumSessions = 16_384
        /// Seconds that a refused caller is asked to wait.
        package var retryAfter: UInt32 = 5

        /// The Max-Breadth of a request that has none, or more (RFC 5393 5.3.3): how many copies of it may be under way at once,
        /// here and behind us. 1 to 255; recommended is 60.
        package var maximumBreadth: UInt8 = 60

        /// How long a destination may be silent before the next one of the same name is tried (RFC 3263 4.3).
        package var failover = Duration.seconds(4)

        package init() {}
    }

    let site: Site
    let settings: Settings
    let stripe: UInt8
    let hashKey: HashKey
    var transactions: [TransactionKey: UInt32] = [:]
    var sessions = Slab<Session>()
    var wheel: TimerWheel
    var outputs: [Output] = []
    /// ACKs and other copies without a session that wait for a name to be looked up.
    var waitingCopies: [BranchToken: Forwarding] = [:]
    /// Requests of our own that are under way.
    var own = Slab<OwnTransaction>()
    /// No new calls are taken.
    private(set) var isDraining = false
    /// When a request other than INVITE is answered 100 (RFC 4320 4.1).
    private let lateTrying: Duration
    private var issuedCookies: UInt64 = 0

    /// - Parameters:
    ///   - stripe: this stripe's number; our branches carry it.
    ///   - hashKey: 128 random bits of this process, for transaction keys, tags and cookies.
    ///   - now: the moment that timers are counted from.
    package init(
        site: Site, stripe: UInt8, hashKey: HashKey, settings: Settings = Settings(), now: Instant
    ) {
        self.site = site
        self.settings = settings
        self.stripe = stripe
        self.hashKey = hashKey
        wheel = TimerWheel(now: now)
        lateTrying = settings.timers.untilTimerEReachesT2
    }

    /// Takes what happened, and says what is to be done, in order.
    ///
    /// - Parameter done: an empty list to write to; one that is used again has its room already.
    package mutating func receive(
        _ input: consuming Input, at now: Instant, into done: inout [Output]
    ) {
        swap(&outputs, &done)
        switch consume input {
        case .request(let request): receive(request, at: now)
        case .refused(let refused): refuse(refused)
        case .response(let response, let token): receive(response, for: token, at: now)
        case .provisional(let arrival, let status): answerProvisionally(arrival, status, at: now)
        case .routed(let request, let action): answer(request, action, at: now)
        case .resolved(let query, let destinations): resolve(query, destinations, at: now)
        case .unreachable(let endpoint, let token): fail(token, endpoint, at: now)
        case .own(let request): send(request, at: now)
        case .tick: break
        }
        fireTimers(at: now)
        swap(&outputs, &done)
    }

    /// Takes no new calls from now on: requests outside of dialogs are answered 503, everything else goes on.
    package mutating func drain() { isDraining = true }

    /// When the next timer is due; nil when none runs.
    package var nextDeadline: Instant? { wheel.nextDeadline }

    /// How many sessions live, answered ones that still absorb retransmissions and requests of our own included.
    package var sessionCount: Int { sessions.count + own.count }

    /// How many sessions wait for their final response.
    package var unansweredCount: Int { sessions.count(where: { !$0.isAnswered }) }

    /// How many timers run.
    package var timerCount: Int { wheel.count }

    /// Whether nothing at all is kept: no session, no name that finds one, no timer, no copy that waits for a look-up.
    package var isEmpty: Bool {
        sessions.count == 0 && transactions.isEmpty && wheel.count == 0 && waitingCopies.isEmpty
            && own.count == 0
    }

    /// How long a request may wait for anything before it is answered 100.
    ///
    /// RFC 3261 17.2.1: at an INVITE "unless it knows that the TU will generate a provisional or final response within 200 ms".
    func patience(for method: SIPMethod) -> Duration {
        method == .invite ? .milliseconds(200) : lateTrying
    }

    /// How long a route may take; then the answer is 500. The client gives up after 64*T1, and would hear nothing at that moment.
    var routePatience: Duration { settings.timers.f * 7 / 8 }

    /// A number that nobody outside can foresee, never the same twice: the hash of a counter.
    mutating func nextCookie() -> UInt64 {
        issuedCookies &+= 1
        var hash = SipHash(key: hashKey)
        hash.append(UInt64(stripe))
        hash.append(issuedCookies)
        return hash.finish().low
    }
}
