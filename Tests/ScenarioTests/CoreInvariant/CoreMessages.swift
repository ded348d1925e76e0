import SIPAuth
import SIPCore

// What the parties say when nobody damages it.

/// A request that a party sent, or that the proxy passed on, with its parts as text.
struct KnownRequest {
    let bytes: [UInt8]
    let party: Party
    private let request: SIPRequest

    init?(_ bytes: [UInt8], _ party: Party) {
        guard case .request(let request)? = try? SIPMessage(bytes) else { return nil }
        self.bytes = bytes
        self.party = party
        self.request = request
    }

    var method: String { String(describing: request.method) }
    private var uri: String { String(ByteSlice(bytes, request.uriRange)) }
    private var cseq: UInt32 { (try? request.cseq.number) ?? 1 }

    private func lines(_ headers: Set<KnownHeader>) -> String {
        var text = ""
        for index in request.message.lines.indices
        where headers.contains(request.message.lines[index].header) {
            text += String(ByteSlice(bytes, request.message.lineRange(index)))
        }
        return text
    }

    private func value(_ header: KnownHeader) -> String {
        request.message.first(header).map(String.init) ?? ""
    }

    /// A CANCEL, or the ACK for a refusal (RFC 3261 9.1, 17.1.1.3).
    func hopByHop(_ method: String, tag: String = "") -> [UInt8] {
        let via = request.message.elements(of: .via).first { _ in true }.map(String.init) ?? ""
        return Array(
            ("\(method) \(uri) SIP/2.0\r\nVia: \(via)\r\n" + lines([.from, .callID, .route])
                + "To: \(value(.to))\(tag)\r\nCSeq: \(cseq) \(method)\r\n"
                + "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n").utf8)
    }

    func response(_ status: Int, tag: String, contact: String) -> [UInt8] {
        let to = value(.to).contains(";tag=") ? value(.to) : value(.to) + ";tag=\(tag)"
        return Array(
            ("SIP/2.0 \(status) Said\r\n" + lines([.via, .recordRoute, .from, .callID, .cseq])
                + "To: \(to)\r\nContact: <\(contact)>\r\nContent-Length: 0\r\n\r\n").utf8)
    }

    /// A request along the Record-Route of this one, from either side.
    func insideOfDialog(
        _ method: String, to uri: String, fromCallee: Bool, tag: String, branch: Int,
        at party: Party
    ) -> [UInt8] {
        let near = value(.from)
        let far = value(.to).contains(";tag=") ? value(.to) : value(.to) + ";tag=\(tag)"
        let routes = request.message.elements(of: .recordRoute).map { "Route: \($0)\r\n" }
        return Array(
            ("\(method) \(uri) SIP/2.0\r\n"
                + "Via: SIP/2.0/UDP \(party.hostPort);branch=z9hG4bKd\(branch);rport\r\n"
                + routes.joined()
                + "From: \(fromCallee ? far : near)\r\nTo: \(fromCallee ? near : far)\r\n"
                + lines([.callID])
                + "CSeq: \(200 + branch) \(method)\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
                .utf8)
    }

    /// The same request again, with an answer to a challenge.
    ///
    /// - Returns: nil when the challenge can't be answered.
    func answering(_ challenge: ByteSlice, count: Int, branch: Int) -> (
        bytes: [UInt8], credentials: String
    )? {
        guard let challenge = try? DigestChallenge(challenge), let nonce = challenge.nonce,
            let realm = challenge.realm, challenge.algorithm.map({ $0 == "MD5" }) ?? true
        else { return nil }
        let digits = String(count, radix: 16)
        let nc = String(repeating: "0", count: max(0, 8 - digits.count)) + digits
        let input = DigestInput(
            algorithm: .md5, username: "alice", realm: realm, nonce: nonce,
            method: ByteSlice(method), uri: ByteSlice(uri), qop: .auth, nonceCount: ByteSlice(nc),
            cnonce: "0a4f")
        guard let response = try? Digest.response(input, password: Party.password) else {
            return nil
        }
        let text = String(decoding: response, as: UTF8.self)
        let line =
            "\(method == "REGISTER" ? "" : "Proxy-")Authorization: Digest username=\"alice\", "
            + "realm=\"\(realm)\", nonce=\"\(nonce)\", uri=\"\(uri)\", response=\"\(text)\", "
            + "algorithm=MD5, cnonce=\"0a4f\", qop=auth, nc=\(nc)\r\n"
        return (
            Array(
                ("\(method) \(uri) SIP/2.0\r\n"
                    + "Via: SIP/2.0/UDP \(party.hostPort);branch=z9hG4bKa\(branch);rport\r\n"
                    + lines([.from, .to, .callID, .maxForwards, .contact]) + line
                    + "CSeq: \(cseq + 1) \(method)\r\nContent-Length: 0\r\n\r\n").utf8), text
        )
    }
}

extension Party {
    static let methods = [
        "INVITE", "MESSAGE", "OPTIONS", "REGISTER", "SUBSCRIBE", "BYE", "ACK", "PRACK", "TELEPORT",
    ]

    /// A request outside of dialogs, right in every way.
    func request(_ method: String, _ uri: String, number: Int) -> [UInt8] {
        let user = self == .alice ? "alice" : "user\(rawValue)"
        let to = method == "REGISTER" ? "sip:\(user)@voice.test" : uri
        return Array(
            """
            \(method) \(uri) SIP/2.0\r
            Via: SIP/2.0/UDP \(hostPort);branch=z9hG4bK\(number);rport\r
            Max-Forwards: 70\r
            From: <sip:\(user)@voice.test>;tag=f\(number)\r
            To: <\(to)>\r
            Call-ID: c\(number)\r
            CSeq: 1 \(method)\r
            Contact: <sip:\(user)@\(hostPort)>\r
            Content-Length: 0\r
            \r

            """.utf8)
    }
}
