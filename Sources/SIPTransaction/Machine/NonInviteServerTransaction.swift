import SIPCore

/// The server transaction of every request but INVITE and ACK (RFC 3261 17.2.2), made for a request
/// that goes to the transaction user.
///
/// ```
///                       |Request received
///                       |pass to TU
///                       V
///                 +-----------+
///                 |           |
///                 | Trying    |-------------+
///                 |           |             |
///                 +-----------+             |200-699 from TU
///                       |                   |send response
///                       |1xx from TU        |
///                       |send response      |
///                       |                   |
///    Request            V      1xx from TU  |
///    send response+-----------+send response|
///        +--------|           |--------+    |
///        |        | Proceeding|        |    |
///        +------->|           |<-------+    |
///                 |           |             |
///                 +-----------+             |
///                       |200-699 from TU    |
///                       |send response      |
///    Request            V                   |
///    send response+-----------+             |
///        +--------|           |             |
///        |        | Completed |<------------+
///        +------->|           |
///                 +-----------+
///                       |Timer J fires
///                       |-
///                       V
///                 +-----------+
///                 |           |
///                 | Terminated|
///                 |           |
///                 +-----------+
/// ```
///
/// The figure of RFC 3261 also ends the transaction when the transport fails. RFC 6026 8.8 takes
/// that back: it "MUST remain in the current state", so that a copy of the request is not taken for
/// a new one.
public struct NonInviteServerTransaction: Hashable, Sendable {
    public typealias Event = ServerTransactionEvent

    /// The states of the figure.
    public enum State: UInt8, Hashable, Sendable {
        case trying, proceeding, completed, terminated
    }

    public private(set) var state = State.trying
    public let isReliable: Bool

    /// - Parameter isReliable: whether the transport that the request came over repeats what was
    ///   lost.
    public init(isReliable: Bool) { self.isReliable = isReliable }

    /// Moves on by an event; what does not belong into the state is absorbed.
    public mutating func receive(_ event: Event, timers: TimerValues) -> Effects {
        switch (state, event) {
        case (.terminated, _):
            return .none

        // "If a retransmission of the request is received while in the "Proceeding" state, the most
        // recently sent provisional response MUST be passed to the transport layer for
        // retransmission"; while in "Completed" "the server transaction MUST pass the final
        // response to the transport layer for retransmission whenever a retransmission of the
        // request is received" (17.2.2)
        case (.proceeding, .request), (.completed, .request):
            return Effects(.retransmitLast)

        // "the server transaction MUST enter the "Proceeding" state. The response MUST be passed to
        // the transport layer"
        case (.trying, .send(let status)) where status.isProvisional,
            (.proceeding, .send(let status)) where status.isProvisional:
            state = .proceeding
            return Effects(.sendNew)

        // "the transaction MUST enter the "Completed" state", and "it MUST set Timer J to fire in
        // 64*T1 seconds for unreliable transports, and zero seconds for reliable transports"
        case (.trying, .send), (.proceeding, .send):
            let (effects, isOver) = timers.linger(
                .j, isReliable: isReliable, .sendNew, cancel: [])
            state = isOver ? .terminated : .completed
            return effects

        // "The server transaction remains in this state until Timer J fires, at which point it MUST
        // transition to the "Terminated" state"
        case (.completed, .timer(.j)):
            state = .terminated
            return Effects(.terminated)

        case (_, .transportError):
            return Effects(.transportFailed)

        // "Once in the "Trying" state, any further request retransmissions are discarded"; "Any
        // other final responses passed by the TU to the server transaction MUST be discarded while
        // in the "Completed" state"
        case (.trying, .request), (.completed, .send), (_, .ack), (_, .timer):
            return .none
        }
    }
}
