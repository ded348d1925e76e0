import SIPCore
import SIPLocation

/// A REGISTER refreshes a phone's contact in memory, among 10,000: its header fields are read, the rules of RFC 3261
/// 10.3 decide, the 200's Contact is written.
struct RegisterBenchmark: Benchmark {
    private let location: LocationService
    private let addresses: [AddressOfRecord]
    private var requests: [SIPRequest] = []
    private var sum = 0
    private let source = Endpoint(.udp, .v4(0x0A14_0001), port: 5060)
    private let local = Endpoint(.udp, .v4(0xC000_0201), port: 5060)

    init() async throws {
        location = try await World.location(phones: 10_000)
        addresses = (0..<Inputs.count).map { World.address(of: Phone($0)) }
    }

    /// "if and only if the CSeq is higher": a REGISTER is good for one use.
    mutating func prepare(_ stage: Int, pass: Int) throws {
        requests = try (0..<Inputs.count).map { index in
            let phone = Phone(index)
            let text = """
                REGISTER sip:\(Inputs.domain) SIP/2.0\r
                Via: SIP/2.0/UDP \(phone.host):\(phone.port);branch=z9hG4bK\(pass).\(index)\r
                From: <sip:\(phone.user)@\(Inputs.domain)>;tag=\(index)\r
                To: <sip:\(phone.user)@\(Inputs.domain)>\r
                Call-ID: \(index)@\(phone.host)\r
                CSeq: \(pass + 2) REGISTER\r
                Contact: <sip:\(phone.user)@\(phone.host):\(phone.port)>\r
                Max-Forwards: 70\r
                Expires: 3600\r
                User-Agent: Desk 4.2.1\r
                Content-Length: 0\r
                \r

                """
            return try World.request(Array(text.utf8))
        }
    }

    mutating func run(_ stage: Int) async throws {
        for (index, request) in requests.enumerated() {
            let registration = try Registration(
                request, source: source, local: local)
            let outcome = try await location.register(
                registration, for: addresses[index], at: World.time)
            guard case .accepted(let contacts) = outcome, contacts.count == 1 else {
                throw Unexpected("\(outcome)")
            }
            sum &+= contacts[0].value.count
        }
    }
}
