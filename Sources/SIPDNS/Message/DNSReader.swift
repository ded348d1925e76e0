import SIPCore

/// A place in a DNS message. Nothing here trusts a length: what would lie beyond the end is nil.
struct DNSReader {
    let bytes: [UInt8]
    private(set) var position = 0
    private let end: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        end = bytes.count
    }

    /// A reader for a part of the message; names may still point anywhere in it.
    init(_ reader: DNSReader, _ part: Range<Int>) {
        bytes = reader.bytes
        position = part.lowerBound
        end = part.upperBound
    }

    /// The next bytes, as offsets.
    mutating func take(_ count: Int) -> Range<Int>? {
        guard count <= end - position else { return nil }
        defer { position += count }
        return position..<position + count
    }

    mutating func uint16() -> UInt16? {
        take(2).map { UInt16(bytes[$0.lowerBound]) << 8 | UInt16(bytes[$0.lowerBound + 1]) }
    }

    mutating func uint32() -> UInt32? {
        guard let high = uint16(), let low = uint16() else { return nil }
        return UInt32(high) << 16 | UInt32(low)
    }

    /// A `<character-string>` (RFC 1035 section 3.3).
    mutating func string() -> [UInt8]? {
        guard let length = take(1), let text = take(Int(bytes[length.lowerBound])) else {
            return nil
        }
        return Array(bytes[text])
    }

    /// Steps over a name without reading it; a pointer ends it.
    mutating func skipName() -> Bool {
        while let place = take(1) {
            let length = bytes[place.lowerBound]
            switch length & 0xC0 {
            case 0xC0: return take(1) != nil
            case 0x00:
                if length == 0 { return true }
                guard take(Int(length)) != nil else { return false }
            default: return false
            }
        }
        return false
    }

    /// A name, compressed or not (RFC 1035 section 4.1.4).
    ///
    /// - Returns: nil when there is none; `.some(nil)` for the root, and for a name that no host has.
    mutating func name() -> DNSName?? {
        var text: [UInt8] = []
        var here = position
        guard skipName() else { return nil }
        // Every pointer must lead back, so none can lead round.
        var limit = here
        while here < bytes.count {
            let length = Int(bytes[here])
            switch length & 0xC0 {
            case 0xC0:
                guard here + 1 < bytes.count else { return nil }
                here = (length & 0x3F) << 8 | Int(bytes[here + 1])
                guard here < limit else { return nil }
                limit = here
            case 0x00:
                if length == 0 { return .some(DNSName(ByteSlice(text))) }
                guard here + length < bytes.count, text.count + length <= 255 else { return nil }
                // A dot in a label would become two labels.
                guard !bytes[here + 1...here + length].contains(0x2E) else { return .some(nil) }
                if !text.isEmpty { text.append(0x2E) }
                text += bytes[here + 1...here + length]
                here += length + 1
            default: return nil
            }
        }
        return nil
    }
}
