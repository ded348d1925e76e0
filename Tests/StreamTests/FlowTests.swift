import SIPCore
import SIPLocation
import SIPProxy
import SIPTransport
import Testing

@Suite("a phone's connection") struct FlowTests {
    private let router = Registering()

    private func withRegistrar(
        _ transports: [Transport] = [.tcp], _ test: (TestProxy) async throws -> Void
    ) async throws {
        try await withProxy(
            transports, { $0.trustedPeers = [.loopback] }, router: router, test)
    }

    @Test("is what it is called over, wherever its contact points")
    func called() async throws {
        try await withRegistrar { proxy in
            var bob = try await Wire(to: proxy.endpoint(.tcp))
            let contact = "sip:bob@192.0.2.99:5099;transport=tcp"
            #expect(
                try await bob.register("bob", contact: contact, via: "TCP 192.0.2.99:5099")
                    .hasPrefix("SIP/2.0 200 "))
            var alice = try await Wire(to: proxy.endpoint(.tcp))
            try await alice.send(
                request("MESSAGE", "sip:bob@voice.test", via: "TCP a.test", branch: "1"))
            let copy = try await bob.message()
            #expect(copy.hasPrefix("MESSAGE \(contact) SIP/2.0\r\n"))
            try await bob.send(response("200 OK", to: copy))
            #expect(try await alice.message().hasPrefix("SIP/2.0 200 "))
        }
    }

    @Test("carries what belongs to the dialog, in both directions and across transports")
    func dialog() async throws {
        try await withRegistrar([.tcp, .ws]) { proxy in
            var bob = try await WebSocketClient(to: proxy.endpoint(.ws))
            let contact = "sip:bob@df7jal23ls0d.invalid;transport=ws"
            _ = try await bob.register("bob", contact: contact, via: "WS df7jal23ls0d.invalid")
            var alice = try await Wire(to: proxy.endpoint(.tcp))
            // Behind a NAT: nobody could connect to that contact.
            let own = "sip:alice@192.0.2.98:5098;transport=tcp"
            try await alice.send(
                request(
                    "INVITE", "sip:bob@voice.test", via: "TCP 192.0.2.98:5098", branch: "1",
                    headers: ["Contact: <\(own)>"]))
            let invite = try await bob.message()
            #expect(invite.hasPrefix("INVITE \(contact) SIP/2.0\r\n"))
            let routes = values("Record-Route", in: invite)
            #expect(routes.count == 2)
            #expect(routes.first?.contains(";transport=ws;lr") == true)
            #expect(routes.last?.contains(";transport=tcp;lr") == true)
            try await bob.send(
                response("200 OK", to: invite, headers: ["Contact: <\(contact)>"]))
            var answer = try await alice.message()
            if answer.hasPrefix("SIP/2.0 100 ") { answer = try await alice.message() }
            #expect(answer.hasPrefix("SIP/2.0 200 "))
            // 12.1.2: the caller's route set is in reverse order.
            let back = values("Record-Route", in: answer).reversed().map { "Route: \($0)" }
            for method in ["ACK", "BYE"] {
                try await alice.send(
                    request(
                        method, contact, via: "TCP 192.0.2.98:5098", branch: method,
                        headers: back, toTag: "t"))
                let copy = try await bob.message()
                #expect(copy.hasPrefix("\(method) \(contact) SIP/2.0\r\n"))
                guard method == "BYE" else { continue }
                try await bob.send(response("200 OK", to: copy))
                #expect(try await alice.message().hasPrefix("SIP/2.0 200 "))
            }
            // And from the callee's side, tags the other way round.
            let info = request(
                "INFO", own, via: "WS df7jal23ls0d.invalid", branch: "i",
                headers: routes.map { "Route: \($0)" }, from: "bob", to: "alice", toTag: "f")
            try await bob.send(info.replacing(";tag=f\r\nTo:", with: ";tag=t\r\nTo:"))
            let copy = try await alice.message()
            #expect(copy.hasPrefix("INFO \(own) SIP/2.0\r\n"))
            try await alice.send(response("200 OK", to: copy))
            #expect(try await bob.message().hasPrefix("SIP/2.0 200 "))
        }
    }

    @Test(
        "with an alias in the Via stands for its sender's address, when that is trusted",
        arguments: [true, false])
    func alias(isTrusted: Bool) async throws {
        try await withProxy {
            if isTrusted { $0.trustedPeers = [.loopback] }
        } _: { proxy in
            // What listens there would take the request that does not go over the connection.
            var listener = try await Wire.Listener()
            let port = listener.endpoint.port
            var peer = try await Wire(to: proxy.endpoint(.tcp))
            try await peer.send(
                request(
                    "OPTIONS", "sip:voice.test", via: "TCP 127.0.0.1:\(port);alias", branch: "1"))
            #expect(try await peer.message().hasPrefix("SIP/2.0 200 "))
            let caller = try await Wire(to: proxy.endpoint(.tcp))
            try await caller.send(
                request(
                    "MESSAGE", "sip:bob@127.0.0.1:\(port);transport=tcp", via: "TCP a.test",
                    branch: "2"))
            var connection = isTrusted ? peer : try await listener.next()
            #expect(try await connection.message().hasPrefix("MESSAGE sip:bob@"))
        }
    }

    @Test("takes its bindings with it when it ends, and no others", arguments: [false, true])
    func ends(hasMoved: Bool) async throws {
        try await withRegistrar { proxy in
            let contact = "sip:bob@192.0.2.99:5099;transport=tcp"
            var first = try await Wire(to: proxy.endpoint(.tcp))
            _ = try await first.register("bob", contact: contact, via: "TCP 192.0.2.99:5099")
            let second = try await Wire(to: proxy.endpoint(.tcp))
            if hasMoved {
                var phone = second
                let answer = try await phone.register(
                    "bob", contact: contact, via: "TCP 192.0.2.99:5099")
                // The same Call-ID needs a higher CSeq.
                #expect(answer.hasPrefix("SIP/2.0 500 "))
                try await router.location.move(
                    contact, to: try #require(phone.local), try proxy.endpoint(.tcp))
            }
            await first.close()
            #expect(await proxy.end() == .closedByPeer)
            var alice = try await Wire(to: proxy.endpoint(.tcp))
            var count = 1
            // The end of the binding follows that of the connection.
            for attempt in 1...500 where count != (hasMoved ? -1 : 0) {
                count = router.location.statistics.bindings
                if hasMoved, attempt == 20 { break }
                try await alice.send(
                    request(
                        "OPTIONS", "sip:nobody@voice.test", via: "TCP a.test",
                        branch: "\(attempt)"))
                _ = try await alice.message()
            }
            #expect(count == (hasMoved ? 1 : 0))
        }
    }
}

extension LocationService {
    /// Has bob's contact registered over another connection.
    fileprivate func move(_ contact: String, to source: Endpoint, _ local: Endpoint) async throws {
        var requested = Registration.RequestedContact(uri: ByteSlice(contact))
        requested.received = source
        var registration = Registration(.list([requested]), callID: "later", cseq: 1)
        registration.localSocket = local
        let outcome = try await register(
            registration, for: AddressOfRecord(user: "bob", host: "voice.test"),
            at: UnixTime(seconds: 2_000_000_000))
        guard case .accepted = outcome else { throw Wire.Trouble.closed }
    }
}
