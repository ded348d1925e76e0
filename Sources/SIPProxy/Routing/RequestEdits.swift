package import SIPCore

/// What a route wants different in the copies that are sent on. The request itself stays as it came, so retransmissions
/// match whatever a route did.
package struct RequestEdits: Sendable {
    /// The new Request-URI.
    package var uri: URI?
    /// The new Max-Forwards.
    package var maxForwards: UInt8?
    /// Whether to put ourselves into the Route set (RFC 3261 16.6 step 4).
    package var recordsRoute = false
    /// Whether the signature of a Record-Route may be given: the request carries a proof.
    package var isProven = false
    /// The whole Route set when it changed; nil: as it came.
    package var routes: [ByteSlice]?
    /// The connection that leads to the dialog's other side, by our own Record-Route.
    var flow: DialogFlow?
    /// Whether Contacts of phones behind a NAT are written anew, in the request and in its responses.
    var fixesContacts = false
    /// Whether that of this request is one.
    var isContactHidden = false
    /// Whether the flow is that of our own Path: then nothing else says where the request goes.
    var isOnPath = false
    /// Whom the Request-URI stands for, where that is a GRUU (RFC 5627).
    var target: Target?
    /// Whether to put ourselves into the Path (RFC 3327 5.2).
    var addsPath = false
    /// Whether with `ob`: the phone's first hop (RFC 5626 5.1).
    var isOutbound = false
    /// Indexes of header lines that stay behind: verified credentials.
    package var removedLines: [Int] = []
    /// Names of headers that stay behind.
    package var removedHeaders: [HeaderName] = []
    package var addedHeaders: [HeaderText] = []

    package init() {}
}

extension RequestEdits {
    /// The same, with more headers.
    func adding(_ headers: [HeaderText]?) -> RequestEdits {
        guard let headers, !headers.isEmpty else { return self }
        var edits = self
        edits.addedHeaders += headers
        return edits
    }

    /// Whether a header line stays behind.
    func removes(_ index: Int, of message: MessageBytes) -> Bool {
        if removedLines.isEmpty, removedHeaders.isEmpty { return false }
        if removedLines.contains(index) { return true }
        return removedHeaders.contains { message.isNamed(message.lines[index], $0) }
    }
}
