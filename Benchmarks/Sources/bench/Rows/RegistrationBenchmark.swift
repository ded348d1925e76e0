import SIPCore

/// A phone registers through the core, from bytes to bytes: a REGISTER is challenged, the next brings credentials and
/// refreshes the contact.
///
/// A stage is one REGISTER of each phone, so that no phone has the caches for itself.
struct RegistrationBenchmark: Benchmark {
    let stages = 2

    private let proxy: CoreUnderTest
    private var messages: [[UInt8]] = []
    private let phones = (0..<Inputs.count).map { Phone($0) }

    init() async throws { proxy = try await CoreUnderTest.home() }

    mutating func prepare(_ stage: Int, pass: Int) throws {
        let replies = proxy.sent
        proxy.sent.removeAll(keepingCapacity: true)
        proxy.sent.reserveCapacity(Inputs.count)
        if stage == 0 {
            for reply in replies { try expect(.ok, reply) }
            // After 40 s the timers of the registrations before have fired, or do so now.
            proxy.now = Instant(nanoseconds: Int64(pass + 1) * 40_000_000_000)
            messages = phones.indices.map { register($0, number: 2 * pass + 2) }
        } else {
            messages = try phones.indices.map { index in
                try expect(.unauthorized, replies[index])
                return try answer(
                    index, number: 2 * pass + 3, to: replies[index])
            }
        }
    }

    mutating func run(_ stage: Int) async throws {
        for index in messages.indices {
            try await proxy.receive(messages[index], from: phones[index].endpoint)
        }
    }

    private func expect(_ status: SIPStatus, _ reply: [UInt8]) throws {
        guard case .response(let response) = try SIPMessage(reply), response.status == status else {
            throw Unexpected("no \(status)")
        }
    }

    private func answer(_ index: Int, number: Int, to reply: [UInt8]) throws -> [UInt8] {
        guard case .response(let response) = try SIPMessage(reply),
            let nonce = try response["WWW-Authenticate"].flatMap({ try DigestChallenge($0) })?.nonce
        else { throw Unexpected("no nonce") }
        return register(
            index, number: number,
            credentials: try phones[index].credentials(
                "REGISTER", uri: "sip:\(Inputs.domain)", nonce: nonce, header: "Authorization",
                count: 1))
    }

    private func register(_ index: Int, number: Int, credentials: String? = nil) -> [UInt8] {
        let phone = phones[index]
        var lines = [
            "REGISTER sip:\(Inputs.domain) SIP/2.0",
            "Via: SIP/2.0/UDP \(phone.host):\(phone.port);branch=z9hG4bK\(number).\(index)",
            "From: <sip:\(phone.user)@\(Inputs.domain)>;tag=\(index)",
            "To: <sip:\(phone.user)@\(Inputs.domain)>", "Call-ID: \(index)@\(phone.host)",
            "CSeq: \(number) REGISTER",
            "Contact: <sip:\(phone.user)@\(phone.host):\(phone.port)>", "Max-Forwards: 70",
            "Expires: 3600", "User-Agent: Desk 4.2.1", "Content-Length: 0", "", "",
        ]
        if let credentials { lines.insert(credentials, at: 6) }
        return Array(lines.joined(separator: "\r\n").utf8)
    }
}
