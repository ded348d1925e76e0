/// A SIP message (RFC 3261 section 7).
public enum SIPMessage: Sendable {
    case request(SIPRequest)
    case response(SIPResponse)

    /// Takes the bytes of one message, such as a datagram.
    ///
    /// - Throws: ``ParseError`` when they can't be framed as SIP. What can be framed but is wrong is found by
    ///   `SIPRequest/check()` and `SIPResponse/check()`.
    public init(_ bytes: [UInt8]) throws(ParseError) {
        let message = try MessageBytes(bytes)
        if message.bytes.span.equalsIgnoringCase(at: message.startLine.lower, "SIP/"),
            let line = StatusLine(message)
        {
            self = .response(SIPResponse(line, message))
        } else {
            self = .request(try SIPRequest(message))
        }
    }
}

/// A request: its bytes, and the three parts of its start line (RFC 3261 7.1).
public struct SIPRequest: Sendable {
    public let method: SIPMethod
    /// The message as it came.
    public let message: MessageBytes
    package let uriRange: ByteRange
    /// Whether the start line ends in "SIP/2.0"; another version is answered 505.
    package let isVersion2: Bool

    init(_ message: MessageBytes) throws(ParseError) {
        let span = message.bytes.span
        let line = message.startLine
        var methodEnd = line.lower
        while methodEnd < line.upper, span[methodEnd].isIn(.token) { methodEnd += 1 }
        guard methodEnd > line.lower, methodEnd < line.upper, span[methodEnd] == 0x20 else {
            throw ParseError(offset: methodEnd, expected: "a method and a blank")
        }
        var end = line.upper
        while end > methodEnd, span[end - 1].isBlank { end -= 1 }
        var version = end
        while version > methodEnd, !span[version - 1].isBlank { version -= 1 }
        guard version > methodEnd, span.equalsIgnoringCase(at: version, "SIP/") else {
            throw ParseError(offset: version, expected: "SIP/2.0 at the end of the request line")
        }
        var uriStart = methodEnd
        while uriStart < version, span[uriStart].isBlank { uriStart += 1 }
        var uriEnd = version
        while uriEnd > uriStart, span[uriEnd - 1].isBlank { uriEnd -= 1 }
        var flaws = message.flaws
        if end != line.upper || uriStart != methodEnd + 1 || uriEnd != version - 1 {
            flaws.insert(.startLineBlanks)
        }
        method = SIPMethod(ByteSlice(message.bytes, line.lower, methodEnd))
        isVersion2 = end - version == 7 && span.equalsIgnoringCase(at: version, "SIP/2.0")
        uriRange = ByteRange(uriStart, uriEnd)
        self.message = message.with(flaws)
    }
}

/// A response: its bytes, and its status line (RFC 3261 7.2).
public struct SIPResponse: Sendable {
    /// Three digits, 100 to 699.
    public let status: SIPStatus
    /// The message as it came.
    public let message: MessageBytes
    package let reasonRange: ByteRange

    init(_ line: StatusLine, _ message: MessageBytes) {
        status = line.status
        reasonRange = line.reason
        self.message = message
    }
}

/// `Status-Line = SIP-Version SP Status-Code SP Reason-Phrase`
struct StatusLine {
    let status: SIPStatus
    let reason: ByteRange

    /// Nil when it is none: another version, or a code that is not three digits from 100 to 699.
    init?(_ message: MessageBytes) {
        let span = message.bytes.span
        let line = message.startLine
        let code = line.lower + 8
        guard span.equalsIgnoringCase(at: line.lower, "SIP/2.0 "), line.upper >= code + 3,
            line.upper == code + 3 || span[code + 3] == 0x20
        else { return nil }
        var value: UInt16 = 0
        for index in code..<code + 3 {
            let digit = span[index] &- 0x30
            guard digit < 10 else { return nil }
            value = value * 10 + UInt16(digit)
        }
        guard (100...699).contains(value) else { return nil }
        status = SIPStatus(value)
        reason = ByteRange(min(code + 4, line.upper), line.upper)
    }
}

extension MessageBytes {
    fileprivate func with(_ flaws: Flaws) -> MessageBytes {
        guard flaws != self.flaws else { return self }
        return MessageBytes(self, flaws)
    }

    private init(_ other: MessageBytes, _ flaws: Flaws) {
        bytes = other.bytes
        lines = other.lines
        startLine = other.startLine
        headersStart = other.headersStart
        headersEnd = other.headersEnd
        body = other.body
        contentLength = other.contentLength
        self.flaws = flaws
    }
}
