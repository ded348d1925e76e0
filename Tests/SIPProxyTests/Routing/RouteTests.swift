import SIPAuth
import SIPCore
import SIPLocation
import SIPProxy
import SIPTransaction
import Testing

@Suite("a route, called as a function") struct RouteTests {
    @Test("says how the request ends") func action() async throws {
        let router = ClosureRouter { request in
            request.method == .invite ? .reply(.busyHere, "Lunch") : .drop
        }
        var invite = try request("INVITE")
        guard case .reply(let reply) = try await router.route(&invite).kind else {
            Issue.record("no reply")
            return
        }
        #expect(reply.status == .busyHere)
        #expect(reply.reason == "Lunch")
        var bye = try request("BYE")
        guard case .drop = try await router.route(&bye).kind else {
            Issue.record("not dropped")
            return
        }
    }

    @Test("a provisional answer is no end: it becomes 500") func provisional() throws {
        guard case .reply(let reply) = Action.reply(.ringing).kind else {
            Issue.record("no reply")
            return
        }
        #expect(reply.status == .serverInternalError)
    }

    @Test("what it changes stands in its edits, and the request stays as it came")
    func edits() throws {
        var request = try request("INVITE")
        let before = request.arrival.request.message.bytes
        request.uri = try URI("sip:carol@voice.test")
        try request.limitHops(to: 10)
        try request.add("X-Test", "yes")
        request.remove("Subject")
        #expect(throws: HeaderError.self) { try request.add("X-Test", "a\r\nb") }
        #expect(request.uri.text == "sip:carol@voice.test")
        #expect(request.edits.maxForwards == 16)
        #expect(request.edits.addedHeaders.map(\.name) == ["X-Test"])
        #expect(request.edits.removedHeaders == ["Subject"])
        #expect(request.arrival.request.message.bytes == before)
    }

    @Test("limits throw what becomes the response") func limits() throws {
        var last = try request("INVITE", hops: 0)
        let hops = #expect(throws: Rejection.self) { try last.limitHops(to: 10) }
        #expect(hops?.status == .tooManyHops)
        let size = #expect(throws: Rejection.self) { try last.limitSize(to: 20) }
        #expect(size?.status == .messageTooLarge)
        try last.limitSize(to: last.size)
    }

    @Test("a provisional reply leaves at once, a final one never so") func replies() throws {
        let effects = RouteEffects(
            provisional: { _, status in #expect(status == .ringing) }, event: { _ in })
        let request = try request("INVITE", effects: effects)
        request.reply(.ringing)
        request.reply(.ok)
    }

    private func request(
        _ method: String, hops: Int = 70,
        effects: RouteEffects = RouteEffects(provisional: { _, _ in }, event: { _ in })
    ) throws -> RoutedRequest {
        let lines = [
            "\(method) sip:bob@voice.test SIP/2.0",
            "Via: SIP/2.0/UDP 203.0.113.66;branch=z9hG4bK1", "Max-Forwards: \(hops)",
            "From: <sip:alice@voice.test>;tag=1", "To: <sip:bob@voice.test>", "Call-ID: 1",
            "CSeq: 1 \(method)", "Subject: lunch", "Content-Length: 0", "", "",
        ]
        guard
            case .request(let request) = try SIPMessage(
                Array(lines.joined(separator: "\r\n").utf8))
        else { throw ParseError(offset: 0, expected: "a request") }
        let source = Endpoint(.udp, .v4(0xCB00_7142), port: 5060)
        let responsibility = Responsibility(
            listeners: [], addresses: [], domains: [try Host("voice.test")])
        let site = Site(
            responsibility, digest: try DigestAuthenticator(key: Array(1...32)),
            signature: DialogSignature(key: HashKey(1, 2)))
        let essentials = try request.check()
        let key = TransactionKey(
            request: request, essentials: essentials, hashKey: HashKey(3, 4))
        return RoutedRequest(
            Arrival(
                ReceivedRequest(request, essentials, key: key, from: source, on: 0), session: nil),
            site: site, time: UnixTime(seconds: 1), random: 1, effects: effects)
    }
}
