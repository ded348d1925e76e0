import SIPCore

/// A telephone: registers, calls, rings, answers, hangs up, and keeps to the RFCs while the network does what it does.
final class Phone: NetworkHost {
    /// What the phone does with a call that comes in.
    enum Habit {
        /// Nothing by itself: the test does it.
        case manual
        /// Rings, and answers after a while.
        case answers(after: Duration)
        /// Refuses at once.
        case refuses(Int)
        /// Rings for ever.
        case rings
        /// Says nothing at all.
        case isDead
    }

    let user: String
    let password: String
    let domain = "voice.test"
    let endpoint: Endpoint
    let clock: VirtualClock
    var habit = Habit.manual
    var answersChallenges = true
    /// Calls in both directions, in their order.
    private(set) var calls: [Call] = []
    /// Requests outside of calls that were answered 200.
    private(set) var requests: [Letter] = []
    var registrations = 0
    let registrationCallID: String
    private let network: VirtualNetwork
    private let proxy: Endpoint
    private var clients: [String: PhoneClientTransaction] = [:]
    private var servers: [String: PhoneServerTransaction] = [:]
    private var tokens = 0

    init(
        user: String, password: String, at endpoint: Endpoint, on network: VirtualNetwork,
        proxy: Endpoint
    ) {
        self.user = user
        self.password = password
        self.endpoint = endpoint
        self.network = network
        self.proxy = proxy
        clock = network.clock
        registrationCallID = "reg-\(endpoint.hostPort)"
        network.attach(self, at: endpoint)
    }

    /// The address of record.
    var address: String { "sip:\(user)@\(domain)" }
    /// Where the phone is.
    var contact: String { "sip:\(user)@\(endpoint.hostPort)" }

    /// Calls a URI, or another phone.
    func call(_ uri: String, lines: [String] = []) -> Call {
        let call = Call(self, calling: uri, lines: lines)
        calls.append(call)
        call.start()
        return call
    }

    func call(_ phone: Phone) -> Call { call(phone.address) }

    /// The call that came in last.
    var incoming: Call? { calls.last { !$0.isCaller } }

    // MARK: What calls need

    /// A number that this phone never gave before, as text.
    func newToken() -> String {
        tokens += 1
        return "\(user)-\(endpoint.hostPort.replacing(":", with: "-"))-\(tokens)"
    }

    func newCallID() -> String { "\(newToken())@\(endpoint.hostPort)" }

    func newVia() -> String {
        "SIP/2.0/UDP \(endpoint.hostPort);branch=z9hG4bK\(newToken());rport"
    }

    func send(_ text: String, to destination: Endpoint? = nil) {
        network.send(Array(text.utf8), from: endpoint, to: destination ?? proxy)
    }

    /// Starts a client transaction.
    func transact(
        _ request: RequestText, onResponse: @escaping (Letter) -> Void,
        onTimeout: @escaping () -> Void
    ) {
        let transaction = PhoneClientTransaction(
            request, clock: clock, send: { [unowned self] in send($0) }, onResponse: onResponse,
            onTimeout: onTimeout)
        guard let via = request.vias.first, let branch = via.branch else { return }
        clients["\(branch) \(request.method)"] = transaction
        transaction.start()
    }

    // MARK: What comes in

    func receive(_ bytes: [UInt8], from source: Endpoint, at endpoint: Endpoint) {
        if case .isDead = habit { return }
        guard let letter = Letter(bytes, from: source, at: clock.now) else { return }
        guard let method = letter.method else {
            clients["\(letter.branch) \(letter.cseqMethod)"]?.receive(letter)
            return
        }
        let key = "\(letter.branch) \(method == "ACK" ? "INVITE" : method)"
        if method == "ACK" {
            servers[key]?.acknowledge()
            call(of: letter)?.receiveAck(letter)
            return
        }
        if let known = servers[key] {
            known.receiveAgain()
            return
        }
        let transaction = PhoneServerTransaction(letter, clock: clock) { [unowned self] in
            send($0, to: source)
        }
        servers[key] = transaction
        receive(letter, method, transaction)
    }

    private func receive(_ letter: Letter, _ method: String, _ transaction: PhoneServerTransaction)
    {
        switch method {
        case "INVITE" where letter.toTag == nil:
            let call = Call(self, invitedBy: letter, transaction)
            calls.append(call)
            call.follow(habit)
        case "CANCEL":
            guard servers["\(letter.branch) INVITE"] != nil,
                let call = calls.last(where: { $0.isInvited(by: letter) })
            else { return respond(481, to: letter, transaction) }
            respond(200, to: letter, transaction)
            call.receiveCancel()
        case _ where letter.toTag != nil:
            guard let call = call(of: letter) else {
                return respond(481, to: letter, transaction)
            }
            respond(200, to: letter, transaction)
            call.receive(letter)
        default:
            requests.append(letter)
            respond(200, to: letter, transaction)
        }
    }

    private func call(of letter: Letter) -> Call? {
        calls.last {
            $0.callID == letter.callID && letter.toTag == $0.localTag
                && $0.isRemoteTag(letter.fromTag)
        }
    }

    /// Answers a request.
    func respond(
        _ status: Int, to letter: Letter, _ transaction: PhoneServerTransaction,
        tag: String? = nil, lines: [String] = []
    ) {
        var all = ["SIP/2.0 \(status) \(SIPStatus(UInt16(status)).reasonPhrase)"]
        all += letter.lines("Via").map { "Via: \($0)" }
        all += letter.lines("Record-Route").map { "Record-Route: \($0)" }
        var to = letter.value("To") ?? ""
        if letter.toTag == nil, status > 100 { to += ";tag=\(tag ?? newToken())" }
        all += [
            "From: \(letter.value("From") ?? "")", "To: \(to)", "Call-ID: \(letter.callID)",
            "CSeq: \(letter.value("CSeq") ?? "")",
        ]
        all += lines + ["Content-Length: 0", "", ""]
        transaction.respond(UInt16(status), all.joined(separator: "\r\n"))
    }
}

extension String {
    /// The branch of a Via value.
    fileprivate var branch: String? { (try? Via(ByteSlice(self)))?.branch.map(String.init) }
}
