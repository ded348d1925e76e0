/// How long each timer runs: RFC 3261 table 4, computed from T1, T2 and T4, each a setting of its
/// own.
///
/// Durations are positive; a retransmission interval below a millisecond counts as one, so that a
/// setting of zero floods nobody.
public struct TimerValues: Hashable, Sendable {
    /// The estimate of a round trip, and the first interval of timers A, E and G. 500 ms (RFC 3261
    /// 17.1.1.1).
    public var t1: Duration
    /// The longest interval between copies of a non-INVITE request or of a response to INVITE. 4 s
    /// (17.1.2.2).
    public var t2: Duration
    /// How long a message stays in the network. 5 s (17.1.2.2).
    public var t4: Duration
    /// Timer B, 64·T1: an INVITE without any response (17.1.1.2).
    public var b: Duration
    /// Timer C, more than three minutes: a forwarded INVITE without a final response (16.6 item
    /// 11).
    public var c: Duration
    /// Timer D, at least 32 s on unreliable transports: the server's T1 is not known (17.1.1.2).
    public var d: Duration
    /// Timer F, 64·T1: another request without a final response (17.1.2.2).
    public var f: Duration
    /// Timer H, 64·T1: a final response to INVITE without an ACK (17.2.1).
    public var h: Duration
    /// Timer I, T4 on unreliable transports: more copies of the ACK (17.2.1).
    public var i: Duration
    /// Timer J, 64·T1 on unreliable transports: more copies of a non-INVITE request (17.2.2).
    public var j: Duration
    /// Timer K, T4 on unreliable transports: more copies of a final response (17.1.2.2).
    public var k: Duration
    /// Timer L, 64·T1: more copies of an accepted INVITE (RFC 6026 8.11).
    public var l: Duration
    /// Timer M, 64·T1: more 2xx responses (RFC 6026 8.11).
    public var m: Duration

    /// The values that follow from three times; each can be set afterwards.
    public init(
        t1: Duration = .milliseconds(500), t2: Duration = .seconds(4), t4: Duration = .seconds(5)
    ) {
        self.t1 = t1
        self.t2 = t2
        self.t4 = t4
        let whole = t1 * 64
        b = whole
        c = .seconds(181)
        // RFC 3261 17.1.1.2: "an absolute minimum of 32s is used instead of basing Timer D on T1".
        d = max(.seconds(32), whole)
        f = whole
        h = whole
        i = t4
        j = whole
        k = t4
        l = whole
        m = whole
    }

    /// The values of RFC 3261 table 4 and RFC 6026 8.11.
    public static let standard = TimerValues()

    /// How long a timer runs when it is set for the first time, or nil when this transport never
    /// sets it.
    ///
    /// Zero means that what the timer waits for can't come on a reliable transport: the transaction
    /// ends at once.
    public func duration(of timer: TransactionTimer, isReliable: Bool) -> Duration? {
        switch timer {
        case .a, .e, .g: isReliable ? nil : interval(after: 0, upTo: nil)
        case .b: b
        case .c: c
        case .d: isReliable ? .zero : d
        case .f: f
        case .h: h
        case .i: isReliable ? .zero : i
        case .j: isReliable ? .zero : j
        case .k: isReliable ? .zero : k
        case .l: l
        case .m: m
        }
    }

    /// How long a client has waited when its timer E is reset to T2: only then a request other than INVITE may be, and has to be,
    /// answered 100 (RFC 4320 4.1). 3.5 s by default.
    package var untilTimerEReachesT2: Duration {
        var waited = Duration.zero
        var retransmissions: UInt8 = 0
        while interval(after: retransmissions, upTo: nil) < t2, retransmissions < 16 {
            waited += interval(after: retransmissions, upTo: nil)
            retransmissions += 1
        }
        return waited
    }

    /// The interval after some retransmissions: T1 doubled as often, at most `limit`.
    func interval(after retransmissions: UInt8, upTo limit: Duration?) -> Duration {
        // 2^16·T1 is nine hours: no transaction lives to see it.
        let doubled = t1 * (1 << Int(min(retransmissions, 16)))
        return max(.milliseconds(1), limit.map { min(doubled, $0) } ?? doubled)
    }
}
