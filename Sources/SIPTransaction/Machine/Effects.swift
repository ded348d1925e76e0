/// What a transaction asks for after an event. A value without references: making one allocates
/// nothing.
///
/// The caller carries it out in this order: send, cancel and arm timers, tell the transaction user,
/// and last, when the transaction ``Actions/terminated``, forget it with whatever timers it has.
public struct Effects: Hashable, Sendable {
    public var actions: Actions
    /// The timers to arm: at most two.
    public var armed: ArmedTimers
    /// The timers to cancel. Those that do not run are listed too: cancelling such a one does
    /// nothing.
    public var cancelled: TransactionTimers

    init(
        _ actions: Actions = [], armed: ArmedTimers = ArmedTimers(), cancel: TransactionTimers = []
    ) {
        self.actions = actions
        self.armed = armed
        self.cancelled = cancel
    }

    /// Nothing: the event was absorbed.
    public static let none = Effects()

    /// What a transaction can ask of its caller.
    public struct Actions: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Give the message that the event brought to the transaction user.
        public static let passToUser = Actions(rawValue: 1)
        /// Send the message that the transaction user gave with the event, and keep it as the last
        /// one.
        public static let sendNew = Actions(rawValue: 2)
        /// Send the last message once more: the request of a client, the latest response of a
        /// server.
        public static let retransmitLast = Actions(rawValue: 4)
        /// Send the ACK for the response that the event brought (RFC 3261 17.1.1.3), to where the
        /// INVITE went.
        public static let sendAck = Actions(rawValue: 8)
        /// Tell the transaction user that the other side stayed silent: no response, or no ACK.
        public static let timedOut = Actions(rawValue: 16)
        /// Tell the transaction user that the transport failed.
        public static let transportFailed = Actions(rawValue: 32)
        /// The transaction is over: forget it and its timers. RFC 3261 17: "destroyed the instant
        /// it enters".
        public static let terminated = Actions(rawValue: 64)
    }
}

/// A timer, and how long after the event it fires.
public struct ArmedTimer: Hashable, Sendable {
    public let timer: TransactionTimer
    public let after: Duration

    public init(_ timer: TransactionTimer, after: Duration) {
        self.timer = timer
        self.after = after
    }
}

/// Up to two timers, in a value of fixed size.
public struct ArmedTimers: Hashable, Sendable {
    public let first: ArmedTimer?
    public let second: ArmedTimer?

    public init(_ first: ArmedTimer? = nil, _ second: ArmedTimer? = nil) {
        self.first = first ?? second
        self.second = first == nil ? nil : second
    }
}

extension ArmedTimers: Sequence {
    public func makeIterator() -> Iterator { Iterator(next: first, last: second) }

    /// The first timer, then the second.
    public struct Iterator: IteratorProtocol {
        private var upcoming: ArmedTimer?
        private var last: ArmedTimer?

        fileprivate init(next upcoming: ArmedTimer?, last: ArmedTimer?) {
            self.upcoming = upcoming
            self.last = last
        }

        public mutating func next() -> ArmedTimer? {
            let timer = upcoming
            upcoming = last
            last = nil
            return timer
        }
    }
}

extension TimerValues {
    /// The timer as it is set for the first time; nil when this transport never sets it.
    func start(_ timer: TransactionTimer, isReliable: Bool) -> ArmedTimer? {
        duration(of: timer, isReliable: isReliable).map { ArmedTimer(timer, after: $0) }
    }

    /// What follows when only a wait is left: the timer, or the end at once where it would run for
    /// zero seconds.
    func linger(
        _ timer: TransactionTimer, isReliable: Bool, _ actions: Effects.Actions,
        cancel: TransactionTimers
    ) -> (effects: Effects, isOver: Bool) {
        let start = self.start(timer, isReliable: isReliable)
        guard let start, start.after > .zero else {
            return (Effects(actions.union(.terminated), cancel: cancel), true)
        }
        return (Effects(actions, armed: ArmedTimers(start), cancel: cancel), false)
    }
}
