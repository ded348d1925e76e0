/// What is to be different in a message that is passed on; ``spliced()`` writes the copy.
///
/// A proxy changes five lines of twenty. The editor notes those changes in the order of the message and copies what
/// stands between them byte for byte, once, into one buffer, which is also the copy for retransmissions.
package struct MessageEditor {
    package let message: MessageBytes
    private var edits: [Edit] = []
    /// The new text of all edits, one after another.
    private var text: [UInt8] = []

    /// `removed` of the message gives way to `inserted` of the text.
    private struct Edit {
        let removed: ByteRange
        let inserted: ByteRange
    }

    package init(_ message: MessageBytes) {
        self.message = message
        edits.reserveCapacity(10)
        text.reserveCapacity(320)
    }

    /// Puts what `write` appends in the place of a range of the message. At one place, the earlier call comes first.
    @inline(__always)
    package mutating func replace(_ removed: ByteRange, _ write: (inout [UInt8]) -> Void) {
        let start = text.count
        write(&text)
        insert(Edit(removed: removed, inserted: ByteRange(start, text.count)))
    }

    /// Puts what `write` appends before the byte at `offset`.
    @inline(__always)
    package mutating func insert(at offset: Int, _ write: (inout [UInt8]) -> Void) {
        replace(ByteRange(offset, offset), write)
    }

    /// Leaves a range of the message out.
    package mutating func remove(_ range: ByteRange) {
        insert(Edit(removed: range, inserted: .empty))
    }

    /// Leaves a header line out, its line end and folds included.
    package mutating func removeLine(_ index: Int) {
        remove(message.lineRange(index))
    }

    /// Adds a line at the top of the header section; of several, the first added stands first.
    @inline(__always)
    package mutating func addLineAtTop(_ write: (inout [UInt8]) -> Void) {
        insert(at: message.headersStart) { text in
            write(&text)
            text.append("\r\n")
        }
    }

    /// Adds a line at the end of the header section.
    @inline(__always)
    package mutating func addLine(_ write: (inout [UInt8]) -> Void) {
        insert(at: message.headersEnd) { text in
            write(&text)
            text.append("\r\n")
        }
    }

    /// Leaves the first of a line's comma-separated values out, and the whole line when it is the only one.
    package mutating func removeFirstElement(ofLine index: Int, elementEnd: Int) {
        let line = message.lines[index]
        let bytes = message.bytes
        var rest = elementEnd
        while rest < line.value.upper, bytes[rest].isWhiteSpace || bytes[rest] == 0x2C { rest += 1 }
        if rest >= line.value.upper {
            removeLine(index)
        } else {
            remove(ByteRange(line.value.lower, rest))
        }
    }

    private mutating func insert(_ edit: Edit) {
        // Nearly always the last place: edits come in the order of the message.
        var place = edits.count
        while place > 0, edits[place - 1].removed.lowerBound > edit.removed.lowerBound {
            place -= 1
        }
        edits.insert(edit, at: place)
    }

    /// The edited message, up to the end of its body: what a datagram holds beyond it is not passed on
    /// (RFC 3261 18.3).
    package func spliced() -> [UInt8] {
        let start = message.startLine.lower
        let end = message.body.upper
        var result: [UInt8] = []
        result.reserveCapacity(end - start + text.count)
        var copied = start
        for edit in edits {
            // Two edits of one place (a line removed whose value was changed): the first one made wins.
            if edit.removed.lower > copied {
                result.append(message.bytes, ByteRange(copied, edit.removed.lower))
            }
            result.append(text, edit.inserted)
            copied = max(copied, edit.removed.upper)
        }
        if end > copied { result.append(message.bytes, ByteRange(copied, end)) }
        // The archive's baddn.dat ends after its last line: the empty line that a datagram may lack is put back.
        if message.flaws.contains(.unterminated) { result.append("\r\n") }
        return result
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
