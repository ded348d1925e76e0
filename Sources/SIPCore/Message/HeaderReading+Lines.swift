extension MessageBytes {
    /// The value of the first line of a header field.
    package func first(_ header: KnownHeader) -> ByteSlice? {
        for line in lines where line.header == header { return ByteSlice(bytes, line.value) }
        return nil
    }

    /// How many lines a header field has.
    package func count(_ header: KnownHeader) -> Int {
        var count = 0
        for line in lines where line.header == header { count += 1 }
        return count
    }

    /// The values of a header field's lines, as they stand.
    package func values(of header: KnownHeader) -> HeaderLineValues {
        HeaderLineValues(message: self, header: header)
    }

    /// The values of a header field whose grammar is a list: what stands between the commas of all
    /// its lines.
    package func elements(of header: KnownHeader) -> HeaderElements {
        HeaderElements(lines: values(of: header).makeIterator())
    }

    /// Whether a line is one of that name.
    package func isNamed(_ line: HeaderLine, _ name: HeaderName) -> Bool {
        guard line.header == name.known else { return false }
        guard name.known == .other else { return true }
        let start = Int(line.start)
        let utf8 = name.name.utf8
        guard utf8.count == Int(line.nameLength) else { return false }
        var offset = start
        for byte in utf8 {
            if bytes[offset].lowercased != byte.lowercased { return false }
            offset += 1
        }
        return true
    }
}

/// The values of a header field's lines, one after the other.
package struct HeaderLineValues: Sequence, Sendable {
    let message: MessageBytes
    let header: KnownHeader

    package func makeIterator() -> Iterator { Iterator(message: message, header: header) }

    package struct Iterator: IteratorProtocol, Sendable {
        let message: MessageBytes
        let header: KnownHeader
        var index = 0

        init(message: MessageBytes, header: KnownHeader) {
            self.message = message
            self.header = header
        }

        package mutating func next() -> ByteSlice? {
            while index < message.lines.count {
                let line = message.lines[index]
                index += 1
                if line.header == header { return ByteSlice(message.bytes, line.value) }
            }
            return nil
        }
    }
}

/// The elements of a list, over all of a header field's lines; commas in quoted strings and angle
/// brackets divide nothing.
///
/// An empty element is given as it is (nothing between two commas is an error to most grammars); an
/// empty line has none.
package struct HeaderElements: Sequence, IteratorProtocol, Sendable {
    var lines: HeaderLineValues.Iterator
    private var rest: ByteSlice?

    init(lines: HeaderLineValues.Iterator) { self.lines = lines }

    package mutating func next() -> ByteSlice? {
        if let rest { return take(from: rest) }
        while let line = lines.next() {
            if !line.isEmpty { return take(from: line) }
        }
        return nil
    }

    private mutating func take(from text: ByteSlice) -> ByteSlice {
        let comma = text.firstComma
        rest = comma.map { text.slice($0 + 1..<text.count) }
        return text.slice(0..<(comma ?? text.count)).trimmed
    }
}

extension ByteSlice {
    /// The offset of the first comma outside quoted strings and angle brackets.
    var firstComma: Int? {
        let span = span
        var isQuoted = false
        var isBracketed = false
        var here = 0
        while here < span.count {
            switch span[here] {
            case 0x5C where isQuoted: here += 1
            case 0x22 where !isBracketed: isQuoted.toggle()
            case 0x3C where !isQuoted: isBracketed = true
            case 0x3E where !isQuoted: isBracketed = false
            case 0x2C where !isQuoted && !isBracketed: return here
            default: break
            }
            here += 1
        }
        return nil
    }

    /// The bytes without white space at either end.
    package var trimmed: ByteSlice {
        var lower = 0
        var upper = count
        while lower < upper, self[lower].isWhiteSpace { lower += 1 }
        while upper > lower, self[upper - 1].isWhiteSpace { upper -= 1 }
        return slice(lower..<upper)
    }
}
