import SIPCore

/// The two phones of a call, and what they send.
struct Call {
    let caller: Phone
    let callee: Phone
    private let index: Int
    private let name: String
    /// What the proxy last sent to the caller, and to the callee.
    var atCaller: [UInt8] = []
    var atCallee: [UInt8] = []
    /// The 200 that made the dialog.
    var accepted: [UInt8] = []

    init(_ index: Int, pass: Int) {
        self.index = index
        caller = Phone(index)
        callee = Phone(Inputs.count + index)
        var numbers = Numbers(seed: UInt64(pass * Inputs.count + index + 1))
        name = numbers.digits(16)
    }

    private var target: String { "sip:\(callee.user)@\(Inputs.domain)" }

    func invite(number: Int = 1, credentials: String? = nil) -> [UInt8] {
        var numbers = Numbers(seed: UInt64(index + 1))
        let body = Inputs.sessionDescription(caller, &numbers)
        var lines = head("INVITE", target, number)
        lines.append("Contact: <sip:\(caller.user)@\(caller.host):\(caller.port)>")
        if let credentials { lines.append(credentials) }
        lines += [
            "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE",
            "Content-Type: application/sdp",
        ]
        return bytes(lines, body)
    }

    func ackOfChallenge() throws -> [UInt8] {
        bytes(head("ACK", target, 1, to: try field("To", of: atCaller)))
    }

    func authenticatedInvite() throws -> [UInt8] {
        let challenge = try DigestChallenge(
            ByteSlice(try field("Proxy-Authenticate", of: atCaller)))
        guard let nonce = challenge.nonce else { throw Unexpected("no nonce") }
        return invite(
            number: 2,
            credentials: try caller.credentials(
                "INVITE", uri: target, nonce: nonce, header: "Proxy-Authorization", count: 1))
    }

    /// The callee's response to what the proxy sent it.
    func response(_ status: String) throws -> [UInt8] {
        var lines = ["SIP/2.0 \(status)"]
        let request = try World.request(atCallee)
        for via in request.values(of: "Via") { lines.append("Via: \(via)") }
        for route in request.values(of: "Record-Route") { lines.append("Record-Route: \(route)") }
        let isTagged = try request.to.tag != nil
        lines += [
            "From: \(try field("From", of: atCallee))",
            "To: \(try field("To", of: atCallee))\(isTagged ? "" : ";tag=b\(name)")",
            "Call-ID: \(try field("Call-ID", of: atCallee))",
            "CSeq: \(try field("CSeq", of: atCallee))",
            "Contact: <sip:\(callee.user)@\(callee.host):\(callee.port)>",
        ]
        guard status == "200 OK", request.method == .invite else { return bytes(lines) }
        var numbers = Numbers(seed: UInt64(index + 1))
        lines.append("Content-Type: application/sdp")
        return bytes(lines, Inputs.sessionDescription(callee, &numbers))
    }

    func ack() throws -> [UInt8] {
        bytes(try inDialog("ACK", 2))
    }

    func bye() throws -> [UInt8] {
        bytes(try inDialog("BYE", 3))
    }

    /// That the call has come to its end as it should.
    func expectOK() throws {
        guard case .response(let response) = try SIPMessage(atCaller), response.status == .ok,
            try response.cseq.method == .bye
        else { throw Unexpected("no 200 for BYE") }
    }

    /// The first lines of a request in the dialog: its Route is the Record-Route of what came from the callee, and the
    /// To its To.
    private func inDialog(_ method: String, _ number: Int) throws -> [String] {
        try head(
            method, "sip:\(callee.user)@\(callee.host):\(callee.port)", number,
            to: field("To", of: accepted))
            + ["Route: \(field("Record-Route", of: accepted))"]
    }

    private func head(
        _ method: String, _ uri: String, _ number: Int, to: String? = nil
    ) -> [String] {
        [
            "\(method) \(uri) SIP/2.0",
            "Via: SIP/2.0/UDP \(caller.host):\(caller.port);branch=z9hG4bK\(name).\(method).\(number)"
                + (index % 2 == 0 ? "" : ";rport"),
            "Max-Forwards: 70",
            "From: <sip:\(caller.user)@\(Inputs.domain)>;tag=a\(name)",
            "To: \(to ?? "<\(target)>")", "Call-ID: \(name)@\(caller.host)",
            "CSeq: \(number) \(method)",
        ]
    }

    private func bytes(_ lines: [String], _ body: String = "") -> [UInt8] {
        let head = lines + ["Content-Length: \(body.utf8.count)", "", body]
        return Array(head.joined(separator: "\r\n").utf8)
    }

    /// The value of a message's first header field of that name.
    private func field(_ name: HeaderName, of bytes: [UInt8]) throws -> String {
        let value =
            switch try SIPMessage(bytes) {
            case .request(let request): request[name]
            case .response(let response): response[name]
            }
        guard let value else { throw Unexpected("no \(name)") }
        return String(value)
    }
}
