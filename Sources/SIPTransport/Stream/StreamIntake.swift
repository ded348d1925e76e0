package import SIPCore

/// What comes in on one connection, cut into messages, and how long it may take. It reads no clock:
/// it is told the time.
///
/// Whether the peer is slow is a question that is asked from time to time (``overdue(at:)``): a
/// timer for each connection would cost more than looking.
package struct StreamIntake {
    /// How messages are told apart.
    package enum Framing {
        /// By Content-Length (RFC 3261 18.3), with CR LF between them.
        case stream
        /// By the transport: each piece is a message (RFC 7118 section 5).
        case messages
    }

    package enum Event: Equatable {
        case message([UInt8])
        /// CR LF CR LF: it is answered CR LF (RFC 5626 4.4.1).
        case ping
        /// Too many pings.
        case flood
        case broken(StreamFramer.Reason, head: [UInt8])
    }

    private let settings: StreamSettings
    private let framing: Framing
    /// Whether the peer has to say something soon: it is who connected.
    private let mustSpeak: Bool
    private var framer: StreamFramer
    private var whole: [[UInt8]] = []
    private var pings: PingAllowance
    private var lastHeard: Instant
    private let opened: Instant
    private var hasSpoken = false
    /// Since when a message is under way.
    private var begun: Instant?

    package init(_ framing: Framing, _ settings: StreamSettings, mustSpeak: Bool, at now: Instant) {
        self.settings = settings
        self.framing = framing
        self.mustSpeak = mustSpeak
        framer = StreamFramer(
            limits: .init(message: settings.maximumMessage, headers: settings.maximumHeaders))
        pings = PingAllowance(settings.pingAllowance, at: now)
        lastHeard = now
        opened = now
    }

    /// Takes what the connection delivered. Call ``next(at:)`` until it gives nil.
    package mutating func append(_ bytes: some Collection<UInt8>, at now: Instant) {
        lastHeard = now
        switch framing {
        case .stream: framer.append(bytes)
        case .messages: whole.append(Array(bytes))
        }
    }

    /// What has come and was not given out yet; nil when more must come first.
    package mutating func next(at now: Instant) -> Event? {
        guard let event = nextEvent(at: now) else {
            // Up to three bytes may be a keep-alive's beginning, which nobody has to go on with.
            if framer.bufferedCount > 3 {
                begun = begun ?? now
            } else {
                begun = nil
            }
            return nil
        }
        hasSpoken = true
        begun = nil
        return event
    }

    private mutating func nextEvent(at now: Instant) -> Event? {
        guard framing == .stream else { return nextWhole(at: now) }
        switch framer.next() {
        case .message(let bytes): return .message(bytes)
        case .ping: return pings.take(at: now) ? .ping : .flood
        case .broken(let reason, let head): return .broken(reason, head: head)
        case nil: return nil
        }
    }

    private mutating func nextWhole(at now: Instant) -> Event? {
        guard !whole.isEmpty else { return nil }
        let bytes = whole.removeFirst()
        guard bytes != [0x0D, 0x0A, 0x0D, 0x0A] else {
            return pings.take(at: now) ? .ping : .flood
        }
        // Half of one, a pong, or an empty message says nothing, yet is not free of charge.
        guard bytes.contains(where: { $0 != 0x0D && $0 != 0x0A }) else {
            return pings.take(at: now) ? nextWhole(at: now) : .flood
        }
        return .message(bytes)
    }

    /// Why the connection is to be closed now; nil when it is not.
    package func overdue(at now: Instant) -> StreamEnd? {
        if let begun, now - begun > settings.messageTime { return .slow }
        if mustSpeak, !hasSpoken, now - opened > settings.messageTime { return .slow }
        return now - lastHeard > settings.idleTime ? .idle : nil
    }

    /// How many bytes are held for a message that is not whole yet.
    package var heldCount: Int { framer.bufferedCount }
}
