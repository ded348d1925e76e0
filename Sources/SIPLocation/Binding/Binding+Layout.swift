import SIPCore

/// The packed buffer of a binding. Numbers are little-endian.
///
/// ```
///  0       8            16   20 22           26    30    34      38         42        46      66
///  expires lastModified cseq q  (spare)regID flags methods contactKey instance ends[10] texts…
/// ```
///
/// `ends` holds the offset where each text ends, in the order of ``Text``; the first begins where the table ends.
/// The instance is given by offset and length, since it mostly stands inside the parameters.
extension Binding {
    package enum Layout {
        static let expires = 0
        static let lastModified = 8
        static let cseq = 16
        static let q = 20
        static let regID = 22
        static let flags = 26
        static let methods = 30
        static let contactKey = 34
        static let instance = 38
        static let ends = 42
        package static let size = ends + 2 * Text.count
    }

    package enum Text: Int {
        case user, host, ruid, uri, parameters, callID, userAgent, path, received, localSocket
        static let count = 10
    }

    /// Packs the fields.
    ///
    /// - Returns: nil when the texts are longer than ``maximumTextSize`` together.
    public init?(_ fields: BindingFields) {
        self.init(fields, contactKey: ContactIdentity(fields.uri).key)
    }

    /// Packs the fields; `contactKey` is the key of their URI.
    init?(_ fields: BindingFields, contactKey: UInt32) {
        let path = fields.pathText
        let received = ByteSlice(fields.received.map(PackedEndpoint.pack) ?? [])
        let localSocket = ByteSlice(fields.localSocket.map(PackedEndpoint.pack) ?? [])
        let instanceOffset = fields.instance.flatMap(fields.parameters.offset(of:))
        var size = fields.address.bytes.count + fields.ruid.count + fields.uri.count
        size += fields.parameters.count + fields.callID.count + fields.userAgent.count
        size += path.count + received.count + localSocket.count
        if let instance = fields.instance, instanceOffset == nil { size += instance.count }
        guard size <= Binding.maximumTextSize else { return nil }

        var packer = Packer(capacity: Layout.size + size)
        packer.put(UInt64(bitPattern: fields.expiresAt?.seconds ?? .max), at: Layout.expires)
        packer.put(UInt64(bitPattern: fields.lastModified.seconds), at: Layout.lastModified)
        packer.put(fields.cseq, at: Layout.cseq)
        packer.put(fields.q.map { min($0, 1000) } ?? .max, at: Layout.q)
        packer.put(fields.regID ?? 0, at: Layout.regID)
        packer.put(fields.flags, at: Layout.flags)
        packer.put(fields.methods ?? .max, at: Layout.methods)
        packer.put(contactKey, at: Layout.contactKey)
        packer.append(fields.address.user, .user)
        packer.append(fields.address.host, .host)
        packer.append(fields.ruid, .ruid)
        packer.append(fields.uri, .uri)
        let parameters = packer.bytes.count
        packer.append(fields.parameters, .parameters)
        packer.append(fields.callID, .callID)
        packer.append(fields.userAgent, .userAgent)
        packer.append(path, .path)
        packer.append(received, .received)
        packer.append(localSocket, .localSocket)
        if let instance = fields.instance {
            let start = instanceOffset.map { parameters + $0 } ?? packer.bytes.count
            if instanceOffset == nil { packer.bytes.append(slice: instance) }
            packer.put(UInt16(truncatingIfNeeded: start), at: Layout.instance)
            packer.put(UInt16(truncatingIfNeeded: instance.count), at: Layout.instance + 2)
        }
        bytes = packer.bytes
    }

    /// The fields again, to change some and pack them anew.
    public var fields: BindingFields {
        var fields = BindingFields(
            address: address, ruid: ruid, uri: uri, expiresAt: expiresAt,
            lastModified: lastModified)
        fields.parameters = parameters
        fields.q = q
        fields.callID = callID
        fields.cseq = cseq
        fields.userAgent = userAgent
        fields.instance = instance
        fields.regID = regID
        fields.pathText = pathText
        fields.received = received
        fields.localSocket = localSocket
        fields.flags = flags
        fields.methods = methods
        return fields
    }

    func end(of text: Text) -> Int { Int(integer16(at: Layout.ends + 2 * text.rawValue)) }

    func text(_ text: Text) -> ByteSlice {
        let start =
            text.rawValue == 0 ? Layout.size : end(of: Text(rawValue: text.rawValue - 1) ?? .user)
        return ByteSlice(bytes, start, end(of: text))
    }

    func endpoint(_ field: Text) -> Endpoint? { PackedEndpoint.unpack(text(field)) }

    func integer16(at offset: Int) -> UInt16 {
        UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8
    }

    func integer32(at offset: Int) -> UInt32 {
        UInt32(integer16(at: offset)) | UInt32(integer16(at: offset + 2)) << 16
    }

    func integer64(at offset: Int) -> Int64 {
        Int64(
            bitPattern: UInt64(integer32(at: offset)) | UInt64(integer32(at: offset + 4)) << 32)
    }
}

/// Fills the buffer: numbers at their place, texts one after the other.
private struct Packer {
    var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
        bytes.append(contentsOf: repeatElement(0, count: Binding.Layout.size))
    }

    mutating func put<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
        var rest = number
        for index in 0..<Number.bitWidth / 8 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
        }
    }

    mutating func append(_ text: ByteSlice, _ field: Binding.Text) {
        bytes.append(slice: text)
        // Fits: the caller has compared the sum with Binding.maximumTextSize.
        put(
            UInt16(truncatingIfNeeded: bytes.count),
            at: Binding.Layout.ends + 2 * field.rawValue)
    }
}

extension ByteSlice {
    /// Where `other` stands in these bytes first.
    fileprivate func offset(of other: ByteSlice) -> Int? {
        guard !other.isEmpty, other.count <= count else { return nil }
        let mine = span
        let needle = other.span
        for start in 0...(mine.count - needle.count) where mine[start] == needle[0] {
            var matched = 1
            while matched < needle.count, mine[start + matched] == needle[matched] { matched += 1 }
            if matched == needle.count { return start }
        }
        return nil
    }
}
