extension IPAddress {
    /// An address from its text: `192.0.2.1`, `2001:db8::1`, `[::ffff:192.0.2.1]`.
    ///
    /// IPv4 is four decimal numbers without leading zeros, for "010" means eight to some; IPv6 is
    /// RFC 4291 section 2.2, with or without brackets, without a zone.
    public init?(_ text: ByteSlice) {
        self.init(text.span, lenient: false)
    }

    /// An address from its text, as ``init(_:)-(ByteSlice)`` takes it.
    public init?(_ text: String) {
        self.init(ByteSlice(text))
    }

    /// - Parameter lenient: whether three colons before an embedded IPv4 address pass for two: the
    ///   grammar of RFC 3261 had it so by mistake (RFC 5118 4.10).
    init?(_ text: Span<UInt8>, lenient: Bool) {
        var lower = 0
        var upper = text.count
        let isBracketed = upper >= 2 && text[0] == 0x5B && text[upper - 1] == 0x5D
        if isBracketed {
            lower += 1
            upper -= 1
        }
        if !isBracketed, let address = IPAddress.v4(text, lower, upper) {
            self = .v4(address)
        } else if let (high, low) = IPAddress.v6(text, lower, upper, lenient: lenient) {
            self = .v6(high: high, low: low)
        } else {
            return nil
        }
    }

    private static func v4(_ text: Span<UInt8>, _ lower: Int, _ upper: Int) -> UInt32? {
        guard upper - lower >= 7, upper - lower <= 15 else { return nil }
        var address: UInt32 = 0
        var here = lower
        for part in 0..<4 {
            if part > 0 {
                guard here < upper, text[here] == 0x2E else { return nil }
                here += 1
            }
            let start = here
            var value: UInt32 = 0
            while here < upper, here - start < 3, text[here].isIn(.digit) {
                value = value * 10 + UInt32(text[here] - 0x30)
                here += 1
            }
            guard here > start, value < 256, here == start + 1 || text[start] != 0x30 else {
                return nil
            }
            address = address << 8 | value
        }
        return here == upper ? address : nil
    }

    private static func v6(
        _ text: Span<UInt8>, _ lower: Int, _ upper: Int, lenient: Bool
    ) -> (high: UInt64, low: UInt64)? {
        var groups = V6Groups()
        var here = lower
        if upper - lower >= 2, text[lower] == 0x3A {
            guard text[lower + 1] == 0x3A else { return nil }
        } else if upper == lower {
            return nil
        }
        while here < upper {
            if text[here] == 0x3A {
                // "::", at the start or after the colon that ended a group.
                guard here + 1 < upper || groups.count > 0, groups.markGap() else { return nil }
                here += here == lower ? 2 : 1
                if lenient, here < upper, text[here] == 0x3A { here += 1 }
                continue
            }
            let start = here
            var value: UInt64 = 0
            while here < upper, here - start < 4, let digit = text[here].hexadecimalValue {
                value = value << 4 | UInt64(digit)
                here += 1
            }
            if here < upper, text[here] == 0x2E {
                guard let address = v4(text, start, upper), groups.append(UInt64(address >> 16)),
                    groups.append(UInt64(address & 0xFFFF))
                else { return nil }
                return groups.address
            }
            guard here > start, groups.append(value) else { return nil }
            if here == upper { return groups.address }
            guard text[here] == 0x3A, here + 1 < upper else { return nil }
            here += 1
        }
        return groups.address
    }
}

/// The groups of 16 bits as they are read, and where "::" stood among them.
private struct V6Groups {
    var count = 0
    private var gap: Int?
    private var groups = InlineArray<8, UInt64>(repeating: 0)

    mutating func append(_ group: UInt64) -> Bool {
        guard count < 8 else { return false }
        groups[count] = group
        count += 1
        return true
    }

    /// False for a second "::".
    mutating func markGap() -> Bool {
        guard gap == nil else { return false }
        gap = count
        return true
    }

    /// Nil when there are too few groups, or "::" stands for none.
    var address: (high: UInt64, low: UInt64)? {
        guard gap == nil ? count == 8 : count < 8 else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        let zeros = 8 - count
        for index in 0..<count {
            let position = index >= gap ?? 8 ? index + zeros : index
            let shift = UInt64(3 - position % 4) * 16
            if position < 4 {
                halves.high |= groups[index] << shift
            } else {
                halves.low |= groups[index] << shift
            }
        }
        return halves
    }
}

extension IPAddress: CustomStringConvertible {
    /// The address as RFC 5952 writes it, without brackets.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(40)
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes the text of ``description`` behind the bytes that are there.
    package func write(to bytes: inout [UInt8]) {
        switch self {
        case .v4(let address): IPAddress.write(address, to: &bytes)
        case .v6(let high, let low): IPAddress.write(high, low, to: &bytes)
        }
    }

    /// Writes the address as it stands in a URI or a Via: IPv6 in brackets.
    package func writeHost(to bytes: inout [UInt8]) {
        guard case .v6 = self else { return write(to: &bytes) }
        bytes.append(0x5B)
        write(to: &bytes)
        bytes.append(0x5D)
    }

    private static func write(_ address: UInt32, to bytes: inout [UInt8]) {
        for shift: UInt32 in [24, 16, 8, 0] {
            bytes.append(decimal: UInt64(address >> shift & 0xFF))
            if shift > 0 { bytes.append(0x2E) }
        }
    }

    private static func write(_ high: UInt64, _ low: UInt64, to bytes: inout [UInt8]) {
        // RFC 5952 section 5: the prefix of IPv4-mapped addresses is known, so their end is dotted.
        if high == 0, low >> 32 == 0xFFFF {
            bytes.append(contentsOf: "::ffff:".utf8)
            return write(UInt32(truncatingIfNeeded: low), to: &bytes)
        }
        func group(_ index: Int) -> UInt64 {
            (index < 4 ? high : low) >> (UInt64(3 - index % 4) * 16) & 0xFFFF
        }
        // RFC 5952 4.2: the longest run of zeros, the first of equals, and never a run of one.
        var longest = 0..<0
        var index = 0
        while index < 8 {
            let start = index
            while index < 8, group(index) == 0 { index += 1 }
            if index - start > max(longest.count, 1) { longest = start..<index }
            index += 1
        }
        index = 0
        while index < 8 {
            if index == longest.lowerBound, !longest.isEmpty {
                bytes.append(contentsOf: "::".utf8)
                index = longest.upperBound
                continue
            }
            if index > 0, index != longest.upperBound || longest.isEmpty { bytes.append(0x3A) }
            bytes.append(hexadecimal: group(index))
            index += 1
        }
    }
}

extension UInt8 {
    /// What the byte is worth as a hexadecimal digit.
    package var hexadecimalValue: UInt8? {
        let digit = self &- 0x30
        if digit < 10 { return digit }
        let letter = lowercased &- 0x61
        return letter < 6 ? letter + 10 : nil
    }
}
