import SIPCore
import SIPProxy
import Testing

@Suite("an edge proxy's flow (RFC 5626)") struct EdgeFlowTests {
    /// Passes REGISTERs on to whom their Request-URI names, with a Path, and what comes along one to its phone.
    private func withEdge(_ test: (TestProxy) async throws -> Void) async throws {
        try await withProxy(
            [.tcp], { $0.trustedPeers = [.loopback] },
            route: { request in
                if request.method != .register { request.recordRoute() }
                if let path = try request.followPath() { return .relay(along: path) }
                if let dialog = try request.followRoute() { return .relay(in: dialog) }
                if request.method == .register { try request.addPath(.lax) }
                return .relay(unchecked: .anybodyToAnywhere)
            }, test)
    }

    /// Registers a phone through the edge, and gives the Path that its registrar gets.
    private func register(_ phone: inout Wire, _ registrar: inout Wire.Listener) async throws -> (
        Wire, String
    ) {
        let uri = "sip:127.0.0.1:\(registrar.endpoint.port);transport=tcp"
        try await phone.send(
            request(
                "REGISTER", uri, via: "TCP 192.0.2.99:5099", branch: "1",
                headers: [
                    "Contact: <sip:bob@192.0.2.99:5099;transport=tcp;ob>;reg-id=1;"
                        + "+sip.instance=\"<urn:uuid:1>\"", "Supported: path, outbound",
                ]))
        var home = try await registrar.next()
        let register = try await home.message()
        let path = try #require(values("Path", in: register).first)
        try await home.send(response("200 OK", to: register))
        #expect(try await phone.finalResponse().hasPrefix("SIP/2.0 200 "))
        return (home, path)
    }

    @Test("leads to the phone as long as its connection lives, and is 430 afterwards")
    func flow() async throws {
        try await withEdge { edge in
            var registrar = try await Wire.Listener()
            var phone = try await Wire(to: edge.endpoint(.tcp))
            var (home, path) = try await register(&phone, &registrar)
            #expect(path.hasSuffix(";lr;ob>"))
            func message(_ branch: String) -> String {
                request(
                    "MESSAGE", "sip:bob@192.0.2.99:5099;transport=tcp;ob", via: "TCP home.test",
                    branch: branch, headers: ["Route: \(path)"])
            }
            try await home.send(message("2"))
            let copy = try await phone.message()
            #expect(copy.hasPrefix("MESSAGE sip:bob@192.0.2.99:5099"))
            try await phone.send(response("200 OK", to: copy))
            #expect(try await home.finalResponse().hasPrefix("SIP/2.0 200 "))
            await phone.close()
            _ = await edge.end()
            try await home.send(message("3"))
            #expect(try await home.finalResponse().hasPrefix("SIP/2.0 430 Flow Failed"))
        }
    }

    @Test("with a digit changed is no way to anybody") func forged() async throws {
        try await withProxy(
            [.tcp],
            route: { request in
                if let path = try request.followPath() { return .relay(along: path) }
                guard request.method == .register else { return .reply(.forbidden) }
                try request.addPath(.lax)
                return .relay(unchecked: .anybodyToAnywhere)
            },
            { edge in
                var registrar = try await Wire.Listener()
                var phone = try await Wire(to: edge.endpoint(.tcp))
                let (_, path) = try await register(&phone, &registrar)
                let user = try #require(path.split(separator: "@").first)
                let other: Character = user.last == "0" ? "1" : "0"
                let forged = path.replacing(user, with: user.dropLast() + String(other))
                var stranger = try await Wire(to: edge.endpoint(.tcp))
                for (route, status) in [(forged, "403"), (path, "200")] {
                    try await stranger.send(
                        request(
                            "MESSAGE", "sip:bob@192.0.2.99:5099;transport=tcp",
                            via: "TCP stranger.test", branch: status, headers: ["Route: \(route)"]))
                    if status == "200" {
                        try await phone.send(response("200 OK", to: try await phone.message()))
                    }
                    #expect(try await stranger.finalResponse().hasPrefix("SIP/2.0 \(status) "))
                }
            })
    }
}
