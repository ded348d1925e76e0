import SIPCore

/// A request's text, with what varies.
func request(
    _ method: String, _ uri: String, via: String, branch: String, headers: [String] = [],
    from: String = "alice", to: String = "bob", toTag: String? = nil, callID: String = "call",
    body: String = ""
) -> String {
    let lines =
        [
            "\(method) \(uri) SIP/2.0",
            "Via: SIP/2.0/\(via);branch=z9hG4bK\(branch)",
            "Max-Forwards: 70",
            "From: <sip:\(from)@voice.test>;tag=f",
            "To: <sip:\(to)@voice.test>" + (toTag.map { ";tag=\($0)" } ?? ""),
            "Call-ID: \(callID)",
            "CSeq: 1 \(method)",
        ] + headers + ["Content-Length: \(body.utf8.count)"]
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
}

/// The response that a callee gives: Via, From, To, Call-ID and CSeq are the request's.
func response(_ status: String, to request: String, headers: [String] = []) -> String {
    let copied = request.split(separator: "\r\n").filter { line in
        ["Via:", "From:", "To:", "Call-ID:", "CSeq:", "Record-Route:"].contains {
            line.hasPrefix($0)
        }
    }.map { $0.hasPrefix("To:") && !$0.contains(";tag=") ? "\($0);tag=t" : "\($0)" }
    let lines = ["SIP/2.0 \(status)"] + copied + headers + ["Content-Length: 0"]
    return lines.joined(separator: "\r\n") + "\r\n\r\n"
}

/// The values of a header's lines.
func values(_ name: String, in message: String) -> [String] {
    message.split(separator: "\r\n").filter { $0.hasPrefix(name + ":") }.map {
        String($0.dropFirst(name.count + 1).drop { $0 == " " })
    }
}
