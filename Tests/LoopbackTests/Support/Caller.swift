import SIPAuth
import SIPCore
import TestPrograms

/// Somebody who sends one request after the other, and answers challenges when it has a password.
final class Caller {
    private let client: UDPClient
    private var count = 0

    init(to daemon: Sipd) throws { client = try UDPClient(to: daemon.port) }

    /// Sends a request and gives the first answer that is no challenge: 100 for an INVITE that is passed on.
    ///
    /// - Parameters:
    ///   - user: the account; nil: challenges are answers like others.
    ///   - password: of the account.
    func ask(
        _ method: String, _ uri: String, from: String, to: String? = nil, as user: String? = nil,
        password: String = ""
    ) throws -> String {
        count += 1
        let callID = "\(count).\(client.port)"
        var credentials: String?
        for cseq in 1...2 {
            let lines = [
                "\(method) \(uri) SIP/2.0",
                "Via: SIP/2.0/UDP 127.0.0.1:\(client.port);branch=z9hG4bK\(cseq).\(callID);rport",
                "Max-Forwards: 70", "From: <\(from)>;tag=\(count)", "To: <\(to ?? uri)>",
                "Call-ID: \(callID)", "CSeq: \(cseq) \(method)", credentials,
                "Contact: <sip:caller@127.0.0.1:\(client.port)>", "Content-Length: 0",
            ]
            let response = try answer(
                to: lines.compactMap { $0 }.joined(separator: "\r\n") + "\r\n\r\n", callID,
                cseq: "\(cseq) \(method)")
            guard cseq == 1, let user, let challenge = Self.challenge(in: response) else {
                return response
            }
            credentials = try Self.credentials(method, uri, user, password, challenge)
        }
        return ""
    }

    /// The status of ``ask(_:_:from:to:as:password:)``.
    func status(
        _ method: String, _ uri: String, from: String, to: String? = nil, as user: String? = nil,
        password: String = ""
    ) throws -> Int {
        let answer = try ask(method, uri, from: from, to: to, as: user, password: password)
        return Int(answer.dropFirst("SIP/2.0 ".count).prefix(3)) ?? 0
    }

    /// Sends a request until it is answered: UDP may lose (RFC 3261 17.1.2).
    private func answer(to text: String, _ callID: String, cseq: String) throws -> String {
        let deadline = Deadline(60)
        while !deadline.hasPassed {
            client.send(text)
            while let response = client.receive(within: 1) {
                if header("Call-ID", in: response) ?? "" == callID,
                    header("CSeq", in: response) ?? "" == cseq
                {
                    return response
                }
            }
        }
        throw ChildProcess.Trouble(description: "no answer to \(callID)")
    }

    private static func challenge(in response: String) -> (name: String, line: String)? {
        if let line = header("WWW-Authenticate", in: response) {
            return ("Authorization", String(line))
        }
        return header("Proxy-Authenticate", in: response).map {
            ("Proxy-Authorization", String($0))
        }
    }

    private static func credentials(
        _ method: String, _ uri: String, _ user: String, _ password: String,
        _ challenge: (name: String, line: String)
    ) throws -> String {
        func value(_ name: String) throws -> String {
            let parts = challenge.line.split(separator: "\(name)=\"", maxSplits: 1)
            return try String(
                (parts.dropFirst().first?.split(separator: "\"").first).orThrow(challenge.line))
        }
        let (realm, nonce) = (try value("realm"), try value("nonce"))
        let input = DigestInput(
            algorithm: .md5, username: ByteSlice(user), realm: ByteSlice(realm),
            nonce: ByteSlice(nonce), method: ByteSlice(method), uri: ByteSlice(uri), qop: .auth,
            nonceCount: "00000001", cnonce: "c")
        let response = String(
            decoding: try Digest.response(input, password: password), as: UTF8.self)
        return "\(challenge.name): Digest username=\"\(user)\", realm=\"\(realm)\", "
            + "nonce=\"\(nonce)\", uri=\"\(uri)\", response=\"\(response)\", algorithm=MD5, "
            + "qop=auth, nc=00000001, cnonce=\"c\""
    }
}
