extension Cursor {
    /// Takes the text when it stands here, in any case.
    mutating func take(ignoringCase text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard end - position >= length, bytes.span.equalsIgnoringCase(at: position, text) else {
            return false
        }
        position += length
        return true
    }

    /// `"sip:"` or `"sips:"`; true for the latter, nil when it is neither.
    mutating func takeSIPScheme() -> Bool? {
        if take(ignoringCase: "sip:") { return false }
        return take(ignoringCase: "sips:") ? true : nil
    }

    /// Takes what stands before the next such byte, or all that there is.
    mutating func takeUntil(_ byte: UInt8) -> ByteRange {
        let start = position
        var here = start
        while here < end, bytes[here] != byte { here += 1 }
        position = here
        return ByteRange(start, here)
    }

    /// `userinfo = ( user / telephone-subscriber ) [ ":" password ] "@"`, or nothing.
    mutating func userInfo() throws(ParseError) -> (user: ByteRange, password: ByteRange) {
        let start = position
        var here = start
        var colon: Int?
        while here < end {
            let byte = bytes[here]
            if byte.isIn(.user) {
                here += 1
            } else if byte == 0x40 {
                let userEnd = colon ?? here
                guard userEnd > start else { throw error("a user before the @") }
                position = here + 1
                return (ByteRange(start, userEnd), colon.map { ByteRange($0 + 1, here) } ?? .empty)
            } else if byte == 0x25, isEscape(at: here) {
                here += 3
            } else if byte == 0x3A, colon == nil {
                colon = here
                here += 1
            } else {
                break
            }
        }
        return (.empty, .empty)
    }

    /// Whether `%HH` stands at a percent sign.
    private func isEscape(at percent: Int) -> Bool {
        percent + 2 < end && bytes[percent + 1].isIn(.hexadecimal)
            && bytes[percent + 2].isIn(.hexadecimal)
    }

    /// Takes bytes of a class and `escaped`, as many as there are.
    mutating func takeEscapedWhile(_ members: CharacterClass) -> ByteRange {
        let start = position
        _ = takeWhile(members)
        while peek == 0x25, isEscape(at: position) {
            position += 3
            _ = takeWhile(members)
        }
        return ByteRange(start, position)
    }

    /// `uri-parameters = *( ";" uri-parameter)`; the range begins behind the first semicolon.
    mutating func uriParameters() throws(ParseError) -> ByteRange {
        let start = position
        while take(0x3B) {
            guard !takeEscapedWhile(.uriParameter).isEmpty else {
                throw error("a parameter's name")
            }
            // The grammar wants a value behind "="; phones that leave it empty are let pass.
            if take(0x3D) { _ = takeEscapedWhile(.uriParameter) }
        }
        return position > start ? ByteRange(start + 1, position) : .empty
    }

    /// `headers = "?" header *( "&" header )`; the range begins behind the question mark.
    mutating func uriHeaders() throws(ParseError) -> ByteRange {
        guard take(0x3F) else { return .empty }
        let start = position
        repeat {
            guard !takeHeaderCharacters().isEmpty else { throw error("a header's name") }
            guard take(0x3D) else { throw error("= behind a header's name") }
            _ = takeHeaderCharacters()
        } while take(0x26)
        return ByteRange(start, position)
    }

    /// `hnv-unreserved / unreserved / escaped`: the parameter's characters with "?" and without
    /// "&".
    private mutating func takeHeaderCharacters() -> ByteRange {
        let start = position
        while position < end, bytes[position] != 0x26 {
            if bytes[position].isIn(.uriParameter) || bytes[position] == 0x3F {
                position += 1
            } else if bytes[position] == 0x25, isEscape(at: position) {
                position += 3
            } else {
                break
            }
        }
        return ByteRange(start, position)
    }
}

extension ByteSlice {
    /// The bytes with every `%HH` replaced; the same slice when there is none, which is the rule.
    package var withoutEscapes: ByteSlice {
        contains(0x25) ? ByteSlice(unescaped) : self
    }

    /// The bytes with every `%HH` replaced by the byte that it stands for.
    package var unescaped: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        let span = span
        var here = 0
        while here < span.count {
            if span[here] == 0x25, here + 2 < span.count,
                let high = span[here + 1].hexadecimalValue,
                let low = span[here + 2].hexadecimalValue
            {
                bytes.append(high << 4 | low)
                here += 3
            } else {
                bytes.append(span[here])
                here += 1
            }
        }
        return bytes
    }
}
