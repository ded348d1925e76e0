/// What every response has, read once: enough to find the request that it answers.
package struct ResponseEssentials: Sendable {
    /// The first Via, which is this element's own.
    package let via: Via
    package let cseq: CSeq
    /// The From tag; an RFC 2543 client gives none.
    package let fromTag: ByteSlice?
    /// The To tag; 100 Trying has none.
    package let toTag: ByteSlice?
    package let callID: ByteSlice
}

extension SIPResponse {
    /// The check of a response. Nothing answers a response, so a refusal means: drop it (RFC 3261
    /// 16.7, RFC 4475).
    ///
    /// - Throws: ``Refusal``; its status is 400 and of no use, its reason is for the log.
    package func check() throws(Refusal) -> ResponseEssentials {
        let lines = try EssentialLines(message)
        return ResponseEssentials(
            via: try lines.topVia(message),
            cseq: try lines.cseq(message.bytes),
            fromTag: try lines.from(message.bytes).tag,
            toTag: try lines.to(message.bytes).tag,
            callID: try lines.callID(message.bytes))
    }
}
