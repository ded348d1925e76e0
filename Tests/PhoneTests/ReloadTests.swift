import Foundation
import Glibc
import SIPTransport
import Synchronization
import TestPrograms
import Testing

@Suite(
    "certificates that are exchanged while calls go on", .onOwnThread,
    .enabled(
        if: Baresip.isInstalled && PJSUA.isInstalled,
        "missing: apt-get install baresip-core; Scripts/install-wheels pjsua2-python"))
struct ReloadTests {
    enum Way: CaseIterable, Sendable { case signal, command }

    @Test(
        "end none of them: what lives keeps its own, what is new gets the new one",
        arguments: Way.allCases)
    func reload(_ way: Way) throws {
        try PhoneSite().run { site in
            let alice = try PJSUA(0, at: .tls, of: site)
            let bob = try Baresip(1, at: .tls, of: site)
            for phone in [alice, bob] as [any Phone] { try phone.waitUntilRegistered() }
            let first = try site.shownCertificate()
            try talk(alice, bob) {
                try exchange(at: site, way)
                #expect(try site.shownCertificate() != first)
                try bob.hold()
                try alice.waitUntilChanged(.held)
                try bob.resume()
                try alice.waitUntilChanged(.resumed)
            }
            // Neither phone has connected again, and one that does is served too.
            let carol = try PJSUA(2, at: .tls, of: site)
            try carol.waitUntilRegistered()
            for (caller, callee) in [(bob, alice), (carol, bob)] as [(any Phone, any Phone)] {
                try talk(caller, callee) { try exchange(at: site, way) }
            }
            let log = site.sipd.process.written(to: .error)
            let phones = log.matches(of: /REGISTER source=(\S+)/).map(\.output.1)
            #expect(Set(phones).count == 3)
            for phone in phones { #expect(!log.contains("connection ended peer=\(phone)")) }
        }
    }

    @Test(
        "under load fail no call, whether it connects anew or goes on over a connection that lives",
        .enabled(if: SIPp.isInstalled && TLSTunnel.isInstalled, "missing: apt-get install socat"),
        arguments: [SIPp.Way.tcp, .tcpEach])
    func underLoad(_ way: SIPp.Way) throws {
        let calls = 200
        try PhoneSite(["SIPD_LOG_LEVEL": "info"], accounts: 2 * calls).run { site in
            let port = try site.port(of: .tls)
            let tunnel = try TLSTunnel(to: port)
            // Over UDP a slow machine makes copies, and SIPp ends a call when it gets one that it does not expect.
            let phones = try SIPp(site.folder, over: .tcp)
            #expect(try phones.register(calls, at: site.sipd) == Figures(ok: calls))
            let load = Load {
                try phones.call(
                    calls, at: site.sipd, over: way, port: port, through: tunnel.port)
            }
            var reloads = 0
            while !load.isOver {
                try exchange(at: site, .signal)
                reloads += 1
            }
            #expect(try load.result.get() == Figures(ok: calls))
            #expect(reloads > 5)
        }
    }

    private func talk(
        _ caller: any Phone, _ callee: any Phone, _ meanwhile: () throws -> Void
    ) throws {
        try caller.call(callee.address)
        try callee.waitUntilCalled()
        try caller.waitUntilItRings()
        try callee.answer()
        try caller.waitUntilTalking()
        try callee.waitUntilTalking()
        try meanwhile()
        try callee.hangUp()
        try callee.waitUntilOver()
        try caller.waitUntilOver()
    }

    /// Puts another certificate into the files, and has them read.
    private func exchange(at site: PhoneSite, _ way: Way) throws {
        let new = try site.certificates.make("DNS:voice.test,IP:127.0.0.1,IP:::1")
        for (from, to) in [(new.chain, site.identity.chain), (new.key, site.identity.key)] {
            let bytes = try Data(contentsOf: URL(filePath: from))
            try bytes.write(to: URL(filePath: to))
        }
        switch way {
        case .signal: site.sipd.process.signal(SIGHUP)
        case .command:
            let told = try Sipd.run(
                ["reload", "--database", site.folder.database], in: site.folder)
            #expect(told.code == .exit(0), "\(told.error)")
        }
        try site.sipd.process.line(of: .error) { $0.contains(" reloaded") }
    }
}

extension PhoneSite {
    /// The serial number of the certificate that a new TLS connection is shown.
    fileprivate func shownCertificate() throws -> String {
        let process = try ChildProcess(
            "sh",
            [
                "-c",
                """
                openssl s_client -connect 127.0.0.1:\(try port(of: .tls)) -servername voice.test \
                </dev/null 2>/dev/null | openssl x509 -noout -serial
                """,
            ])
        try process.wait()
        let serial = process.written(to: .standard)
        guard serial.hasPrefix("serial=") else {
            throw ChildProcess.Trouble(description: process.written(to: .error))
        }
        return serial
    }
}

/// Calls that are made on another thread.
private final class Load: Sendable {
    private let outcome = Mutex<Result<Figures, any Error>?>(nil)
    private let end = DispatchGroup()

    /// - Parameter work: the other thread is the only one that touches what it has.
    init(_ work: @escaping () throws -> Figures) {
        nonisolated(unsafe) let work = work
        DispatchQueue.global().async(group: end) { [self] in
            let result = Result { try work() }
            outcome.withLock { $0 = result }
        }
    }

    var isOver: Bool { outcome.withLock { $0 != nil } }

    /// When it is over.
    var result: Result<Figures, any Error> {
        end.wait()
        return outcome.withLock { $0 } ?? .failure(CancellationError())
    }
}

/// Makes TLS of TCP, for SIPp, which Debian builds without: socat, a connection for each that it takes.
private struct TLSTunnel {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/socat")

    /// Where it takes TCP on 127.0.0.1.
    let port: UInt16
    private let socat: ChildProcess

    init(to target: UInt16) throws {
        port = try TCPSocket.freePort()
        socat = try ChildProcess(
            "socat",
            [
                "TCP-LISTEN:\(port),bind=127.0.0.1,reuseaddr,fork",
                "OPENSSL:127.0.0.1:\(target),verify=0",
            ])
        try UDPClient.waitUntilTaken(port, in: "tcp")
    }
}
