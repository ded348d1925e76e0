import SIPCore
import SIPProxy
import SIPTransaction

/// The copy of an INVITE that goes to a registered phone: another Request-URI, our Via and Record-Route, Max-Forwards
/// counted down, the credentials left out.
struct ForwardBenchmark: Benchmark {
    private let site: Site
    private let forwardings: [Forwarding]
    private var sum = 0

    init() throws {
        let site = try World.site()
        var numbers = Numbers(seed: 2)
        forwardings = try (0..<Inputs.count).map { index in
            let phone = Phone(index)
            let credentials = try phone.credentials(
                "INVITE", uri: "sip:\(Inputs.domain)",
                nonce: ByteSlice(numbers.digits(40)), header: "Proxy-Authorization", count: 1)
            let bytes = Array(Inputs.invite(index, &numbers, credentials: credentials).utf8)
            let request = try World.request(bytes)
            let essentials = try request.check()
            let key = TransactionKey(
                request: request, essentials: essentials, hashKey: World.hashKey)
            let arrival = Arrival(
                ReceivedRequest(request, essentials, key: key, from: phone.endpoint, on: 0),
                session: nil)
            var edits = RequestEdits()
            edits.recordsRoute = true
            edits.isProven = true
            edits.maxForwards = 69
            guard let line = request.message.firstLine(of: .proxyAuthorization) else {
                throw Unexpected("an INVITE without credentials")
            }
            edits.removedLines = [line]
            let callee = Phone(Inputs.count - index)
            let uri = try URI(ByteSlice("sip:\(callee.user)@\(callee.host):\(callee.port)"))
            return Forwarding(
                arrival: arrival, edits: edits,
                hop: try NextHop(arrival, edits: edits, target: Target(uri: uri)),
                at: World.time)
        }
        self.site = site
    }

    func prepare(_ stage: Int, pass: Int) {}

    mutating func run(_ stage: Int) {
        let listener = site.listeners[0]
        for index in forwardings.indices {
            let token = BranchToken(
                stripe: 0, session: UInt32(index), branch: 0, cookie: UInt64(index) &* 0x9E37_79B9)
            sum &+= forwardings[index].copy(token: token, from: listener, site: site).count
        }
    }
}
