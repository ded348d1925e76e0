/// A request as a client writes it: right by itself, wrong as a test wants it.
struct RequestText {
    var method: String
    var uri: String
    /// The values of Via, the client's own first.
    var vias: [String] = []
    var from: String
    var to: String
    var callID: String
    var cseq = 1
    /// Nil: no Max-Forwards.
    var maxForwards: Int? = 70
    var contact: String?
    var routes: [String] = []
    /// Whole lines.
    var lines: [String] = []
    var body = ""

    var text: String {
        var all = ["\(method) \(uri) SIP/2.0"]
        all += vias.map { "Via: \($0)" }
        all += routes.map { "Route: \($0)" }
        if let maxForwards { all.append("Max-Forwards: \(maxForwards)") }
        all += ["From: \(from)", "To: \(to)", "Call-ID: \(callID)", "CSeq: \(cseq) \(method)"]
        if let contact { all.append("Contact: <\(contact)>") }
        all += lines
        if !body.isEmpty { all.append("Content-Type: text/plain") }
        all += ["Content-Length: \(body.utf8.count)", "", ""]
        return all.joined(separator: "\r\n") + body
    }

    /// The request with changes.
    func with(_ change: (inout RequestText) -> Void) -> RequestText {
        var copy = self
        change(&copy)
        return copy
    }

    /// The request that belongs to the same hop: CANCEL, or ACK for a refusal (RFC 3261 9.1, 17.1.1.3).
    func hopByHop(_ method: String, to: String? = nil) -> RequestText {
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
