/// Why a message is not taken: what a request is answered with; a response is dropped.
package struct Refusal: Error, Hashable, Sendable {
    package let status: SIPStatus
    /// The reason phrase, such as "Missing Call-ID".
    package let reason: String

    package init(_ status: SIPStatus, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    static func bad(_ reason: String) -> Refusal { Refusal(.badRequest, reason) }
}

extension SIPRequest {
    /// The check that chooses the reply to what could be framed and is wrong (RFC 3261 16.3, RFC
    /// 4475).
    ///
    /// - Throws: ``Refusal`` with 400, 416 or 505.
    package func check() throws(Refusal) -> RequestEssentials {
        // The version first: nothing is known of the header fields of another one.
        guard isVersion2 else {
            throw Refusal(.versionNotSupported, SIPStatus.versionNotSupported.reasonPhrase)
        }
        let lines = try EssentialLines(message)
        let cseq = try lines.cseq(message.bytes)
        guard cseq.method == method else { throw .bad("CSeq Of Another Method") }
        // Of requests alone: a response has as many as its request went through, and ours on top.
        guard lines.hasFewVias(message) else { throw .bad("Too Many Via Values") }
        return RequestEssentials(
            uri: try checkedURI(),
            via: try lines.topVia(message),
            from: try lines.from(message.bytes),
            to: try lines.to(message.bytes),
            callID: try lines.callID(message.bytes),
            cseq: cseq,
            maxForwards: try lines.maxForwards(message.bytes))
    }

    private func checkedURI() throws(Refusal) -> URI {
        let uri: URI
        do { uri = try self.uri } catch { throw .bad("Bad Request-URI") }
        switch uri {
        // RFC 3261 19.1.1: a Request-URI has no headers part. It is never forwarded, so that nobody
        // downstream makes a Route of it (RFC 4475 3.1.2.11).
        case .sip(let uri) where uri.headers != nil: throw .bad("Headers In Request-URI")
        case .sip, .tel: return uri
        case .other:
            throw Refusal(.unsupportedURIScheme, SIPStatus.unsupportedURIScheme.reasonPhrase)
        }
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
