import NIOSSL
import SIPCore
import SIPProxy
import SIPTransport
import TestPrograms
import Testing

@Suite("TLS") struct TLSTests {
    private let certificates: Certificates

    init() throws { certificates = try Certificates() }

    private func settings(
        _ names: String..., verification: TLSSettings.ClientVerification = .none
    ) throws -> TLSSettings {
        var settings = TLSSettings()
        settings.identities = try names.map { try certificates.make($0) }
        settings.authorities = certificates.authority
        settings.clientVerification = verification
        if verification != .none { settings.clientAuthorities = certificates.authority }
        return settings
    }

    private func options(_ branch: String = "1") -> String {
        request("OPTIONS", "sip:voice.test", via: "TLS a.test", branch: branch)
    }

    @Test("a request over TLS is answered over it, on IPv4 and IPv6", arguments: [true, false])
    func reply(v6: Bool) async throws {
        let tls = try settings("DNS:voice.test")
        try await withProxy([.tls], on: v6 ? .loopback6 : .loopback) {
            $0.tls = tls
        } _: { proxy in
            var phone = try await Wire(
                to: proxy.endpoint(.tls), tls: certificates.client(), name: "voice.test")
            try await phone.send(options())
            #expect(try await phone.finalResponse().hasPrefix("SIP/2.0 200 "))
            try await phone.send("\r\n\r\n")
            #expect(try await phone.take(2) == [0x0D, 0x0A])
        }
    }

    @Test("each domain has its certificate, by the name that the client asks for")
    func serverNames() async throws {
        let tls = try settings("DNS:voice.test", "DNS:other.test,DNS:*.wild.test")
        try await withProxy([.tls]) {
            $0.tls = tls
        } _: { proxy in
            for name in ["voice.test", "other.test", "OTHER.test", "a.wild.test"] {
                // The client's own check of the name is what tells the certificates apart.
                var phone = try await Wire(
                    to: proxy.endpoint(.tls), tls: certificates.client(), name: name)
                try await phone.send(options())
                #expect(try await phone.finalResponse().hasPrefix("SIP/2.0 200 "), "\(name)")
            }
            var stranger = try await Wire(
                to: proxy.endpoint(.tls), tls: certificates.client(), name: "third.test")
            try? await stranger.send(options())
            #expect(await stranger.isClosedByPeer())
        }
    }

    @Test("TLS before 1.2 is not spoken")
    func floor() async throws {
        let tls = try settings("DNS:voice.test")
        try await withProxy([.tls]) {
            $0.tls = tls
        } _: { proxy in
            let old = try certificates.client {
                $0.minimumTLSVersion = .tlsv1
                $0.maximumTLSVersion = .tlsv11
            }
            var phone = try await Wire(to: proxy.endpoint(.tls), tls: old, name: "voice.test")
            try? await phone.send(options())
            #expect(await phone.isClosedByPeer())
            #expect(await proxy.end() == .handshakeFailed)
        }
    }

    @Test("a handshake that stops in the middle is given up")
    func halfOpen() async throws {
        let tls = try settings("DNS:voice.test")
        for hello in [[UInt8](), [0x16, 3, 1, 2, 0, 1, 0]] {
            try await withProxy([.tls]) {
                $0.tls = tls
                $0.streams.handshakeTime = .milliseconds(500)
            } _: { proxy in
                var phone = try await Wire(to: proxy.endpoint(.tls))
                // On a busy machine it is closed before.
                try? await phone.send(hello)
                #expect(await phone.isClosedByPeer())
                #expect(await proxy.end() == .handshakeTimedOut)
            }
        }
    }

    @Test("plain SIP and HTTP on a TLS port are closed without an answer in clear")
    func plain() async throws {
        let tls = try settings("DNS:voice.test")
        for text in [options(), "GET / HTTP/1.1\r\nHost: voice.test\r\n\r\n"] {
            try await withProxy([.tls]) {
                $0.tls = tls
            } _: { proxy in
                var phone = try await Wire(to: proxy.endpoint(.tls))
                try await phone.send(text)
                #expect(await phone.isClosedByPeer())
                #expect(!String(decoding: phone.buffer, as: UTF8.self).contains("SIP/2.0"))
                #expect(await proxy.end() == .handshakeFailed)
            }
        }
    }

    @Test("a client that must show a certificate and shows none, or a stranger's, is refused")
    func required() async throws {
        let tls = try settings("DNS:voice.test", verification: .required)
        let strangers = try Certificates()
        let stranger = try strangers.make("DNS:gateway.test")
        let expired = try certificates.make("DNS:gateway.test", days: -1)
        for identity in [nil, stranger, expired] {
            try await withProxy([.tls]) {
                $0.tls = tls
            } _: { proxy in
                var phone = try await Wire(
                    to: proxy.endpoint(.tls), tls: certificates.client(showing: identity),
                    name: "voice.test")
                try? await phone.send(options())
                #expect(await phone.isClosedByPeer())
                #expect(phone.buffer.isEmpty)
                #expect(await proxy.end() == .handshakeFailed)
            }
        }
    }

    @Test(
        "a certificate for a trusted name is a peer's proof, one for another name is none",
        arguments: [
            ("DNS:gateway.test", true), ("DNS:Gateway.TEST", true),
            ("URI:sip:gateway.test", true), ("DNS:other.test", false),
            // RFC 5922 7.1: where there are SIP URIs, host names are no identities.
            ("URI:sip:other.test,DNS:gateway.test", false),
            // RFC 5922 7.2: wildcards are not expanded.
            ("DNS:*.test", false),
        ])
    func peer(names: String, isTrusted: Bool) async throws {
        let tls = try settings("DNS:voice.test", verification: .optional)
        let identity = try certificates.make(names)
        try await withProxy([.tls]) {
            $0.tls = tls
            $0.trustedNames = ["gateway.test"]
        } route: { request in
            request.trustedPeer.map { _ in .reply(.ok) } ?? .reply(.forbidden)
        } _: { proxy in
            for (shown, status) in [(identity, isTrusted ? "200" : "403"), (nil, "403")] {
                var gateway = try await Wire(
                    to: proxy.endpoint(.tls), tls: certificates.client(showing: shown),
                    name: "voice.test")
                try await gateway.send(options())
                #expect(try await gateway.finalResponse().hasPrefix("SIP/2.0 \(status) "))
            }
        }
    }

    @Test("mutual TLS that is half set does not start")
    func halfSet() async throws {
        var withoutAuthorities = try settings("DNS:voice.test")
        withoutAuthorities.clientVerification = .required
        var withoutAsking = try settings("DNS:voice.test")
        withoutAsking.clientAuthorities = certificates.authority
        for tls in [withoutAuthorities, withoutAsking] {
            await #expect(throws: TLSError.halfSetClientVerification) {
                try await withProxy([.tls]) {
                    $0.tls = tls
                } _: { _ in
                }
            }
        }
        let unverified = try settings("DNS:voice.test")
        await #expect(throws: TLSError.trustedNamesWithoutVerification) {
            try await withProxy([.tls]) {
                $0.tls = unverified
                $0.trustedNames = ["gateway.test"]
            } _: { _ in
            }
        }
        await #expect(throws: TLSError.noCertificate) {
            try await withProxy([.tls]) { _ in
            } _: { _ in
            }
        }
    }

    @Test("a certificate that can't be used is an error at the start that names its file")
    func unusable() async throws {
        let good = try certificates.make("DNS:voice.test")
        let other = try certificates.make("DNS:voice.test")
        let expired = try certificates.make("DNS:voice.test", days: -1)
        for (identity, error) in [
            (expired, TLSError.notValidNow(file: expired.chain)),
            (
                TLSSettings.Identity(chain: good.chain, key: other.key),
                .mismatch(chain: good.chain, key: other.key)
            ),
        ] {
            var tls = TLSSettings()
            tls.identities = [identity]
            await #expect(throws: error) {
                try await withProxy([.tls]) {
                    $0.tls = tls
                } _: { _ in
                }
            }
        }
        var tls = TLSSettings()
        tls.identities = [.init(chain: certificates.path("none.pem"), key: good.key)]
        let error = await #expect(throws: TLSError.self) {
            try await withProxy([.tls]) {
                $0.tls = tls
            } _: { _ in
            }
        }
        #expect(error?.description.contains("none.pem") == true)
    }

    @Test("a reload gives new connections new certificates, and those that live keep theirs")
    func reload() async throws {
        let tls = try settings("DNS:voice.test")
        try await withProxy([.tls]) {
            $0.tls = tls
        } _: { proxy in
            var early = try await Wire(
                to: proxy.endpoint(.tls), tls: certificates.client(), name: "voice.test")
            try await early.send(options("1"))
            #expect(try await early.finalResponse().hasPrefix("SIP/2.0 200 "))
            try proxy.proxy.reload(try settings("DNS:new.test"))
            var late = try await Wire(
                to: proxy.endpoint(.tls), tls: certificates.client(), name: "new.test")
            try await late.send(options("2"))
            #expect(try await late.finalResponse().hasPrefix("SIP/2.0 200 "))
            try await early.send(options("3"))
            #expect(try await early.finalResponse().hasPrefix("SIP/2.0 200 "))
            // What can't be read changes nothing.
            var broken = tls
            broken.identities[0].key = "none"
            #expect(throws: TLSError.self) { try proxy.proxy.reload(broken) }
            var latest = try await Wire(
                to: proxy.endpoint(.tls), tls: certificates.client(), name: "new.test")
            try await latest.send(options("4"))
            #expect(try await latest.finalResponse().hasPrefix("SIP/2.0 200 "))
        }
    }
}
