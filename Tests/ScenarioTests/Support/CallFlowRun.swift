import SIPCore
import SIPProxy
import SIPTesting
import Testing

/// A flow of RFC 3665 as it happens here: the phones say what the RFC prints, the proxies are ours, and what they say is compared
/// with what the RFC prints.
final class CallFlowRun {
    let flow: CallFlow
    /// Files whose messages our proxies sent as the RFC prints them.
    private(set) var confirmed: Set<String> = []
    private let stage: any CallFlowStage
    private let network: VirtualNetwork
    private var proxies: [String: Endpoint] = [:]
    private var phones: [String: BareHost] = [:]
    private var sorted: [String: [ReceivedMessage]] = [:]
    /// How many transmissions are in ``sorted``.
    private var read = 0
    /// How many messages of a kind were compared.
    private var compared: [String: Int] = [:]
    /// Tags that phones gave: those of proxies are their own affair.
    private let tags: Set<String>

    init(_ flow: CallFlow, on stage: some CallFlowStage) async throws {
        self.flow = flow.at(stage.base, port: stage.port)
        self.stage = stage
        network = stage.network
        let said = flow.steps.filter { !$0.from.isProxy }.compactMap(\.message)
        tags = Set(said.compactMap { $0.method == nil ? $0.toTag : $0.fromTag })
        for name in Set(flow.steps.flatMap { [$0.from, $0.to] }) { try await open(name) }
    }

    // MARK: Who takes part

    private func party(_ name: String) throws -> CallFlowParty {
        let isInChicago = flow.section == "3.6" && name == "Bob"
        return try #require(
            CallFlowParty.all.first { $0.name == (isInChicago ? "Bob in Chicago" : name) })
    }

    private func open(_ name: String) async throws {
        let party = try party(name)
        let endpoint = stage.endpoint(of: party)
        network.recorder.names[endpoint] = name
        guard let domain = party.domain else {
            phones[name] = BareHost(endpoint, on: network, proxy: endpoint)
            return
        }
        // In 3.4 Proxy 1 is out of order.
        guard flow.steps.contains(where: { $0.from == name }) else { return }
        try await stage.open(party, domain, route(name, party, domain))
        proxies[name] = endpoint
    }

    private func route(_ name: String, _ party: CallFlowParty, _ domain: String)
        -> CallFlowRoute
    {
        let incoming = flow.steps.filter { $0.to == name && $0.message?.method == "INVITE" }
        let outgoing = flow.steps.filter { $0.from == name && $0.message?.method == "INVITE" }
        var route = CallFlowRoute()
        route.authenticates = incoming.contains { step in
            step.message?.realms("Proxy-Authorization").contains(domain) == true
        }
        route.recordsRoute = outgoing.contains { step in
            step.message?.hosts("Record-Route").contains(party.host) == true
        }
        route.contact = outgoing.first?.message?.requestURI
        return route
    }

    // MARK: What happens

    func run() async throws {
        var due: [String: Int] = [:]
        for step in flow.steps {
            guard !step.from.isProxy else {
                due[heading(of: step), default: 0] += 1
                continue
            }
            // A message from phone to phone has nothing to do with us.
            guard step.to.isProxy else { continue }
            let isComplete = await stage.comes {
                due.allSatisfy { sent[$0.key, default: []].count >= $0.value }
            }
            try #require(
                isComplete,
                "not all came that is printed before \(step.file)\n\(network.recorder.ladder())")
            try await play(step)
        }
        try await stage.end()
        for step in flow.steps where step.from.isProxy { try compare(step) }
    }

    /// What has been sent so far, retransmissions left out, by who sent what to whom.
    private var sent: [String: [ReceivedMessage]] {
        let recorder = network.recorder
        for transmission in recorder.transmissions.dropFirst(read) {
            read += 1
            guard
                let message = ReceivedMessage(
                    transmission.bytes, from: transmission.source, at: transmission.moment)
            else { continue }
            let source = recorder.name(transmission.source)
            let heading = "\(source) -> \(recorder.name(transmission.destination)) \(message.kind)"
            sorted[heading] = (sorted[heading, default: []] + [message]).firstsOfTransactions
        }
        return sorted
    }

    private func heading(of step: CallFlow.Step) -> String {
        "\(step.from) -> \(step.to) \(Self.kinds[step.file] ?? step.message?.kind ?? "")"
    }

    private func play(_ step: CallFlow.Step) async throws {
        guard let proxy = proxies[step.to] else { return }
        let phone = try #require(phones[step.from])
        let message = try #require(step.message)
        var lines = MessageLines(step.text)
        let destination: Endpoint
        if message.method != nil {
            try await prepare(&lines, request: message, of: phone)
            destination = proxy
        } else {
            let request = try #require(
                phone.inbox.last { $0.method == message.cseqMethod },
                "\(step.from) answers what did not come: \(step.file)\n\(network.recorder.ladder())"
            )
            // A phone answers with the Vias and the Record-Route that it got.
            let recorded = message.hosts("Record-Route")
            #expect(request.senders == message.senders, "\(step.file)")
            lines.replace("Via", with: request.lines("Via"))
            if !recorded.isEmpty {
                #expect(request.hosts("Record-Route") == recorded, "\(step.file)")
                lines.replace("Record-Route", with: request.lines("Record-Route"))
            }
            destination = request.source
        }
        phone.send(lines.text, to: destination)
    }

    private func prepare(
        _ lines: inout MessageLines, request: ReceivedMessage, of phone: BareHost
    ) async throws {
        // The RFC's nonces are not ours.
        let challenges = request.lines("Proxy-Authorization")
        lines.replace("Proxy-Authorization", with: [])
        for line in challenges {
            guard let credentials = try? DigestCredentials(ByteSlice(line)),
                let realm = credentials.realm.map({ String($0) }),
                let asking = CallFlowParty.all.first(where: {
                    $0.domain == realm && proxies.values.contains(stage.endpoint(of: $0))
                })
            else { continue }
            let asked = try await challenge(of: asking)
            var answer = DigestAnswer(
                username: "alice", password: "pass-alice", method: request.method ?? "",
                uri: credentials.uri.map { String($0) } ?? "")
            answer.realm = realm
            if let credentials = answer.line(for: asked) { lines.append(credentials) }
        }
        guard let tag = request.toTag else { return }
        if tags.contains(tag) {
            let isCaller = request.fromTag == flow.steps[0].message?.fromTag
            let source = try #require(
                isCaller
                    ? phone.inbox.last { $0.isFinal && $0.cseqMethod == "INVITE" }
                    : phone.inbox.first { $0.method == "INVITE" })
            // What refuses has no dialog, and the ACK for it goes where the INVITE went.
            guard !(request.method == "ACK" && (source.status ?? 0) >= 300) else { return }
            let routes = source.values("Record-Route")
            lines.replace("Route", with: isCaller ? routes.reversed() : routes)
            let printed = request.hosts("Route")
            #expect(MessageLines(lines.text).hosts("Route") == printed)
        } else if let response = phone.inbox.last(where: { $0.isFinal && $0.cseq == request.cseq })
        {
            // The ACK for a proxy's refusal has that proxy's tag.
            lines.replace("To", with: response.lines("To"))
        }
    }

    /// What a proxy says to a stranger's call, off the record.
    private func challenge(of proxy: CallFlowParty) async throws -> ReceivedMessage {
        network.recorder.isRecording = false
        defer { network.recorder.isRecording = true }
        let endpoint = stage.endpoint(of: .stranger)
        network.recorder.names[endpoint] = CallFlowParty.stranger.name
        let stranger = BareHost(endpoint, on: network, proxy: stage.endpoint(of: proxy))
        let realm = proxy.domain ?? ""
        let call = stranger.request(
            "INVITE", "sip:x@elsewhere.test", from: "sip:alice@\(realm)")
        stranger.send(call)
        try #require(await stage.comes { !stranger.heard("407").isEmpty })
        let challenge = try #require(stranger.heard("407").first)
        stranger.send(call.hopByHop("ACK", to: challenge.value("To")))
        return challenge
    }

    // MARK: What the proxies said

    private func compare(_ step: CallFlow.Step) throws {
        let printed = try #require(step.message)
        let heading = self.heading(of: step)
        let sent = self.sent[heading, default: []]
        let index = compared[heading, default: 0]
        compared[heading] = index + 1
        guard index < sent.count else {
            Issue.record("\(step.file) was never sent\n\(network.recorder.ladder())")
            return
        }
        let differences = sent[index].differences(from: printed, tags: tags)
            .filter { !Self.errata.contains("\(step.file) \($0.field)") }
        for difference in differences {
            Issue.record("\(step.file) \(difference.field): \(difference.text)")
        }
        if differences.isEmpty { confirmed.insert(step.file) }
    }

    /// What our proxies sent that the RFC does not print.
    var surplus: [String] {
        var printed: [String: Int] = [:]
        for step in flow.steps where step.from.isProxy {
            printed[heading(of: step), default: 0] += 1
        }
        return sent.filter { heading, messages in
            proxies.keys.contains { heading.hasPrefix("\($0) -> ") }
                && !heading.contains("-> \(CallFlowParty.stranger.name) ")
                && messages.count > printed[heading, default: 0]
        }.map(\.key)
    }

    /// RFC 3665 says 480 when nobody answered. RFC 3261 16.8 has the proxy "behave as if the transaction received a 408".
    static let kinds = ["3.10/F12-480.sip": "408 INVITE", "3.10/F14-480.sip": "408 INVITE"]

    /// Where we differ from what the RFC prints, and why.
    static let errata: Set<String> = [
        // The ACK for a 407 and for a 487 is of the hop that got it, as RFC 3261 17.1.1.3 has it and F09-ACK of 3.9.
        "3.3/F08-ACK.sip Via", "3.3/F08-ACK.sip branch", "3.8/F18-ACK.sip Via",
        // No proxy puts a Contact into an ACK.
        "3.3/F20-ACK.sip Contact", "3.3/F21-ACK.sip Contact",
        // Bob's address is 192.0.2.201.
        "3.2/F22-200.sip received",
        // The gateway of 3.5 rewrites the SDP for its firewall, which is no proxy's work.
        "3.5/F02-INVITE.sip body", "3.5/F04-INVITE.sip body", "3.5/F11-200.sip body",
        // Bob's Via has a name, so RFC 3261 18.2.1 wants received.
        "3.6/F14-BYE.sip received",
        // A CANCEL has the Request-URI of its INVITE (RFC 3261 9.1).
        "3.8/F11-CANCEL.sip start line",
        "3.10/F12-480.sip start line", "3.10/F14-480.sip start line",
    ]
}

extension String {
    fileprivate var isProxy: Bool { self != "Alice" && self != "Bob" }
}
