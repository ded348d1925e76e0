import NIOSSL
import SIPCore
import SIPProxy
import SIPTransport
import TestPrograms
import Testing

@Suite("TLS to others") struct SecureWayTests {
    private let certificates: Certificates

    init() throws { certificates = try Certificates() }

    /// Sends a MESSAGE to somebody on a port of this machine who shows a certificate.
    ///
    /// - Returns: what the caller is answered, and what arrived there.
    private func answer(
        to host: String, shown identity: TLSSettings.Identity
    ) async throws -> (answer: String, arrived: String?) {
        var tls = TLSSettings()
        tls.identities = [try certificates.make("DNS:voice.test")]
        tls.authorities = certificates.authority
        let context = try certificates.server(identity)
        return try await withProxy([.tcp, .tls]) {
            $0.tls = tls
        } _: { proxy in
            var callee = try await Wire.Listener(.tls, tls: context)
            var caller = try await Wire(to: proxy.endpoint(.tcp))
            try await caller.send(
                request(
                    "MESSAGE", "sip:bob@\(host):\(callee.endpoint.port);transport=tls",
                    via: "TCP a.test", branch: "1"))
            var connection = try await callee.next()
            guard let arrived = try? await connection.message() else {
                return (try await caller.finalResponse(), nil)
            }
            try await connection.send(response("200 OK", to: arrived))
            return (try await caller.finalResponse(), arrived)
        }
    }

    @Test(
        "goes to who has a certificate for the host that was named, or for the address",
        arguments: [
            ("localhost", "DNS:localhost"), ("localhost", "URI:sip:localhost"),
            ("127.0.0.1", "IP:127.0.0.1"),
        ])
    func right(host: String, names: String) async throws {
        let (answer, arrived) = try await answer(to: host, shown: certificates.make(names))
        #expect(answer.hasPrefix("SIP/2.0 200 "))
        #expect(values("Via", in: arrived ?? "").first?.hasPrefix("SIP/2.0/TLS 127.0.0.1:") == true)
    }

    @Test(
        "goes to nobody whose certificate is for another host, and nothing is said before",
        arguments: [
            ("localhost", "DNS:other.test"), ("localhost", "DNS:*.test,IP:127.0.0.1"),
            ("localhost", "URI:sip:other.test,DNS:localhost"), ("127.0.0.1", "DNS:localhost"),
        ])
    func another(host: String, names: String) async throws {
        let (answer, arrived) = try await answer(to: host, shown: certificates.make(names))
        #expect(answer.hasPrefix("SIP/2.0 500 "))
        #expect(arrived == nil)
    }

    @Test("goes to nobody whose certificate has expired, or is of another authority")
    func untrusted() async throws {
        let stranger = try Certificates()
        for identity in [
            try certificates.make("DNS:localhost", days: -1), try stranger.make("DNS:localhost"),
        ] {
            let (answer, arrived) = try await answer(to: "localhost", shown: identity)
            #expect(answer.hasPrefix("SIP/2.0 500 "))
            #expect(arrived == nil)
        }
    }
}
