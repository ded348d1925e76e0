/// Why a message is not taken: what a request is answered with; a response is dropped.
package struct Refusal: Error, Hashable, Sendable {
    package let status: SIPStatus
    /// The reason phrase, such as "Missing Call-ID".
    package let reason: String

    package init(_ status: SIPStatus, _ reason: String) {
        self.status = status
        self.reason = reason
    }
}

/// What every request has, read once: a request that has these is fit to be routed.
package struct RequestEssentials: Sendable {
    package let uri: URI
    /// The first Via.
    package let via: Via
    package let from: NameAddress
    package let to: NameAddress
    package let callID: ByteSlice
    package let cseq: CSeq
    /// Nil when there is none, or a number above 255.
    package let maxForwards: UInt8?
}

extension SIPRequest {
    /// The check that chooses the reply to what could be framed and is wrong (RFC 3261 16.3, RFC 4475).
    ///
    /// - Throws: ``Refusal`` with 400, 416 or 505.
    package func check() throws(Refusal) -> RequestEssentials {
        // The version first: nothing is known of the header fields of another one.
        guard isVersion2 else {
            throw Refusal(.versionNotSupported, SIPStatus.versionNotSupported.reasonPhrase)
        }
        let single = try SingleLines(message)
        let cseq = try message.checkedCSeq(single.cseq)
        guard cseq.method == method else { throw .bad("CSeq Of Another Method") }
        return RequestEssentials(
            uri: try checkedURI(),
            via: try message.checkedVia(),
            from: try message.checkedAddress(single.from, "Bad From"),
            to: try message.checkedAddress(single.to, "Bad To"),
            callID: try message.checkedCallID(single.callID),
            cseq: cseq,
            maxForwards: try checkedMaxForwards(single.maxForwards))
    }

    private func checkedURI() throws(Refusal) -> URI {
        let uri: URI
        do { uri = try self.uri } catch { throw .bad("Bad Request-URI") }
        switch uri {
        // RFC 3261 19.1.1: a Request-URI has no headers part. It is never forwarded, so that nobody downstream makes a
        // Route of it (RFC 4475 3.1.2.11).
        case .sip(let uri) where uri.headers != nil: throw .bad("Headers In Request-URI")
        case .sip, .tel: return uri
        case .other:
            throw Refusal(.unsupportedURIScheme, SIPStatus.unsupportedURIScheme.reasonPhrase)
        }
    }

    private func checkedMaxForwards(_ range: ByteRange) throws(Refusal) -> UInt8? {
        guard range != .empty else { return nil }
        do {
            return try MaxForwards(ByteSlice(message.bytes, range)).hops
        } catch {
            throw .bad("Bad Max-Forwards")
        }
    }
}

extension Refusal {
    static func bad(_ reason: String) -> Refusal { Refusal(.badRequest, reason) }
}

/// The lines of the header fields that a message has exactly once.
struct SingleLines {
    private(set) var from = ByteRange.empty
    private(set) var to = ByteRange.empty
    private(set) var callID = ByteRange.empty
    private(set) var cseq = ByteRange.empty
    private(set) var maxForwards = ByteRange.empty

    /// One pass over the index: each must be there, and once, whether the values agree or not (RFC 4475 3.3.8).
    init(_ message: MessageBytes) throws(Refusal) {
        if let reason = message.flaws.reason { throw .bad(reason) }
        if message.contentLength == .invalid { throw .bad("Bad Content-Length") }
        for line in message.lines {
            switch line.header {
            case .from: try SingleLines.note(line, in: &from, "More Than One From")
            case .to: try SingleLines.note(line, in: &to, "More Than One To")
            case .callID: try SingleLines.note(line, in: &callID, "More Than One Call-ID")
            case .cseq: try SingleLines.note(line, in: &cseq, "More Than One CSeq")
            case .maxForwards:
                try SingleLines.note(line, in: &maxForwards, "More Than One Max-Forwards")
            default: break
            }
        }
        if to == .empty { throw .bad("Missing To") }
        if from == .empty { throw .bad("Missing From") }
        if callID == .empty { throw .bad("Missing Call-ID") }
        if cseq == .empty { throw .bad("Missing CSeq") }
    }

    /// An offset is never zero here, for the start line is in front: `empty` says "not seen".
    private static func note(
        _ line: HeaderLine, in slot: inout ByteRange, _ reason: StaticString
    ) throws(Refusal) {
        guard slot == .empty else { throw .bad(String(describing: reason)) }
        slot = line.value
    }
}

extension MessageBytes.Flaws {
    /// Why a message with these flaws is refused: the first that counts.
    fileprivate var reason: String? {
        if isEmpty { return nil }
        if contains(.bareLineEnd) { return "CR Or LF Alone" }
        if contains(.nul) { return "NUL In Header" }
        if contains(.badLine) { return "Bad Header Line" }
        // Also when the last line is whole (RFC 4475 3.1.2.15 as its archive has it): a datagram that was cut looks so.
        if contains(.unterminated) { return "Missing Empty Line" }
        if contains(.truncated) { return "Content-Length Too Large" }
        if contains(.startLineBlanks) { return "Blanks In Start Line" }
        return nil
    }
}

extension MessageBytes {
    /// More Vias than this are no way that a message came.
    static var viasAtMost: Int { 100 }

    func checkedVia() throws(Refusal) -> Via {
        guard first(.via) != nil else { throw .bad("Missing Via") }
        let via: Via
        do { via = try topVia } catch { throw .bad("Bad Via") }
        guard hasFewVias else { throw .bad("Too Many Via Values") }
        return via
    }

    /// Counts only what can be too many: a Via takes at least 13 bytes, `SIP/2.0/UDP h`.
    private var hasFewVias: Bool {
        var bytesOfVias = 0
        var count = 0
        for line in lines where line.header == .via {
            bytesOfVias += line.value.count
            count += 1
        }
        guard count <= MessageBytes.viasAtMost else { return false }
        guard bytesOfVias > MessageBytes.viasAtMost * 13 else { return true }
        count = 0
        for _ in elements(of: .via) {
            count += 1
            if count > MessageBytes.viasAtMost { return false }
        }
        return true
    }

    func checkedAddress(_ range: ByteRange, _ reason: StaticString) throws(Refusal) -> NameAddress {
        do {
            return try NameAddress(ByteSlice(bytes, range))
        } catch {
            throw .bad(String(describing: reason))
        }
    }

    func checkedCallID(_ range: ByteRange) throws(Refusal) -> ByteSlice {
        do { return try ByteSlice(bytes, range).checkedAsCallID() } catch {
            throw .bad("Bad Call-ID")
        }
    }

    func checkedCSeq(_ range: ByteRange) throws(Refusal) -> CSeq {
        do { return try CSeq(ByteSlice(bytes, range)) } catch { throw .bad("Bad CSeq") }
    }
}
