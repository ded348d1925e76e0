extension MessageBytes {
    /// Indexes a message: one pass over its start line and header section.
    ///
    /// - Throws: ``ParseError`` when the bytes can't be framed as a SIP message: an empty buffer, or no start line.
    public init(_ bytes: [UInt8]) throws(ParseError) {
        var scan = LineScan(end: bytes.count)
        let span = bytes.span

        // RFC 3261 7.5: CRLFs before the start line are ignored.
        while scan.position < scan.end, span[scan.position] == 0x0D || span[scan.position] == 0x0A {
            scan.position += 1
        }
        let first = scan.position
        let firstEnd = scan.next(span)
        guard firstEnd > first else { throw ParseError(offset: first, expected: "a start line") }
        startLine = ByteRange(first, firstEnd)
        headersStart = scan.position

        var lines: [HeaderLine] = []
        lines.reserveCapacity(24)
        var length = ContentLength.absent
        var headersEnd = bytes.count
        var isTerminated = false
        while scan.position < scan.end {
            let start = scan.position
            var end = scan.next(span)
            if end == start {
                headersEnd = start
                isTerminated = true
                break
            }
            // RFC 3261 7.3.1: a line that begins with a blank goes on with the one before.
            while scan.position < scan.end, span[scan.position].isBlank { end = scan.next(span) }
            let line = HeaderLine(span, start, end)
            if let line {
                lines.append(line)
                if line.header == .contentLength { length.declare(span, line.value) }
            } else {
                scan.flaws.insert(.badLine)
            }
        }
        if !isTerminated { scan.flaws.insert(.unterminated) }

        let bodyStart = scan.position
        var bodyEnd = bytes.count
        if case .declared(let declared) = length {
            if declared > bodyEnd - bodyStart {
                scan.flaws.insert(.truncated)
            } else {
                bodyEnd = bodyStart + declared
            }
        }
        self.lines = lines
        self.headersEnd = headersEnd
        body = ByteRange(bodyStart, bodyEnd)
        contentLength = length
        flaws = scan.flaws
        self.bytes = bytes
    }
}

/// The walk from line to line.
private struct LineScan {
    var position = 0
    let end: Int
    var flaws: MessageBytes.Flaws = []

    init(end: Int) { self.end = end }

    /// The end of the line that begins here, without its line end; the position moves to the next line.
    mutating func next(_ span: Span<UInt8>) -> Int {
        var here = position
        while true {
            // Line ends and NUL, and tabs, which are stepped over.
            here = span.firstOffset(from: here, to: end, below: 0x0E)
            guard here < end else {
                position = end
                return end
            }
            switch span[here] {
            case 0x0D:
                if here + 1 < end, span[here + 1] == 0x0A {
                    position = here + 2
                    return here
                }
                flaws.insert(.bareLineEnd)
                here += 1
            case 0x0A:
                flaws.insert(.bareLineEnd)
                position = here + 1
                return here
            case 0x00:
                // quoted-pair = "\" (%x00-09 / …): only there a NUL is legal (RFC 3261 25.1).
                if here == 0 || span[here - 1] != 0x5C { flaws.insert(.nul) }
                here += 1
            default:
                here += 1
            }
        }
    }
}

extension HeaderLine {
    /// Nil when there is no name, or no colon after it (RFC 3261 7.3.1: `field-name: field-value`).
    init?(_ span: Span<UInt8>, _ start: Int, _ end: Int) {
        let colon = span.firstOffset(from: start, to: end, of: 0x3A)
        var nameEnd = colon
        while nameEnd > start, span[nameEnd - 1].isBlank { nameEnd -= 1 }
        header = KnownHeader(span, start, nameEnd)
        guard colon < end, nameEnd > start, nameEnd - start <= Int(UInt16.max),
            // A name that is known is a token.
            header != .other
                || span.firstOffset(from: start, to: nameEnd, notIn: .token) == nameEnd
        else { return nil }
        var here = colon + 1
        var valueEnd = end
        while here < valueEnd, span[here].isWhiteSpace { here += 1 }
        while valueEnd > here, span[valueEnd - 1].isWhiteSpace { valueEnd -= 1 }
        self.start = UInt32(truncatingIfNeeded: start)
        value = ByteRange(here, valueEnd)
        nameLength = UInt16(truncatingIfNeeded: nameEnd - start)
    }
}

extension MessageBytes.ContentLength {
    /// Takes one more Content-Length line into account: `1*DIGIT`, at most 2^31 - 1, and never two that differ.
    mutating func declare(_ span: Span<UInt8>, _ value: ByteRange) {
        var length = 0
        var isNumber = !value.isEmpty
        for index in value.lower..<value.upper {
            let digit = span[index] &- 0x30
            guard digit < 10, length < 214_748_364 else {
                isNumber = false
                break
            }
            length = length * 10 + Int(digit)
        }
        switch self {
        case .absent: self = isNumber ? .declared(length) : .invalid
        case .declared(length) where isNumber: break
        case .declared, .invalid: self = .invalid
        }
    }
}
