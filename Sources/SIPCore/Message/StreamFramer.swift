/// Cuts the bytes of a TCP or TLS connection into messages (RFC 3261 18.3), and finds the
/// keep-alives among them (RFC 5626 4.4.1).
///
/// It holds what has come and nothing that was only announced; every byte is looked at once,
/// however they arrive.
public struct StreamFramer: Sendable {
    private let limits: Limits
    private var buffer: [UInt8] = []
    /// The offset of the first byte that is not yet given out.
    private var start = 0
    /// Up to here the header section is known to go on.
    private var scanned = 0
    /// The message's end, once its header section is whole.
    private var messageEnd: Int?
    private var isBroken = false

    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// How much a peer may send before it must come to an end.
    public struct Limits: Hashable, Sendable {
        /// Bytes of a whole message.
        public var message: Int
        /// Bytes of the start line and the header section.
        public var headers: Int

        public init(message: Int = 65_535, headers: Int = 32_768) {
            self.message = message
            self.headers = headers
        }
    }

    /// What comes out of a stream.
    public enum Frame: Hashable, Sendable {
        /// The bytes of one whole message.
        case message([UInt8])
        /// CR LF CR LF between messages: the peer wants CR LF in return.
        case ping
        /// Where the next message begins can't be known any more: close the connection. The header
        /// section, when there is one, is for the reply that goes before.
        case broken(Reason, head: [UInt8])
    }

    /// Why a stream can't be cut any more.
    public enum Reason: Hashable, Sendable {
        /// The first byte of a message is none that a method or "SIP/2.0" begins with.
        case notSIP
        case headersTooLong
        case messageTooLong
        /// "The Content-Length header field MUST be used with stream oriented transports" (RFC 3261
        /// 18.3).
        case contentLengthMissing
        case contentLengthInvalid
    }

    /// How many bytes are held and not given out.
    public var bufferedCount: Int { buffer.count - start }

    /// How many bytes of memory the buffer has.
    package var reservedCount: Int { buffer.capacity }

    /// Takes what the connection delivered. Call ``next()`` until it gives nil before more is
    /// appended.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        guard !isBroken else { return }
        if start == buffer.count {
            discard()
        } else if start > 4096, start >= buffer.count / 2 {
            // At least as many bytes go as are moved, so that each is moved once on average.
            buffer.removeSubrange(0..<start)
            scanned -= start
            messageEnd = messageEnd.map { $0 - start }
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next frame; nil when more bytes must come first, and after ``Frame/broken(_:head:)``.
    public mutating func next() -> Frame? {
        guard !isBroken else { return nil }
        if messageEnd == nil {
            switch skipLineEnds() {
            case .ping: return .ping
            case .wait: return nil
            case .message: break
            }
            guard buffer[start].isIn(.token) else { return fail(.notSIP, headEnd: start) }
            guard let headEnd = findHeadEnd() else {
                return buffer.count - start > limits.headers
                    ? fail(.headersTooLong, headEnd: start) : nil
            }
            if let reason = measure(headEnd) { return fail(reason, headEnd: headEnd) }
        }
        guard let messageEnd, messageEnd <= buffer.count else { return nil }
        let message = Array(buffer[start..<messageEnd])
        start = messageEnd
        scanned = messageEnd
        self.messageEnd = nil
        return .message(message)
    }
}

extension StreamFramer {
    private enum Gap { case ping, wait, message }

    /// Between messages: CR LF CR LF is a ping, CR LF alone a pong or an empty line to be ignored
    /// (RFC 3261 7.5).
    private mutating func skipLineEnds() -> Gap {
        while start < buffer.count {
            let byte = buffer[start]
            guard byte == 0x0D || byte == 0x0A else {
                scanned = max(scanned, start)
                return .message
            }
            guard byte == 0x0D else {
                start += 1
                continue
            }
            let waiting = buffer.count - start
            if waiting >= 4, buffer[start + 1] == 0x0A, buffer[start + 2] == 0x0D,
                buffer[start + 3] == 0x0A
            {
                start += 4
                return .ping
            }
            // Half a ping may be all that has come yet.
            if waiting == 1 || waiting < 4 && isHalfPing { return .wait }
            start += 1
        }
        return .wait
    }

    /// Whether what is held, fewer than four bytes, is how a ping begins.
    private var isHalfPing: Bool {
        for (index, byte) in buffer[start...].enumerated()
        where byte != (index % 2 == 0 ? 0x0D : 0x0A) {
            return false
        }
        return true
    }

    /// The offset behind the empty line; nil when it has not come. What was looked at is not looked
    /// at again.
    private mutating func findHeadEnd() -> Int? {
        var here = scanned
        let limit = min(buffer.count, start + limits.headers)
        let found = StreamFramer.takeLines(buffer.span, &here, limit)
        scanned = here
        return found ? here : nil
    }

    /// Goes on to behind the empty line, with line ends as the message's parser knows them; false,
    /// at the place to go on from, when the limit comes first.
    private static func takeLines(_ span: Span<UInt8>, _ here: inout Int, _ limit: Int) -> Bool {
        while here < limit {
            here = span.firstOffset(from: here, to: limit, below: 0x0B)
            guard here < limit else { return false }
            guard span[here] == 0x0A else {
                here += 1
                continue
            }
            // A line ends here; is the next one empty?
            var next = here + 1
            if next < limit, span[next] == 0x0D { next += 1 }
            guard next < limit else { return false }
            if span[next] == 0x0A {
                here = next + 1
                return true
            }
            here += 1
        }
        return false
    }

    /// Notes where the message ends; the reason when that can't be known or is too far.
    private mutating func measure(_ headEnd: Int) -> Reason? {
        switch MessageBytes.ContentLength(buffer.span, start, headEnd) {
        case .absent: return .contentLengthMissing
        case .invalid: return .contentLengthInvalid
        case .declared(let length):
            // Compared before it is added: a declared length is at most 2^31, but nothing rests on
            // that here.
            guard length <= limits.message - (headEnd - start) else { return .messageTooLong }
            messageEnd = headEnd + length
            return nil
        }
    }

    private mutating func fail(_ reason: Reason, headEnd: Int) -> Frame {
        let head = Array(buffer[start..<headEnd])
        isBroken = true
        buffer = []
        start = 0
        return .broken(reason, head: head)
    }

    /// Everything was given out: the room is kept for what comes next, unless it is much.
    private mutating func discard() {
        buffer.removeAll(keepingCapacity: buffer.capacity <= 16_384)
        start = 0
        scanned = 0
    }
}
