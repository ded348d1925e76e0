import SIPCore

/// The INVITE client transaction (RFC 3261 17.1.1 with RFC 6026).
///
/// ```
///                                 |INVITE from TU
///               Timer A fires     |INVITE sent      Timer B fires
///               Reset A,          V                 or Transport Err.
///               INVITE sent +-----------+           inform TU
///                 +---------|           |--------------------------+
///                 |         |  Calling  |                          |
///                 +-------->|           |-----------+              |
/// 300-699                   +-----------+ 2xx       |              |
/// ACK sent                     |  |       2xx to TU |              |
/// resp. to TU                  |  |1xx              |              |
/// +----------------------------+  |1xx to TU        |              |
/// |                               |                 |              |
/// |               1xx             V                 |              |
/// |               1xx to TU +-----------+           |              |
/// |               +---------|           |           |              |
/// |               |         |Proceeding |           |              |
/// |               +-------->|           |           |              |
/// |                         +-----------+ 2xx       |              |
/// |        300-699             |    |     2xx to TU |              |
/// |        ACK sent,  +--------+    +---------------+              |
/// |        resp. to TU|                             |              |
/// |                   |                             |              |
/// |                   V                             V              |
/// |             +-----------+                   +----------+       |
/// +------------>|           |Transport Err.     |          |       |
///               | Completed |Inform TU          | Accepted |       |
///            +--|           |-------+           |          |-+     |
///    300-699 |  +-----------+       |           +----------+ |     |
///    ACK sent|    ^  |              |               |  ^     |     |
///            |    |  |              |               |  |     |     |
///            +----+  |              |               |  +-----+     |
///                    |Timer D fires |  Timer M fires|    2xx       |
///                    |-             |             - |    2xx to TU |
///                    +--------+     |   +-----------+              |
///                             V     V   V                          |
///                            +------------+                        |
///                            |            |                        |
///                            | Terminated |<-----------------------+
///                            |            |
///                            +------------+
/// ```
public struct InviteClientTransaction: Hashable, Sendable {
    public typealias Event = ClientTransactionEvent

    /// The states of the figure, and the one before its first arrow.
    public enum State: UInt8, Hashable, Sendable {
        /// Nothing was sent yet.
        case initial
        case calling, proceeding, completed, accepted, terminated
    }

    public private(set) var state = State.initial
    public let isReliable: Bool
    /// How often timer A has fired.
    private var retransmissions: UInt8 = 0

    /// - Parameter isReliable: whether the transport that the INVITE goes over repeats what was
    ///   lost.
    public init(isReliable: Bool) { self.isReliable = isReliable }

    /// Moves on by an event; what does not belong into the state is absorbed.
    public mutating func receive(_ event: Event, timers: TimerValues) -> Effects {
        switch (state, event) {
        // "The client transaction MUST pass the request to the transport layer for transmission. If
        // an unreliable transport is being used, the client transaction MUST start timer A with a
        // value of T1. … For any transport, the client transaction MUST start timer B with a value
        // of 64*T1 seconds" (17.1.1.2)
        case (.initial, .send):
            state = .calling
            return Effects(
                .sendNew,
                armed: ArmedTimers(
                    timers.start(.a, isReliable: isReliable),
                    timers.start(.b, isReliable: isReliable)))

        // "the request is retransmitted with intervals that double after each transmission"
        case (.calling, .timer(.a)):
            retransmissions = min(retransmissions, .max - 1) + 1
            let interval = timers.interval(after: retransmissions, upTo: nil)
            return Effects(.retransmitLast, armed: ArmedTimers(ArmedTimer(.a, after: interval)))

        // "If the client transaction is still in the "Calling" state when timer B fires, the client
        // transaction SHOULD inform the TU that a timeout has occurred. The client transaction MUST
        // NOT generate an ACK"
        case (.calling, .timer(.b)):
            state = .terminated
            return Effects([.timedOut, .terminated], cancel: .a)

        // "the provisional response MUST be passed to the TU. Any further provisional responses
        // MUST be passed up to the TU while in the "Proceeding" state", where it "SHOULD NOT
        // retransmit the request any longer"
        case (.calling, .response(let status)) where status.isProvisional:
            state = .proceeding
            return Effects(.passToUser, cancel: [.a, .b])
        case (.proceeding, .response(let status)) where status.isProvisional:
            return Effects(.passToUser)

        // "the client transaction MUST transition to the "Accepted" state, and Timer M MUST be
        // started with a value of 64*T1. The 2xx response MUST be passed up to the TU. The client
        // transaction MUST NOT generate an ACK to the 2xx response" (RFC 6026 8.4)
        case (.calling, .response(let status)) where status.isSuccess,
            (.proceeding, .response(let status)) where status.isSuccess:
            let cancelled: TransactionTimers = state == .calling ? [.a, .b] : []
            state = .accepted
            return Effects(
                .passToUser, armed: ArmedTimers(timers.start(.m, isReliable: isReliable)),
                cancel: cancelled)

        // "The client transaction MUST pass the received response up to the TU, and the client
        // transaction MUST generate an ACK request, even if the transport is reliable"; "MUST start
        // Timer D when it enters the "Completed" state …, with a value of at least 32 seconds for
        // unreliable transports, and a value of zero seconds for reliable transports"
        case (.calling, .response), (.proceeding, .response):
            let (effects, isOver) = timers.linger(
                .d, isReliable: isReliable, [.sendAck, .passToUser],
                cancel: state == .calling ? [.a, .b] : [])
            state = isOver ? .terminated : .completed
            return effects

        // "Any retransmissions of a response with status code 300-699 that are received while in
        // the "Completed" state MUST cause the ACK to be re-passed to the transport layer for
        // retransmission, but the newly received response MUST NOT be passed up to the TU"
        case (.completed, .response(let status)) where status.code >= 300:
            return Effects(.sendAck)

        // "Any 2xx responses that match this client transaction and that are received while in the
        // "Accepted" state MUST be passed up to the TU"
        case (.accepted, .response(let status)) where status.isSuccess:
            return Effects(.passToUser)

        // "the client transaction MUST move to the "Terminated" state"
        case (.completed, .timer(.d)), (.accepted, .timer(.m)):
            state = .terminated
            return Effects(.terminated)

        // "the client transaction SHOULD inform the TU that a transport failure has occurred, and
        // the client transaction SHOULD transition directly to the "Terminated" state" (17.1.4):
        // where it sends, so neither in "Proceeding" nor in "Accepted".
        case (.calling, .transportError):
            state = .terminated
            return Effects([.transportFailed, .terminated], cancel: [.a, .b])
        case (.completed, .transportError):
            state = .terminated
            return Effects([.transportFailed, .terminated], cancel: .d)

        case (.initial, _), (.calling, _), (.proceeding, _), (.completed, _), (.accepted, _),
            (.terminated, _):
            return .none
        }
    }
}
