import SIPCore
import SIPProxy
import SIPTesting
import Testing

/// A flow of RFC 3665 as it happens here: the phones say what the RFC prints, the proxies are ours, and what they say is compared
/// with what the RFC prints.
final class CallFlowRun {
    let flow: CallFlow
    let network = VirtualNetwork()
    /// Files whose messages our proxies sent as the RFC prints them.
    private(set) var confirmed: Set<String> = []
    private var sites: [String: VirtualSite] = [:]
    private var phones: [String: BareHost] = [:]
    /// How many messages of a kind were compared.
    private var compared: [String: Int] = [:]
    /// Tags that phones gave: those of proxies are their own affair.
    private let tags: Set<String>

    init(_ flow: CallFlow) throws {
        self.flow = flow
        let said = flow.steps.filter { !$0.from.isProxy }.compactMap(\.message)
        tags = Set(said.compactMap { $0.method == nil ? $0.toTag : $0.fromTag })
        for name in Set(flow.steps.flatMap { [$0.from, $0.to] }) { try open(name) }
        for site in sites.values {
            for party in CallFlowParty.all {
                site.names[party.host] = [party.endpoint.address]
                if let domain = party.domain, party.name != "Redirect Server" {
                    site.names[domain] = [party.endpoint.address]
                }
            }
        }
    }

    // MARK: Who takes part

    private func party(_ name: String) throws -> CallFlowParty {
        let isInChicago = flow.section == "3.6" && name == "Bob"
        return try #require(
            CallFlowParty.all.first { $0.name == (isInChicago ? "Bob in Chicago" : name) })
    }

    private func open(_ name: String) throws {
        let party = try party(name)
        network.recorder.names[party.endpoint] = name
        guard let domain = party.domain else {
            phones[name] = BareHost(party.endpoint, on: network, proxy: party.endpoint)
            return
        }
        // In 3.4 Proxy 1 is out of order.
        guard flow.steps.contains(where: { $0.from == name }) else { return }
        var setup = VirtualSite.Setup()
        setup.name = name
        setup.address = party.endpoint.address
        setup.host = party.host
        setup.domains = [domain]
        setup.trustedPeers = Set(CallFlowParty.all.map { $0.endpoint.address })
        sites[name] = try VirtualSite(setup, on: network, router: route(name, party, domain))
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
        for step in flow.steps {
            if step.from.isProxy { continue }
            // A message from phone to phone has nothing to do with us.
            guard step.to.isProxy else { continue }
            if step.message?.method == "ACK" { await wait(for: step) }
            try await play(step)
            await network.clock.run(for: .milliseconds(100))
        }
        await network.clock.run(for: .seconds(40))
        for step in flow.steps where step.from.isProxy { try compare(step) }
        for site in sites.values {
            let left = await site.finish()
            #expect(left.isEmpty, "\(site.setup.name): \(left)")
        }
    }

    /// Lets time pass until the phone has something to acknowledge: in 3.10 half a minute.
    private func wait(for ack: CallFlow.Step) async {
        for _ in 0..<400 {
            if phones[ack.from]?.inbox.contains(where: {
                $0.isFinal && $0.cseq == ack.message?.cseq
            }) == true {
                return
            }
            await network.clock.run(for: .milliseconds(100))
        }
    }

    private func play(_ step: CallFlow.Step) async throws {
        guard let site = sites[step.to] else { return }
        let phone = try #require(phones[step.from])
        let message = try #require(step.message)
        var lines = MessageLines(step.text)
        let destination: Endpoint
        if message.method != nil {
            try await prepare(&lines, request: message, of: phone, site)
            destination = site.proxyEndpoint
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
        _ lines: inout MessageLines, request: ReceivedMessage, of phone: BareHost,
        _ site: VirtualSite
    ) async throws {
        // The RFC's nonces are not ours.
        let challenges = request.lines("Proxy-Authorization")
        lines.replace("Proxy-Authorization", with: [])
        for challenge in challenges {
            guard let credentials = try? DigestCredentials(ByteSlice(challenge)),
                let realm = credentials.realm.map({ String($0) }),
                let asking = sites.values.first(where: { $0.setup.domains == [realm] })
            else { continue }
            let method = request.method ?? ""
            let probe = asking.request(
                "INVITE", "sip:x@elsewhere.test", from: "sip:alice@\(realm)")
            let (_, asked) = await asking.proxy.decide(probe.text, from: phone.endpoint)
            var answer = DigestAnswer(
                username: "alice", password: "pass-alice", method: method,
                uri: credentials.uri.map { String($0) } ?? "")
            answer.realm = realm
            if let line = answer.line(for: try #require(asked)) { lines.append(line) }
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

    // MARK: What the proxies said

    private func compare(_ step: CallFlow.Step) throws {
        let printed = try #require(step.message)
        let kind = Self.kinds[step.file] ?? printed.kind
        let sent = network.recorder.messages(from: step.from, to: step.to).firstsOfTransactions
            .filter { $0.kind == kind }
        let index = compared["\(step.from) \(step.to) \(kind)", default: 0]
        compared["\(step.from) \(step.to) \(kind)"] = index + 1
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
            let kind = Self.kinds[step.file] ?? step.message?.kind ?? ""
            printed["\(step.from) -> \(step.to) \(kind)", default: 0] += 1
        }
        var surplus: [String] = []
        for (name, site) in sites {
            let sent = network.recorder.transmissions.filter { $0.source == site.proxyEndpoint }
            for destination in Set(sent.map { network.recorder.name($0.destination) }) {
                for message in network.recorder.messages(from: name, to: destination)
                    .firstsOfTransactions
                {
                    let line = "\(name) -> \(destination) \(message.kind)"
                    printed[line, default: 0] -= 1
                    if printed[line, default: 0] < 0 { surplus.append(line) }
                }
            }
        }
        return surplus
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
