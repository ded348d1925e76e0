extension MessageBytes.ContentLength {
    /// What a header section says of its body's length, read as ``MessageBytes`` reads it: two
    /// readings that differ would cut one stream in two ways.
    ///
    /// - Parameters:
    ///   - start: where the start line begins.
    ///   - end: behind the empty line.
    package init(_ span: Span<UInt8>, _ start: Int, _ end: Int) {
        self = .absent
        var here = ContentLengthScan.nextLine(span, start, end)
        while here < end {
            let line = here
            here = ContentLengthScan.nextLine(span, here, end)
            while here < end, span[here].isBlank {
                here = ContentLengthScan.nextLine(span, here, end)
            }
            // Content-Length and "l" are all that is asked for.
            let letter = span[line].lowercased
            guard letter == 0x63 || letter == 0x6C, let field = HeaderLine(span, line, here),
                field.header == .contentLength
            else { continue }
            declare(span, field.value)
        }
    }
}

private enum ContentLengthScan {
    /// The start of the line after the one that `start` is in.
    static func nextLine(_ span: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var here = start
        while here < end {
            here = span.firstOffset(from: here, to: end, below: 0x0B) + 1
            if here <= end, span[here - 1] == 0x0A { return here }
        }
        return end
    }
}
