import Glibc
import SIPAuth
import SIPCore
import TestPrograms

/// Phones user0, user1 … that register at the same moment, all on one socket.
struct Phones {
    let client: UDPClient
    /// The text of each phone's last 200, by its number.
    private(set) var answered: [Int: String] = [:]
    /// What else was a final answer.
    private(set) var refused: [Int: String] = [:]
    private let run: String
    private let userAgent: String
    private var outstanding: [Int: String] = [:]

    /// - Parameter run: a word that no other run against the same `sipd` has: part of every Call-ID.
    init(_ client: UDPClient, run: String, userAgent: String = "phones") {
        self.client = client
        self.run = run
        self.userAgent = userAgent
    }

    /// Registers them, or asks for what is registered, and answers challenges.
    ///
    /// - Parameters:
    ///   - contact: false: a query, which carries no Contact (RFC 3261 10.2.3).
    ///   - inFlight: how many wait for an answer at the same moment.
    ///   - stop: asked after each 200 with how many there were.
    mutating func register(
        _ users: some Collection<Int>, contact: Bool = true,
        password: (Int) -> String = { "pw\($0)" },
        inFlight: Int = 100, until stop: (Int) -> Bool = { _ in false }
    ) throws {
        var waiting = users.makeIterator()
        var next = waiting.next()
        let deadline = Deadline(120)
        while next != nil || !outstanding.isEmpty {
            while let user = next, outstanding.count < inFlight {
                send(request(user, cseq: 1, contact: contact, credentials: nil), of: user)
                next = waiting.next()
            }
            guard let response = client.receive(within: 0.5) else {
                // UDP may lose: what has no answer is sent again (RFC 3261 17.1.2).
                for text in outstanding.values { client.send(text) }
                guard !deadline.hasPassed else {
                    throw ChildProcess.Trouble(description: "\(outstanding.count) unanswered")
                }
                continue
            }
            try take(response, contact: contact, password: password)
            if stop(answered.count) { return }
        }
    }

    /// Registers one phone, and gives what it was answered at last.
    static func register(_ user: Int = 0, at sipd: Sipd, run: String) throws -> String {
        var phones = Phones(try UDPClient(to: sipd.port), run: run)
        try phones.register(user..<user + 1)
        return phones.answered[user] ?? phones.refused[user] ?? ""
    }

    /// Registers one phone again and again until it is answered 200: an outage is remembered for a second or two.
    static func registerEventually(_ user: Int = 0, at sipd: Sipd) throws {
        let deadline = Deadline(30)
        var round = 0
        while try !register(user, at: sipd, run: "again\(round)").hasPrefix("SIP/2.0 200 ") {
            round += 1
            guard !deadline.hasPassed else {
                throw ChildProcess.Trouble(description: "no 200 in half a minute")
            }
            poll(nil, 0, 100)
        }
    }

    /// What one says to a phone that answers the challenge which another gave it.
    static func register(_ user: Int, challengedBy one: Sipd, at other: Sipd) throws -> String {
        var phones = Phones(try UDPClient(to: one.port), run: "roaming")
        phones.send(phones.request(user, cseq: 1, contact: true, credentials: nil), of: user)
        let challenge = try phones.client.receive().orThrow("no challenge")
        let credentials = try phones.credentials(user, "pw\(user)", challenge)
        phones = Phones(try UDPClient(to: other.port), run: "roaming")
        phones.send(
            phones.request(user, cseq: 2, contact: true, credentials: credentials), of: user)
        return try phones.client.receive().orThrow("no answer")
    }

    /// What came while nobody read.
    mutating func drain() {
        while let response = client.receive(within: 0) {
            if let user = user(of: response), response.hasPrefix("SIP/2.0 200 ") {
                answered[user] = response
            }
        }
    }

    static func contact(of user: Int, port: UInt16) -> String {
        "sip:user\(user)@127.0.0.1:\(port)"
    }

    private mutating func take(
        _ response: String, contact: Bool, password: (Int) -> String
    ) throws {
        guard let user = user(of: response), outstanding[user] != nil else { return }
        let status = response.dropFirst("SIP/2.0 ".count).prefix(3)
        guard !status.hasPrefix("1") else { return }
        let isFirst = response.contains("CSeq: 1 ")
        if status == "401", isFirst {
            let credentials = try credentials(user, password(user), response)
            send(request(user, cseq: 2, contact: contact, credentials: credentials), of: user)
        } else if status == "401", outstanding[user]?.contains("CSeq: 2 ") == true, isFirst {
            return  // the answer to a repetition
        } else {
            outstanding[user] = nil
            if status == "200" { answered[user] = response } else { refused[user] = response }
        }
    }

    private mutating func send(_ text: String, of user: Int) {
        outstanding[user] = text
        client.send(text)
    }

    private func user(of response: String) -> Int? {
        // "Call-ID: 12.run"
        guard let callID = header("Call-ID", in: response), callID.hasSuffix("." + run) else {
            return nil
        }
        return Int(callID.dropLast(run.count + 1))
    }

    private func request(_ user: Int, cseq: Int, contact: Bool, credentials: String?) -> String {
        let own = Self.contact(of: user, port: client.port)
        // A branch is a token, a Call-ID may hold more (RFC 3261 25.1).
        let word = run.filter { $0.isLetter || $0.isNumber }
        let lines = [
            "REGISTER sip:voice.test SIP/2.0",
            "Via: SIP/2.0/UDP 127.0.0.1:\(client.port);branch=z9hG4bK\(user).\(cseq).\(word);rport",
            "Max-Forwards: 70",
            "From: <sip:user\(user)@voice.test>;tag=\(user)",
            "To: <sip:user\(user)@voice.test>",
            "Call-ID: \(user).\(run)",
            "CSeq: \(cseq) REGISTER",
            credentials.map { "Authorization: \($0)" },
            "User-Agent: \(userAgent)",
            contact ? "Contact: <\(own)>;expires=3600" : nil,
            "Content-Length: 0",
        ]
        return lines.compactMap { $0 }.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// Answers the MD5 challenge.
    private func credentials(
        _ user: Int, _ password: String, _ challenge: String
    ) throws -> String {
        let line = challenge.split(separator: "\r\n").first {
            $0.hasPrefix("WWW-Authenticate:") && $0.contains("algorithm=MD5")
        }
        let nonce = try (line?.firstMatch(of: /nonce="([^"]+)"/)?.output.1).orThrow(
            "no MD5 challenge in: \(challenge)")
        let input = DigestInput(
            algorithm: .md5, username: ByteSlice("user\(user)"), realm: "voice.test",
            nonce: ByteSlice(String(nonce)), method: "REGISTER", uri: "sip:voice.test",
            qop: .auth, nonceCount: "00000001", cnonce: "c")
        let response = String(
            decoding: try Digest.response(input, password: password), as: UTF8.self)
        return "Digest username=\"user\(user)\", realm=\"voice.test\", nonce=\"\(nonce)\", "
            + "uri=\"sip:voice.test\", response=\"\(response)\", algorithm=MD5, qop=auth, "
            + "nc=00000001, cnonce=\"c\""
    }
}

/// A header field's value, the first of that name.
func header(_ name: String, in message: String) -> Substring? {
    message.split(separator: "\r\n").first { $0.hasPrefix(name + ":") }?
        .dropFirst(name.count + 1).drop { $0 == " " }
}
