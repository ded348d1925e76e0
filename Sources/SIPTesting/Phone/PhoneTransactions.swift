import SIPCore
import SIPTransaction

/// A client transaction of a phone: repeats its request until it is answered, acknowledges refusals (RFC 3261 17.1).
final class PhoneClientTransaction {
    let request: RequestText
    private enum Machine {
        case invite(InviteClientTransaction)
        case other(NonInviteClientTransaction)
    }

    private var machine: Machine
    private let clock: VirtualClock
    private let send: (String) -> Void
    private let onResponse: (ReceivedMessage) -> Void
    private let onTimeout: () -> Void
    /// The transaction is over, and can be forgotten.
    private let onEnd: () -> Void
    private var timers: [TransactionTimer: Appointment] = [:]

    init(
        _ request: RequestText, clock: VirtualClock, send: @escaping (String) -> Void,
        onResponse: @escaping (ReceivedMessage) -> Void, onTimeout: @escaping () -> Void,
        onEnd: @escaping () -> Void
    ) {
        self.request = request
        self.clock = clock
        self.send = send
        self.onResponse = onResponse
        self.onTimeout = onTimeout
        self.onEnd = onEnd
        machine =
            request.method == "INVITE"
            ? .invite(InviteClientTransaction(isReliable: false))
            : .other(NonInviteClientTransaction(isReliable: false))
    }

    func start() { receive(.send, nil) }

    func receive(_ message: ReceivedMessage) {
        guard let status = message.response?.status else { return }
        receive(.response(status), message)
    }

    private func receive(_ event: ClientTransactionEvent, _ message: ReceivedMessage?) {
        let effects: Effects
        switch machine {
        case .invite(var invite):
            effects = invite.receive(event, timers: .standard)
            machine = .invite(invite)
        case .other(var other):
            effects = other.receive(event, timers: .standard)
            machine = .other(other)
        }
        if !effects.actions.isDisjoint(with: [.sendNew, .retransmitLast]) { send(request.text) }
        if effects.actions.contains(.sendAck), let message {
            send(request.hopByHop("ACK", to: message.value("To")).text)
        }
        timers.perform(effects, clock) { [unowned self] in receive(.timer($0), nil) }
        if effects.actions.contains(.passToUser), let message { onResponse(message) }
        if effects.actions.contains(.timedOut) { onTimeout() }
        if effects.actions.contains(.terminated) { onEnd() }
    }
}

/// A server transaction of a phone: repeats its answer, absorbs repeated requests (RFC 3261 17.2).
final class PhoneServerTransaction {
    let request: ReceivedMessage
    private enum Machine {
        case invite(InviteServerTransaction)
        case other(NonInviteServerTransaction)
    }

    private var machine: Machine
    private let clock: VirtualClock
    private let send: (String) -> Void
    private let onEnd: () -> Void
    private var last = ""
    private var timers: [TransactionTimer: Appointment] = [:]

    init(
        _ request: ReceivedMessage, clock: VirtualClock, send: @escaping (String) -> Void,
        onEnd: @escaping () -> Void
    ) {
        self.request = request
        self.clock = clock
        self.send = send
        self.onEnd = onEnd
        machine =
            request.method == "INVITE"
            ? .invite(InviteServerTransaction(isReliable: false))
            : .other(NonInviteServerTransaction(isReliable: false))
    }

    func receiveAgain() { receive(.request) }
    func acknowledge() { receive(.ack) }

    func respond(_ status: UInt16, _ text: String) {
        last = text
        receive(.send(SIPStatus(status)))
    }

    private func receive(_ event: ServerTransactionEvent) {
        let effects: Effects
        switch machine {
        case .invite(var invite):
            effects = invite.receive(event, timers: .standard)
            machine = .invite(invite)
        case .other(var other):
            effects = other.receive(event, timers: .standard)
            machine = .other(other)
        }
        if !effects.actions.isDisjoint(with: [.sendNew, .retransmitLast]) { send(last) }
        timers.perform(effects, clock) { [unowned self] in receive(.timer($0)) }
        if effects.actions.contains(.terminated) { onEnd() }
    }
}

extension [TransactionTimer: Appointment] {
    /// Cancels and arms what a machine asks for.
    fileprivate mutating func perform(
        _ effects: Effects, _ clock: VirtualClock, fire: @escaping (TransactionTimer) -> Void
    ) {
        for (timer, appointment) in self
        where effects.cancelled.contains(TransactionTimers(timer))
            || effects.actions.contains(.terminated)
        {
            appointment.cancel()
            self[timer] = nil
        }
        for armed in effects.armed {
            self[armed.timer]?.cancel()
            self[armed.timer] = clock.after(armed.after) { fire(armed.timer) }
        }
    }
}
