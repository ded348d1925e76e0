import SIPCore
import SIPTransaction

/// A transaction of either kind, chosen by the method of its request (RFC 3261 17).
///
/// Generic over the two machines, so that the compiler sees which they are: no call goes through a table.
enum EitherTransaction<Invite: TransactionMachine, NonInvite: TransactionMachine>
where Invite.Event == NonInvite.Event {
    case invite(Invite)
    case nonInvite(NonInvite)

    init(_ method: SIPMethod, isReliable: Bool) {
        self =
            method == .invite
            ? .invite(Invite(isReliable: isReliable))
            : .nonInvite(NonInvite(isReliable: isReliable))
    }

    mutating func receive(_ event: Invite.Event, timers: TimerValues) -> Effects {
        switch self {
        case .invite(var machine):
            let effects = machine.receive(event, timers: timers)
            self = .invite(machine)
            return effects
        case .nonInvite(var machine):
            let effects = machine.receive(event, timers: timers)
            self = .nonInvite(machine)
            return effects
        }
    }

    var isTerminated: Bool {
        switch self {
        case .invite(let machine): machine.state == .terminated
        case .nonInvite(let machine): machine.state == .terminated
        }
    }
}

/// The server transaction of a session (RFC 3261 17.2).
typealias ServerTransaction = EitherTransaction<
    InviteServerTransaction, NonInviteServerTransaction
>

/// The client transaction of a branch (RFC 3261 17.1).
typealias ClientTransaction = EitherTransaction<
    InviteClientTransaction, NonInviteClientTransaction
>

/// Which transaction of the stripe a timer belongs to: what the wheel keeps of it, in eight bytes.
struct TimerOwner: Equatable {
    enum Part: UInt8 {
        case server
        case branch
        /// The CANCEL of a branch.
        case cancel
        /// The group of branches that rings.
        case search
        /// A request of our own, which has no session: the place is its own.
        case own
    }

    let session: UInt32
    let branch: UInt16
    let part: Part

    static func server(_ session: UInt32) -> TimerOwner {
        TimerOwner(session: session, branch: 0, part: .server)
    }

    init(session: UInt32, branch: UInt16, part: Part) {
        self.session = session
        self.branch = branch
        self.part = part
    }

    /// The owner in one word.
    var packed: UInt64 {
        UInt64(session) << 32 | UInt64(branch) << 16 | UInt64(part.rawValue)
    }

    init?(packed word: UInt64) {
        guard let part = Part(rawValue: UInt8(truncatingIfNeeded: word)) else { return nil }
        self.init(
            session: UInt32(truncatingIfNeeded: word >> 32),
            branch: UInt16(truncatingIfNeeded: word >> 16), part: part)
    }
}

/// The timers of one transaction that run: never more than three (A, B and the proxy's C).
struct RunningTimers {
    private var timers: InlineArray<3, TransactionTimer?> = [nil, nil, nil]
    private var handles: InlineArray<3, TimerWheel.Handle> = [.none, .none, .none]

    /// Arms a timer; one of the same name that runs is set anew.
    mutating func arm(
        _ timer: TransactionTimer, at deadline: Instant, for owner: TimerOwner,
        in wheel: inout TimerWheel
    ) {
        var place = 0
        for index in 0..<3 {
            if timers[index] == timer {
                place = index
                break
            }
            if timers[index] == nil { place = index }
        }
        _ = wheel.cancel(handles[place])
        timers[place] = timer
        handles[place] = wheel.arm(at: deadline, id: owner.packed, timer)
    }

    mutating func cancel(_ cancelled: TransactionTimers, in wheel: inout TimerWheel) {
        for index in 0..<3 {
            guard let timer = timers[index], cancelled.contains(TransactionTimers(timer)) else {
                continue
            }
            _ = wheel.cancel(handles[index])
            timers[index] = nil
        }
    }

    mutating func cancelAll(in wheel: inout TimerWheel) {
        for index in 0..<3 where timers[index] != nil {
            _ = wheel.cancel(handles[index])
            timers[index] = nil
        }
    }

    /// The timer has fired: its handle is of no use any more.
    mutating func fired(_ timer: TransactionTimer) {
        for index in 0..<3 where timers[index] == timer { timers[index] = nil }
    }
}
