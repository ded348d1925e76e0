import SIPCore

/// A 2xx to an INVITE, which the callee repeats until its ACK comes, whatever the transport (RFC 3261 13.3.1.4).
final class RepeatedAnswer {
    private let clock: VirtualClock
    private let send: () -> Void
    private let onSilence: () -> Void
    private let end: Instant
    private var next: Appointment?

    /// - Parameters:
    ///   - send: sends the 2xx once.
    ///   - onSilence: no ACK came within 64*T1: "the dialog is confirmed, but the session SHOULD be terminated".
    init(_ clock: VirtualClock, send: @escaping () -> Void, onSilence: @escaping () -> Void) {
        self.clock = clock
        self.send = send
        self.onSilence = onSilence
        end = clock.now + .seconds(32)
        send()
        `repeat`(after: .milliseconds(500))
    }

    func stop() { next?.cancel() }

    /// "starts at T1 seconds and doubles for each retransmission until it reaches T2 seconds".
    private func `repeat`(after delay: Duration) {
        next = clock.after(delay) { [unowned self] in
            guard clock.now < end else { return onSilence() }
            send()
            `repeat`(after: min(delay * 2, .seconds(4)))
        }
    }
}
