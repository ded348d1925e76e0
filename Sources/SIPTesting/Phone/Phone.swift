public import SIPCore

/// A telephone: registers, calls, rings, answers, hangs up, and keeps to the RFCs while the network does what it does.
///
/// Phones are made by ``VirtualSite/phone(_:named:password:)``. What a phone does takes virtual time, so a test lets some pass
/// before it looks: ``VirtualSite/run(for:)``. What it sends outside of a dialog goes to the proxy, which is its outbound proxy.
public final class Phone: NetworkHost {
    /// What the phone does with a call that comes in.
    public enum Habit: Hashable, Sendable {
        /// Nothing by itself: the test does it, with ``Phone/incoming``.
        case manual
        /// Rings, and answers after a while.
        case answers(after: Duration)
        /// Refuses at once with that status.
        case refuses(Int)
        /// Rings for ever.
        case rings
        /// Says nothing at all, to anybody.
        case isDead
    }

    /// The user part of its address.
    public let user: String
    /// What it answers challenges with.
    public let password: String
    /// The domain of its address.
    public let domain: String
    /// Where it is on the network.
    public let endpoint: Endpoint
    /// What it does with a call that comes in; at first nothing.
    public var habit = Habit.manual
    /// Whether it answers digest challenges; at first it does.
    public var answersChallenges = true
    /// Calls in both directions, in their order.
    public private(set) var calls: [Call] = []
    /// Requests outside of calls that came in; each was answered 200.
    public private(set) var requests: [ReceivedMessage] = []
    let clock: VirtualClock
    let registrationCallID: String
    var registrations = 0
    private let network: VirtualNetwork
    private let proxy: Endpoint
    private var clients: [String: PhoneClientTransaction] = [:]
    private var servers: [String: PhoneServerTransaction] = [:]
    private var tokens = 0

    package init(
        user: String, password: String, domain: String, at endpoint: Endpoint,
        on network: VirtualNetwork, proxy: Endpoint
    ) {
        self.user = user
        self.password = password
        self.domain = domain
        self.endpoint = endpoint
        self.network = network
        self.proxy = proxy
        clock = network.clock
        registrationCallID = "reg-\(endpoint.hostPort)"
        network.attach(self, at: endpoint)
    }

    /// The address of record: `sip:alice@voice.test`.
    public var address: String { "sip:\(user)@\(domain)" }
    /// Where the phone is: `sip:alice@198.51.100.1:5060`.
    public var contact: String { "sip:\(user)@\(endpoint.hostPort)" }

    /// Calls a URI, through the proxy.
    ///
    /// - Parameter lines: further header lines of the INVITE, whole.
    public func call(_ uri: String, lines: [String] = []) -> Call {
        let call = Call(self, calling: uri, lines: lines)
        calls.append(call)
        call.start()
        return call
    }

    /// Calls another phone by its address of record.
    public func call(_ phone: Phone) -> Call { call(phone.address) }

    /// The call that came in last.
    public var incoming: Call? { calls.last { !$0.isCaller } }

    /// A datagram arrived: the network says so.
    public func receive(_ bytes: [UInt8], from source: Endpoint, at endpoint: Endpoint) {
        if case .isDead = habit { return }
        guard let message = ReceivedMessage(bytes, from: source, at: clock.now) else { return }
        if let method = message.method {
            receive(message, method)
        } else {
            clients["\(message.branch) \(message.cseqMethod)"]?.receive(message)
        }
    }
}

// MARK: - What calls need

extension Phone {
    /// A text that this phone never gave before.
    func newToken() -> String {
        tokens += 1
        return "\(user)-\(endpoint.hostPort.replacing(":", with: "-"))-\(tokens)"
    }

    func newCallID() -> String { "\(newToken())@\(endpoint.hostPort)" }

    func newVia() -> String {
        "SIP/2.0/UDP \(endpoint.hostPort);branch=z9hG4bK\(newToken());rport"
    }

    package func send(_ text: String, to destination: Endpoint? = nil) {
        network.send(Array(text.utf8), from: endpoint, to: destination ?? proxy)
    }

    /// Starts a client transaction.
    ///
    /// - Parameter destination: where the request goes; nil: to the proxy.
    func transact(
        _ request: RequestText, to destination: Endpoint? = nil,
        onResponse: @escaping (ReceivedMessage) -> Void,
        onTimeout: @escaping () -> Void
    ) {
        guard let via = request.vias.first, let branch = via.branch else { return }
        let key = "\(branch) \(request.method)"
        let transaction = PhoneClientTransaction(
            request, clock: clock, send: { [unowned self] in send($0, to: destination) },
            onResponse: onResponse,
            onTimeout: onTimeout, onEnd: { [unowned self] in clients[key] = nil })
        clients[key] = transaction
        transaction.start()
    }

    /// Answers a request.
    func respond(
        _ status: Int, to message: ReceivedMessage, _ transaction: PhoneServerTransaction,
        tag: String? = nil, lines: [String] = [], sdp: String = ""
    ) {
        var all = ["SIP/2.0 \(status) \(SIPStatus(UInt16(clamping: status)).reasonPhrase)"]
        all += message.lines("Via").map { "Via: \($0)" }
        all += message.lines("Record-Route").map { "Record-Route: \($0)" }
        var to = message.value("To") ?? ""
        if message.toTag == nil, status > 100 { to += ";tag=\(tag ?? newToken())" }
        all += [
            "From: \(message.value("From") ?? "")", "To: \(to)", "Call-ID: \(message.callID)",
            "CSeq: \(message.value("CSeq") ?? "")",
        ]
        all += lines
        if !sdp.isEmpty { all.append("Content-Type: \(SessionDescription.contentType)") }
        all += ["Content-Length: \(sdp.utf8.count)", "", ""]
        transaction.respond(
            UInt16(clamping: status), all.joined(separator: "\r\n") + sdp)
    }
}

// MARK: - Requests that come in

extension Phone {
    private func receive(_ message: ReceivedMessage, _ method: String) {
        let key = "\(message.branch) \(method == "ACK" ? "INVITE" : method)"
        if method == "ACK" {
            servers[key]?.acknowledge()
            call(of: message)?.receiveAck(message)
            return
        }
        if let known = servers[key] {
            known.receiveAgain()
            return
        }
        let transaction = PhoneServerTransaction(
            message, clock: clock, send: { [unowned self] in send($0, to: message.source) },
            onEnd: { [unowned self] in servers[key] = nil })
        servers[key] = transaction
        receive(message, method, transaction)
    }

    private func receive(
        _ message: ReceivedMessage, _ method: String, _ transaction: PhoneServerTransaction
    ) {
        switch method {
        case "INVITE" where message.toTag == nil:
            let call = Call(self, invitedBy: message, transaction)
            calls.append(call)
            call.follow(habit)
        case "CANCEL":
            guard servers["\(message.branch) INVITE"] != nil,
                let call = calls.last(where: { $0.isInvited(by: message) })
            else { return respond(481, to: message, transaction) }
            respond(200, to: message, transaction)
            call.receiveCancel()
        case _ where message.toTag != nil:
            guard let call = call(of: message) else {
                return respond(481, to: message, transaction)
            }
            call.receive(message, method, transaction)
        default:
            requests.append(message)
            respond(200, to: message, transaction)
        }
    }

    private func call(of message: ReceivedMessage) -> Call? {
        calls.last {
            $0.callID == message.callID && message.toTag == $0.localTag
                && $0.isRemoteTag(message.fromTag)
        }
    }
}

extension String {
    /// The branch of a Via value.
    fileprivate var branch: String? { (try? Via(ByteSlice(self)))?.branch.map(String.init) }
}
