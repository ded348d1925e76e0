import SIPCore

/// The user part of a temporary GRUU (RFC 5627 5.4): `tgruu.` and hexadecimal digits that tell nobody anything.
///
/// What is in it is enciphered as SIV does it (RFC 5297): a seal over the content, and the content under a key stream that follows from
/// the seal. A random number in the content makes each different, so "it MUST be computationally infeasible to determine whether they
/// were issued for the same AOR or instance ID".
enum TemporaryGRUU {
    private static let prefix: [UInt8] = Array("tgruu.".utf8)
    private static let sealLength = 16
    /// Random number, instance, Call-ID.
    private static let fixedLength = 8 + 8 + 4

    /// Which phone, and which of its registrations: parts of hashes, and the key that they were made with.
    struct Content {
        fileprivate let instance: ArraySlice<UInt8>
        fileprivate let callID: ArraySlice<UInt8>
        fileprivate let key: HashKey

        func isOf(instance: ByteSlice, _ signature: DialogSignature) -> Bool {
            TemporaryGRUU.part(instance, 8, signature, key).isSame(as: self.instance)
        }

        func isOf(callID: ByteSlice, _ signature: DialogSignature) -> Bool {
            TemporaryGRUU.part(callID, 4, signature, key).isSame(as: self.callID)
        }
    }

    static func append(
        user: ByteSlice, host: ByteSlice, instance: ByteSlice, callID: ByteSlice, random: UInt64,
        to text: inout [UInt8], _ signature: DialogSignature
    ) {
        var content: [UInt8] = []
        content.append(bigEndian: random, count: 8)
        content += part(instance, 8, signature, nil)
        content += part(callID, 4, signature, nil)
        content += user
        let seal = signature.bytes(for: .gruuSeal, of: content + host)
        text += prefix
        for byte in seal + stream(content[...], seal[...], signature, nil) {
            text.append(hexadecimal: UInt64(byte), digits: 2)
        }
    }

    /// The account's user, and which phone; nil when it is not of our making.
    static func open(
        _ text: ByteSlice, host: ByteSlice, _ signature: DialogSignature
    ) -> (user: ArraySlice<UInt8>, Content)? {
        guard text.starts(with: prefix),
            let bytes = text.slice(prefix.count..<text.count).hexadecimalBytes,
            bytes.count >= sealLength + fixedLength
        else { return nil }
        let seal = bytes[..<sealLength]
        for key in signature.keys {
            let content = stream(bytes[sealLength...], seal, signature, key)
            guard
                signature.bytes(for: .gruuSeal, of: content + host, under: key).isSame(as: seal)
            else { continue }
            return (
                content[fixedLength...],
                Content(instance: content[8..<16], callID: content[16..<20], key: key)
            )
        }
        return nil
    }

    /// The first bytes of a hash; letters count without case, for an instance is a URN.
    private static func part(
        _ text: ByteSlice, _ length: Int, _ signature: DialogSignature, _ key: HashKey?
    ) -> [UInt8] {
        Array(
            signature.bytes(for: .gruuPart, of: text.map(\.lowercased), under: key).prefix(length))
    }

    /// Enciphers, or deciphers.
    private static func stream(
        _ text: ArraySlice<UInt8>, _ seal: ArraySlice<UInt8>, _ signature: DialogSignature,
        _ key: HashKey?
    ) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var pad: [UInt8] = []
        for (index, byte) in text.enumerated() {
            if index % 16 == 0 {
                var block = Array(seal)
                block.append(bigEndian: UInt64(index / 16), count: 8)
                pad = signature.bytes(for: .gruuStream, of: block, under: key)
            }
            result.append(byte ^ pad[index % 16])
        }
        return result
    }
}
