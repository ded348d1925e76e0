/// The lines of the header fields that every message has, found in one pass over the index.
struct EssentialLines {
    private var fromLine = ByteRange.empty
    private var toLine = ByteRange.empty
    private var callIDLine = ByteRange.empty
    private var cseqLine = ByteRange.empty
    private var maxForwardsLine = ByteRange.empty
    /// The first Via line.
    private var viaLine = ByteRange.empty
    private var viaLines = 0
    private var viaBytes = 0

    /// More Vias than this are no way that a message came.
    private static var viasAtMost: Int { 100 }

    /// Each must be there; all but Via once, whether the values agree or not (RFC 4475 3.3.8).
    init(_ message: MessageBytes) throws(Refusal) {
        if let reason = message.flaws.reason { throw .bad(reason) }
        if message.contentLength == .invalid { throw .bad("Bad Content-Length") }
        for line in message.lines {
            switch line.header {
            case .via:
                if viaLines == 0 { viaLine = line.value }
                viaLines += 1
                viaBytes += line.value.count
            case .from: try EssentialLines.note(line, in: &fromLine, "More Than One From")
            case .to: try EssentialLines.note(line, in: &toLine, "More Than One To")
            case .callID: try EssentialLines.note(line, in: &callIDLine, "More Than One Call-ID")
            case .cseq: try EssentialLines.note(line, in: &cseqLine, "More Than One CSeq")
            case .maxForwards:
                try EssentialLines.note(line, in: &maxForwardsLine, "More Than One Max-Forwards")
            default: break
            }
        }
        if viaLine == .empty { throw .bad("Missing Via") }
        if toLine == .empty { throw .bad("Missing To") }
        if fromLine == .empty { throw .bad("Missing From") }
        if callIDLine == .empty { throw .bad("Missing Call-ID") }
        if cseqLine == .empty { throw .bad("Missing CSeq") }
    }

    /// An offset is never zero here, for the start line is in front: `empty` says "not seen".
    private static func note(
        _ line: HeaderLine, in slot: inout ByteRange, _ reason: StaticString
    ) throws(Refusal) {
        guard slot == .empty else { throw .bad(String(describing: reason)) }
        slot = line.value
    }

    /// Counts only what can be too many: a Via takes at least 13 bytes, `SIP/2.0/UDP h`.
    func hasFewVias(_ message: MessageBytes) -> Bool {
        guard viaLines <= EssentialLines.viasAtMost else { return false }
        guard viaBytes > EssentialLines.viasAtMost * 13 else { return true }
        var count = 0
        for _ in message.elements(of: .via) {
            count += 1
            if count > EssentialLines.viasAtMost { return false }
        }
        return true
    }
}

extension EssentialLines {
    /// The first Via; behind it, its line ends or goes on with a comma.
    func topVia(_ message: MessageBytes) throws(Refusal) -> Via {
        var cursor = Cursor(message.bytes, viaLine)
        do { return try Via(first: &cursor) } catch { throw .bad("Bad Via") }
    }

    func from(_ bytes: [UInt8]) throws(Refusal) -> NameAddress {
        do { return try NameAddress(ByteSlice(bytes, fromLine)) } catch { throw .bad("Bad From") }
    }

    func to(_ bytes: [UInt8]) throws(Refusal) -> NameAddress {
        do { return try NameAddress(ByteSlice(bytes, toLine)) } catch { throw .bad("Bad To") }
    }

    func cseq(_ bytes: [UInt8]) throws(Refusal) -> CSeq {
        do { return try CSeq(ByteSlice(bytes, cseqLine)) } catch { throw .bad("Bad CSeq") }
    }

    func callID(_ bytes: [UInt8]) throws(Refusal) -> ByteSlice {
        do {
            return try ByteSlice(bytes, callIDLine).checkedAsCallID()
        } catch {
            throw .bad("Bad Call-ID")
        }
    }

    func maxForwards(_ bytes: [UInt8]) throws(Refusal) -> UInt8? {
        guard maxForwardsLine != .empty else { return nil }
        do {
            return try MaxForwards(ByteSlice(bytes, maxForwardsLine)).hops
        } catch {
            throw .bad("Bad Max-Forwards")
        }
    }
}

extension MessageBytes.Flaws {
    /// Why a message with these flaws is refused: the first that counts.
    fileprivate var reason: String? {
        if isEmpty { return nil }
        if contains(.bareLineEnd) { return "CR Or LF Alone" }
        if contains(.nul) { return "NUL In Header" }
        if contains(.badLine) { return "Bad Header Line" }
        // Also when the last line is whole (RFC 4475 3.1.2.15 as its archive has it): a datagram
        // that was cut looks so.
        if contains(.unterminated) { return "Missing Empty Line" }
        if contains(.truncated) { return "Content-Length Too Large" }
        if contains(.startLineBlanks) { return "Blanks In Start Line" }
        return nil
    }
}
