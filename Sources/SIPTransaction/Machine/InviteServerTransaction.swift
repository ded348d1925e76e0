import SIPCore

/// The INVITE server transaction (RFC 3261 17.2.1 with RFC 6026), made for an INVITE that goes to
/// the transaction user.
///
/// ```
///                                   |INVITE
///                                   |pass INV to TU
///                INVITE             V send 100 if TU won't in 200 ms
///                send response+------------+
///                    +--------|            |--------+ 101-199 from TU
///                    |        |            |        | send response
///                    +------->|            |<-------+
///                             | Proceeding |
///                             |            |--------+ Transport Err.
///                             |            |        | Inform TU
///                             |            |<-------+
///                             +------------+
///                300-699 from TU |    |2xx from TU
///                send response   |    |send response
///                 +--------------+    +------------+
///                 |                                |
/// INVITE          V          Timer G fires         |
/// send response+-----------+ send response         |
///      +-------|           |--------+              |
///      |       |           |        |              |
///      +------>| Completed |<-------+      INVITE  |  Transport Err.
///              |           |               -       |  Inform TU
///      +-------|           |----+          +-----+ |  +---+
///      |       +-----------+    | ACK      |     | v  |   v
///      |         ^   |          | -        |  +------------+
///      |         |   |          |          |  |            |---+ ACK
///      +---------+   |          |          +->|  Accepted  |   | to TU
///      Transport Err.|          |             |            |<--+
///      Inform TU     |          V             +------------+
///                    |      +-----------+        |  ^     |
///                    |      |           |        |  |     |
///                    |      | Confirmed |        |  +-----+
///                    |      |           |        |  2xx from TU
///      Timer H fires |      +-----------+        |  send response
///      inform TU     |          |                |
///                    |          | Timer I fires  |
///                    |          | -              | Timer L fires
///                    |          V                | -
///                    |        +------------+     |
///                    |        |            |<----+
///                    +------->| Terminated |
///                             |            |
///                             +------------+
/// ```
///
/// The 100 (Trying) is the transaction user's, as any other response.
public struct InviteServerTransaction: Hashable, Sendable {
    public typealias Event = ServerTransactionEvent

    /// The states of the figure.
    public enum State: UInt8, Hashable, Sendable {
        case proceeding, completed, confirmed, accepted, terminated
    }

    public private(set) var state = State.proceeding
    public let isReliable: Bool
    /// Whether a response was sent that a copy of the INVITE can be answered with.
    private var hasResponse = false
    /// How often timer G has fired.
    private var retransmissions: UInt8 = 0

    /// - Parameter isReliable: whether the transport that the INVITE came over repeats what was
    ///   lost.
    public init(isReliable: Bool) { self.isReliable = isReliable }

    /// Moves on by an event; what does not belong into the state is absorbed.
    public mutating func receive(_ event: Event, timers: TimerValues) -> Effects {
        switch state {
        case .proceeding: receiveInProceeding(event, timers)
        case .completed: receiveInCompleted(event, timers)
        case .accepted: receiveInAccepted(event)
        case .confirmed: receiveInConfirmed(event)
        case .terminated: .none
        }
    }

    private mutating func receiveInProceeding(_ event: Event, _ timers: TimerValues) -> Effects {
        switch event {
        // "the most recent provisional response that was received from the TU MUST be passed to the
        // transport layer for retransmission" (17.2.1)
        case .request:
            return hasResponse ? Effects(.retransmitLast) : .none

        // "each of these MUST be passed to the transport layer … They are not sent reliably by the
        // transaction layer"
        case .send(let status) where status.isProvisional:
            hasResponse = true
            return Effects(.sendNew)

        // "The server transaction MUST then transition to the "Accepted" state", where "Timer L
        // MUST be set to fire in 64*T1 for all transports" (RFC 6026 8.5, 8.7)
        case .send(let status) where status.isSuccess:
            state = .accepted
            return Effects(
                .sendNew, armed: ArmedTimers(timers.start(.l, isReliable: isReliable)))

        // "the response MUST be passed to the transport layer for transmission, and the state
        // machine MUST enter the "Completed" state. For unreliable transports, timer G is set to
        // fire in T1 seconds …" and "timer H MUST be set to fire in 64*T1 seconds for all
        // transports" (17.2.1)
        case .send:
            state = .completed
            return Effects(
                .sendNew,
                armed: ArmedTimers(
                    timers.start(.g, isReliable: isReliable),
                    timers.start(.h, isReliable: isReliable)))

        // "An element encountering an unrecoverable transport error when trying to send a response
        // to an INVITE request MUST NOT immediately destroy the associated INVITE server
        // transaction state" (RFC 6026 6)
        case .transportError:
            return Effects(.transportFailed)

        case .ack, .timer:
            return .none
        }
    }

    private mutating func receiveInCompleted(_ event: Event, _ timers: TimerValues) -> Effects {
        switch event {
        // "if a request retransmission is received, the server SHOULD pass the response to the
        // transport"
        case .request:
            return Effects(.retransmitLast)

        // "the server transaction MUST transition to the "Confirmed" state. As Timer G is ignored
        // in this state, any retransmissions of the response will cease"; "timer I is set to fire
        // in T4 seconds for unreliable transports, and zero seconds for reliable transports"
        case .ack:
            let (effects, isOver) = timers.linger(
                .i, isReliable: isReliable, [], cancel: [.g, .h])
            state = isOver ? .terminated : .confirmed
            return effects

        // "when timer G fires, the response is passed to the transport again for transmission, and
        // timer G is reset with a value that doubles, unless that value exceeds T2, in which case
        // it is reset with the value of T2"
        case .timer(.g):
            retransmissions = min(retransmissions, .max - 1) + 1
            let interval = timers.interval(after: retransmissions, upTo: timers.t2)
            return Effects(.retransmitLast, armed: ArmedTimers(ArmedTimer(.g, after: interval)))

        // "the server transaction MUST transition to the "Terminated" state, and MUST indicate to
        // the TU that a transaction failure has occurred"
        case .timer(.h):
            state = .terminated
            return Effects([.timedOut, .terminated], cancel: .g)

        // "the associated INVITE server transaction state machine MUST remain in its current state"
        // (RFC 6026 7.1)
        case .transportError:
            return Effects(.transportFailed)

        case .send, .timer:
            return .none
        }
    }

    private mutating func receiveInAccepted(_ event: Event) -> Effects {
        switch event {
        // "Any ACKs received from the network while in the "Accepted" state MUST be passed directly
        // to the TU and not absorbed" (RFC 6026 7.1)
        case .ack:
            return Effects(.passToUser)

        // "Any retransmission of the 2xx response passed from the TU to the transaction while in
        // the "Accepted" state MUST be passed to the transport layer for transmission"
        case .send(let status) where status.isSuccess:
            return Effects(.sendNew)

        // "When Timer L fires and the state machine is in the "Accepted" state, the machine MUST
        // transition to the "Terminated" state"
        case .timer(.l):
            state = .terminated
            return Effects(.terminated)

        case .transportError:
            return Effects(.transportFailed)

        // "any retransmissions of the INVITE … will be absorbed by the machine without changing its
        // state"
        case .request, .send, .timer:
            return .none
        }
    }

    private mutating func receiveInConfirmed(_ event: Event) -> Effects {
        // "Once timer I fires, the server MUST transition to the "Terminated" state"; until then
        // the state is there "to absorb any additional ACK messages that arrive"
        guard event == .timer(.i) else { return .none }
        state = .terminated
        return Effects(.terminated)
    }
}
