/// A request as a client writes it: right by itself, wrong as a test wants it.
public struct RequestText: Sendable {
    /// The method.
    public var method: String
    /// The Request-URI.
    public var uri: String
    /// The values of Via, the client's own first.
    public var vias: [String] = []
    /// The value of From, tag and all.
    public var from: String
    /// The value of To.
    public var to: String
    /// The Call-ID.
    public var callID: String
    /// The number of the CSeq.
    public var cseq = 1
    /// Nil: no Max-Forwards.
    public var maxForwards: Int? = 70
    /// The URI of Contact; nil: no Contact.
    public var contact: String?
    /// The values of Route, first hop first.
    public var routes: [String] = []
    /// Further header lines, whole: `Subject: lunch`.
    public var lines: [String] = []
    /// The type of the body, when there is one.
    public var contentType = "text/plain"
    /// The body; empty: none, and no Content-Type.
    public var body = ""

    /// The request as it is sent.
    public var text: String {
        var all = ["\(method) \(uri) SIP/2.0"]
        all += vias.map { "Via: \($0)" }
        all += routes.map { "Route: \($0)" }
        if let maxForwards { all.append("Max-Forwards: \(maxForwards)") }
        all += ["From: \(from)", "To: \(to)", "Call-ID: \(callID)", "CSeq: \(cseq) \(method)"]
        if let contact { all.append("Contact: <\(contact)>") }
        all += lines
        if !body.isEmpty { all.append("Content-Type: \(contentType)") }
        all += ["Content-Length: \(body.utf8.count)", "", ""]
        return all.joined(separator: "\r\n") + body
    }

    /// The request with changes.
    public func with(_ change: (inout RequestText) -> Void) -> RequestText {
        var copy = self
        change(&copy)
        return copy
    }

    /// The request that belongs to the same hop: CANCEL, or ACK for a refusal (RFC 3261 9.1, 17.1.1.3).
    ///
    /// - Parameter to: the To of the refusal, which has a tag.
    public func hopByHop(_ method: String, to: String? = nil) -> RequestText {
        with {
            $0.method = method
            $0.vias = Array(vias.prefix(1))
            if let to { $0.to = to }
            $0.contact = nil
            $0.lines = []
            $0.body = ""
        }
    }
}
