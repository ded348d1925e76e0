package import SIPCore

/// A Path as one text, the way databases keep it: its values joined by commas (RFC 3327 section 4).
package enum PathText {
    package static func join(_ values: [ByteSlice]) -> ByteSlice {
        guard values.count != 1 else { return values[0] }
        return ByteSlice(Array(values.joined(separator: [0x2C])))
    }

    /// The values again: commas inside quotes or angle brackets part nothing.
    package static func split(_ text: ByteSlice) -> [ByteSlice] {
        guard !text.isEmpty else { return [] }
        var values: [ByteSlice] = []
        var start = 0
        var isQuoted = false
        var isEscaped = false
        var isBracketed = false
        for (index, byte) in text.enumerated() {
            if isEscaped {
                isEscaped = false
                continue
            }
            switch byte {
            case 0x5C: isEscaped = isQuoted
            case 0x22 where !isBracketed: isQuoted.toggle()
            case 0x3C where !isQuoted: isBracketed = true
            case 0x3E where !isQuoted: isBracketed = false
            case 0x2C where !isQuoted && !isBracketed:
                values.append(text.slice(start..<index).trimmed)
                start = index + 1
            default: break
            }
        }
        values.append(text.slice(start..<text.count).trimmed)
        return values.filter { !$0.isEmpty }
    }
}

extension ByteSlice {
    /// The slice without white space at its ends.
    fileprivate var trimmed: ByteSlice {
        var lower = 0
        var upper = count
        while lower < upper, self[lower].isWhiteSpace { lower += 1 }
        while upper > lower, self[upper - 1].isWhiteSpace { upper -= 1 }
        return slice(lower..<upper)
    }
}
