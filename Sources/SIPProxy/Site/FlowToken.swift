import SIPCore

/// What stands before the `@` of our own Path (RFC 3327): the flow that a REGISTER came over, and a seal.
///
/// The registrar's requests for the phone bring it back in their Route. They go to where the REGISTER came from and to nowhere else,
/// whatever their Request-URI is, so whoever sees a token gains no way to others. It is the flow token of RFC 5626 5.2.
enum FlowToken {
    private static let sealLength = 16

    /// Moment, flow and seal in hexadecimal digits; nothing for a flow between families.
    static func append(
        _ flow: DialogFlow, to text: inout [UInt8], _ signature: DialogSignature, at time: UnixTime
    ) {
        guard let bytes = flow.bytes else { return }
        var signed: [UInt8] = []
        signed.append(bigEndian: UInt64(UInt32(clamping: time.seconds)), count: 4)
        signed += bytes
        for byte in signed + signature.bytes(for: .flowToken, of: signed) {
            text.append(hexadecimal: UInt64(byte), digits: 2)
        }
    }

    /// The flow of a token; nil when it is not of our making, or too old.
    static func read(
        _ text: ByteSlice, _ signature: DialogSignature, at time: UnixTime
    ) -> DialogFlow? {
        // IPv4: 4 + 13 + 16 bytes; IPv6: 4 + 37 + 16.
        guard text.count == 66 || text.count == 114, let bytes = text.hexadecimalBytes else {
            return nil
        }
        let signed = Array(bytes.dropLast(sealLength))
        let seal = bytes.suffix(sealLength)
        let issued = signed[..<4].reduce(0) { $0 << 8 | UInt32($1) }
        guard signature.isFresh(issued, at: time),
            signature.keys.contains(where: {
                signature.bytes(for: .flowToken, of: signed, under: $0).isSame(as: seal)
            })
        else { return nil }
        return DialogFlow(Array(signed[4...]))
    }
}
