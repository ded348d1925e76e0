package import NIOWebSocket
package import SIPCore

/// Frames made messages again, by the rules of RFC 6455 for a server. It reads no clock.
package struct WebSocketAssembly {
    package struct Frame {
        let opcode: WebSocketOpcode
        let isFinal: Bool
        /// "a client MUST mask all frames that it sends to the server" (5.1).
        let isMasked: Bool
        let hasReservedBits: Bool
        let payload: [UInt8]

        package init(
            opcode: WebSocketOpcode, isFinal: Bool, isMasked: Bool, hasReservedBits: Bool,
            payload: [UInt8]
        ) {
            self.opcode = opcode
            self.isFinal = isFinal
            self.isMasked = isMasked
            self.hasReservedBits = hasReservedBits
            self.payload = payload
        }
    }

    package enum Event: Equatable {
        /// A whole message, text or binary.
        case message([UInt8])
        /// A ping, which is answered with a pong of the same bytes (5.5.3).
        case ping([UInt8])
        /// Something that says nothing: a pong, a fragment.
        case nothing
        case close
        /// The connection fails, with this code (7.4.1).
        case failure(WebSocketErrorCode)
    }

    private let limit: Int
    private let time: Duration
    private var fragments: [UInt8] = []
    private var count = 0
    private var begun: Instant?

    /// More fragments than that are nobody's message.
    private static let mostFragments = 1_024

    /// - Parameters:
    ///   - limit: bytes of a whole message.
    ///   - time: how long one may take from its first fragment to its last.
    package init(limit: Int, time: Duration) {
        self.limit = limit
        self.time = time
    }

    package mutating func receive(_ frame: Frame, at now: Instant) -> Event {
        guard frame.isMasked, !frame.hasReservedBits else { return .failure(.protocolError) }
        if let begun, now - begun > time { return .failure(.policyViolation) }
        switch frame.opcode {
        case .text, .binary:
            guard begun == nil else { return .failure(.protocolError) }
            return take(frame, at: now)
        case .continuation:
            guard begun != nil else { return .failure(.protocolError) }
            return take(frame, at: now)
        case .ping, .pong, .connectionClose:
            // 5.5: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT
            // be fragmented."
            guard frame.isFinal, frame.payload.count <= 125 else {
                return .failure(.protocolError)
            }
            switch frame.opcode {
            case .ping: return .ping(frame.payload)
            case .pong: return .nothing
            default: return .close
            }
        default: return .failure(.protocolError)
        }
    }

    private mutating func take(_ frame: Frame, at now: Instant) -> Event {
        count += 1
        guard frame.payload.count <= limit - fragments.count, count <= Self.mostFragments else {
            return .failure(.messageTooLarge)
        }
        if frame.isFinal, begun == nil {
            count = 0
            return .message(frame.payload)
        }
        begun = begun ?? now
        fragments += frame.payload
        guard frame.isFinal else { return .nothing }
        let whole = fragments
        fragments = []
        count = 0
        begun = nil
        return .message(whole)
    }
}
