/// Writes the copy of a message that is passed on, with what is to be different in it.
///
/// A proxy changes five lines of twenty. The changes are made in the order of the message; what stands between them is
/// copied byte for byte, once, into one buffer, which is also the copy for retransmissions.
package struct MessageEditor {
    private let bytes: [UInt8]
    private let headersStart: Int
    private let headersEnd: Int
    private let end: Int
    private let isUnterminated: Bool
    private var copy: [UInt8] = []
    /// Up to here the message is in the copy, or left out of it.
    private var done: Int

    /// - Parameter room: about how many bytes will be added.
    package init(_ message: MessageBytes, room: Int = 0) {
        bytes = message.bytes
        headersStart = message.headersStart
        headersEnd = message.headersEnd
        end = message.body.upper
        isUnterminated = message.flaws.contains(.unterminated)
        done = message.startLine.lower
        copy.reserveCapacity(end - done + room + 2)
    }

    /// Puts what `write` appends in the place of a range of the message.
    ///
    /// A range that begins in what was replaced or removed before is left as it is: the earlier change wins.
    @inline(__always)
    package mutating func replace(_ range: ByteRange, _ write: (inout [UInt8]) -> Void) {
        guard range.lower >= done else { return }
        copy(to: range.lower)
        write(&copy)
        done = range.upper
    }

    /// Leaves a range of the message out.
    package mutating func remove(_ range: ByteRange) {
        replace(range) { _ in }
    }

    /// Adds a line at the top of the header section; of several, the first added stands first.
    @inline(__always)
    package mutating func addLineAtTop(_ write: (inout [UInt8]) -> Void) {
        replace(ByteRange(headersStart, headersStart)) { copy in
            write(&copy)
            copy.appendLineEnd()
        }
    }

    /// Adds a line at the end of the header section.
    @inline(__always)
    package mutating func addLine(_ write: (inout [UInt8]) -> Void) {
        replace(ByteRange(headersEnd, headersEnd)) { copy in
            write(&copy)
            copy.appendLineEnd()
        }
    }

    /// The edited message, up to the end of its body: what a datagram holds beyond it is not passed on (RFC 3261 18.3).
    package mutating func spliced() -> [UInt8] {
        copy(to: end)
        // The archive's baddn.dat ends after its last line: the empty line that a datagram may lack is put back.
        if isUnterminated { copy.appendLineEnd() }
        return copy
    }

    private mutating func copy(to offset: Int) {
        guard offset > done else { return }
        copy.append(bytes, ByteRange(done, offset))
        done = offset
    }
}

extension MessageBytes {
    /// What goes when the first of a line's comma-separated values is left out: the value and its comma, or the whole
    /// line when it is the only one.
    ///
    /// - Parameter end: where the value ends.
    package func rangeOfFirstElement(ofLine index: Int, end: Int) -> ByteRange {
        let value = lines[index].value
        var rest = end
        while rest < value.upper, bytes[rest].isWhiteSpace || bytes[rest] == 0x2C { rest += 1 }
        return rest < value.upper ? ByteRange(value.lower, rest) : lineRange(index)
    }
}

extension MessageBytes {
    /// A header line from its name to the start of the next: line end and folds included.
    package func lineRange(_ index: Int) -> ByteRange {
        let end = index + 1 < lines.count ? Int(lines[index + 1].start) : headersEnd
        return ByteRange(Int(lines[index].start), end)
    }

    /// The index of the first line of a header.
    package func firstLine(of header: KnownHeader) -> Int? {
        for index in lines.indices where lines[index].header == header { return index }
        return nil
    }

    /// The value of a line, folds as they came.
    package func value(_ index: Int) -> ByteSlice { ByteSlice(bytes, lines[index].value) }
}
