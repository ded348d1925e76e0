import SIPCore

/// What stands before the `@` of our own Path (RFC 3327): the flow that a REGISTER came over, and a seal.
///
/// The registrar's requests for the phone bring it back in their Route. They go to where the REGISTER came from and to nowhere else,
/// whatever their Request-URI is, so whoever sees a token gains no way to others. It is the flow token of RFC 5626 5.2.
enum FlowToken {
    /// Moment, flow and seal in hexadecimal digits; nothing for a flow between families.
    static func append(
        _ flow: DialogFlow, to text: inout [UInt8], _ signature: DialogSignature, at time: UnixTime
    ) {
        guard let bytes = flow.bytes else { return }
        let issued = UInt32(clamping: time.seconds)
        let seal = signature.seal(bytes, issued: issued)
        text.append(hexadecimal: UInt64(issued), digits: 8)
        for byte in bytes { text.append(hexadecimal: UInt64(byte), digits: 2) }
        text.append(hexadecimal: seal.high, digits: 16)
        text.append(hexadecimal: seal.low, digits: 16)
    }

    /// The flow of a token; nil when it is not of our making, or too old.
    static func read(
        _ text: ByteSlice, _ signature: DialogSignature, at time: UnixTime
    ) -> DialogFlow? {
        // IPv4: 4 + 13 + 16 bytes; IPv6: 4 + 37 + 16.
        guard text.count == 66 || text.count == 114 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let high = text[index].hexadecimalDigit,
                let low = text[index + 1].hexadecimalDigit
            else { return nil }
            bytes.append(high << 4 | low)
        }
        func number(_ range: Range<Int>) -> UInt64 {
            bytes[range].reduce(0) { $0 << 8 | UInt64($1) }
        }
        let end = bytes.count - 16
        let issued = UInt32(truncatingIfNeeded: number(0..<4))
        let seal = (high: number(end..<end + 8), low: number(end + 8..<bytes.count))
        let flow = Array(bytes[4..<end])
        guard signature.isRight(seal, flow, issued: issued, at: time) else { return nil }
        return DialogFlow(flow)
    }
}
