import SIPCore

/// The client transaction of every request but INVITE and ACK (RFC 3261 17.1.2).
///
/// ```
///                                    |Request from TU
///                                    |send request
///                Timer E             V
///                send request  +-----------+
///                    +---------|           |-------------------+
///                    |         |  Trying   |  Timer F          |
///                    +-------->|           |  or Transport Err.|
///                              +-----------+  inform TU        |
///                 200-699         |  |                         |
///                 resp. to TU     |  |1xx                      |
///                 +---------------+  |resp. to TU              |
///                 |                  |                         |
///                 |   Timer E        V       Timer F           |
///                 |   send req +-----------+ or Transport Err. |
///                 |  +---------|           | inform TU         |
///                 |  |         |Proceeding |------------------>|
///                 |  +-------->|           |-----+             |
///                 |            +-----------+     |1xx          |
///                 |              |      ^        |resp to TU   |
///                 | 200-699      |      +--------+             |
///                 | resp. to TU  |                             |
///                 |              V                             |
///                 |            +-----------+                   |
///                 +----------->|           |                   |
///                              | Completed |                   |
///                              |           |                   |
///                              +-----------+                   |
///                                    | Timer K                 |
///                                    | -                       |
///                                    V                         |
///                              +-----------+                   |
///                              |           |                   |
///                              | Terminated|<------------------+
///                              |           |
///                              +-----------+
/// ```
public struct NonInviteClientTransaction: Hashable, Sendable {
    public typealias Event = ClientTransactionEvent

    /// The states of the figure, and the one before its first arrow.
    public enum State: UInt8, Hashable, Sendable {
        /// Nothing was sent yet.
        case initial
        case trying, proceeding, completed, terminated
    }

    public private(set) var state = State.initial
    public let isReliable: Bool
    /// How often timer E has fired in "Trying".
    private var retransmissions: UInt8 = 0

    /// - Parameter isReliable: whether the transport that the request goes over repeats what was
    ///   lost.
    public init(isReliable: Bool) { self.isReliable = isReliable }

    /// Moves on by an event; what does not belong into the state is absorbed.
    public mutating func receive(_ event: Event, timers: TimerValues) -> Effects {
        switch (state, event) {
        // "the client transaction SHOULD set timer F to fire in 64*T1 seconds. The request MUST be
        // passed to the transport layer for transmission. If an unreliable transport is in use, the
        // client transaction MUST set timer E to fire in T1 seconds" (17.1.2.2)
        case (.initial, .send):
            state = .trying
            return Effects(
                .sendNew,
                armed: ArmedTimers(
                    timers.start(.e, isReliable: isReliable),
                    timers.start(.f, isReliable: isReliable)))

        // "If timer E fires while still in this state, the timer is reset, but this time with a
        // value of MIN(2*T1, T2). When the timer fires again, it is reset to a MIN(4*T1, T2)"
        case (.trying, .timer(.e)):
            retransmissions = min(retransmissions, .max - 1) + 1
            let interval = timers.interval(after: retransmissions, upTo: timers.t2)
            return Effects(.retransmitLast, armed: ArmedTimers(ArmedTimer(.e, after: interval)))

        // "If Timer E fires while in the "Proceeding" state, the request MUST be passed to the
        // transport layer for retransmission, and Timer E MUST be reset with a value of T2 seconds"
        case (.proceeding, .timer(.e)):
            let interval = max(.milliseconds(1), timers.t2)
            return Effects(.retransmitLast, armed: ArmedTimers(ArmedTimer(.e, after: interval)))

        // "the TU MUST be informed of a timeout, and the client transaction MUST transition to the
        // terminated state"
        case (.trying, .timer(.f)), (.proceeding, .timer(.f)):
            state = .terminated
            return Effects([.timedOut, .terminated], cancel: .e)

        // "the response MUST be passed to the TU, and then the client transaction SHOULD move to
        // the "Proceeding" state"
        case (.trying, .response(let status)) where status.isProvisional,
            (.proceeding, .response(let status)) where status.isProvisional:
            state = .proceeding
            return Effects(.passToUser)

        // "the response MUST be passed to the TU, and the client transaction MUST transition to the
        // "Completed" state", where "it MUST set Timer K to fire in T4 seconds for unreliable
        // transports, and zero seconds for reliable transports"
        case (.trying, .response), (.proceeding, .response):
            let (effects, isOver) = timers.linger(
                .k, isReliable: isReliable, .passToUser, cancel: [.e, .f])
            state = isOver ? .terminated : .completed
            return effects

        // "If Timer K fires while in this state, the client transaction MUST transition to the
        // "Terminated" state"
        case (.completed, .timer(.k)):
            state = .terminated
            return Effects(.terminated)

        // "the client transaction SHOULD inform the TU that a transport failure has occurred, and
        // the client transaction SHOULD transition directly to the "Terminated" state" (17.1.4)
        case (.trying, .transportError), (.proceeding, .transportError):
            state = .terminated
            return Effects([.transportFailed, .terminated], cancel: [.e, .f])

        // "The "Completed" state exists to buffer any additional response retransmissions that may
        // be received"
        case (.initial, _), (.trying, _), (.proceeding, _), (.completed, _), (.terminated, _):
            return .none
        }
    }
}
