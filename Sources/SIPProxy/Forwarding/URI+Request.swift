import SIPCore

extension URI {
    /// The URI as it may stand in a start line.
    ///
    /// RFC 3261 16.6 step 2: "If the URI contains any parameters not allowed in a Request-URI, they MUST be removed." Those are
    /// the headers part and `method` (19.1.1, table 1); a Contact may have both, and whoever followed the first would
    /// write headers for us.
    var requestForm: ByteSlice {
        guard let sip, sip.headers != nil || sip.parameters.contains("method") else { return text }
        let storage = text.storage
        let parameters = sip.parameters.text
        let end = sip.headers.map { $0.range.lower - 1 } ?? text.range.upper
        guard !parameters.isEmpty else { return ByteSlice(storage, text.range.lower, end) }
        var bytes = Array(storage[text.range.lower..<parameters.range.lower - 1])
        for parameter in sip.parameters where !parameter.name.equalsIgnoringCase("method") {
            bytes.append(0x3B)
            bytes.append(slice: parameter.name)
            guard let value = parameter.value else { continue }
            bytes.append(0x3D)
            bytes.append(slice: value)
        }
        return ByteSlice(bytes)
    }
}
